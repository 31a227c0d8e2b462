// Walks every pair of blocks of the 4-lane HBFP4 dot product, COPIES pairs at each evaluation of
// the design, and compares each output with plain integer arithmetic. Prints how often every sum
// came out of the design, smallest first; exits with 1 at the first output that is wrong.
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

double sc_time_stamp() { return 0; }

namespace {

constexpr int LARGEST = 7;                 // magnitude of a mantissa
constexpr int VALUES = 2 * LARGEST + 1;    // of one mantissa; as many copies of the design
constexpr int MAX_SUM = 4 * LARGEST * LARGEST;
constexpr int B_OFFSET = 26;               // of the second block in the payload
constexpr uint32_t SUM_MASK = 0x1ff;

using Counts = std::array<uint64_t, 2 * MAX_SUM + 1>;

uint64_t lane(int number, int a, int b) {
    return (uint64_t(a & 15) | uint64_t(b & 15) << B_OFFSET) << (4 * number);
}

// Lanes 1 to 3 over all values; lane 3's second mantissa differs from copy to copy.
void walk(Vtop& top, int a0, int b0, Counts& counts) {
    constexpr int L = LARGEST;
    for (int a1 = -L; a1 <= L; ++a1)
    for (int b1 = -L; b1 <= L; ++b1)
    for (int a2 = -L; a2 <= L; ++a2)
    for (int b2 = -L; b2 <= L; ++b2) {
        const uint64_t payload = lane(0, a0, b0) | lane(1, a1, b1) | lane(2, a2, b2);
        const int sum = a0 * b0 + a1 * b1 + a2 * b2;
        for (int a3 = -L; a3 <= L; ++a3) {
            for (int k = 0; k < VALUES; ++k) top.i[k] = payload | lane(3, a3, k - L);
            top.eval();
            for (int k = 0; k < VALUES; ++k) {
                // Both exponents are 0, so that the sum is all of the output.
                const int expected = sum + a3 * (k - L);
                if (top.o[k] != (uint32_t(expected) & SUM_MASK)) {
                    std::fprintf(stderr, "wrong: payload %013llx gives %06x instead of sum %d\n",
                                 static_cast<unsigned long long>(top.i[k]), top.o[k], expected);
                    std::_Exit(1);
                }
                ++counts[expected + MAX_SUM];
            }
        }
    }
}

}  // namespace

int main(int, char** argv) {
    std::vector<Counts> counts(std::atoi(argv[1]));
    std::vector<std::thread> threads;
    std::atomic<int> next{0};
    for (Counts& own : counts) {
        threads.emplace_back([&] {
            VerilatedContext context;
            const auto top = std::make_unique<Vtop>(&context);
            for (int pair; (pair = next++) < VALUES * VALUES;) {
                walk(*top, pair / VALUES - LARGEST, pair % VALUES - LARGEST, own);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t sum = 0; sum < counts[0].size(); ++sum) {
        uint64_t total = 0;
        for (const Counts& own : counts) total += own[sum];
        std::printf("%llu\n", static_cast<unsigned long long>(total));
    }
}
