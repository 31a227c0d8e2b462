// Walks through every pair of blocks of the 4-lane HBFP4 dot product and compares each output with
// plain integer arithmetic. The gates of the design, in gates.h, compute with words, each bit of
// which belongs to one of the 225 pairs of mantissas of lane 3. Prints how often every sum came out
// of the design, smallest first; exits with 1 at the first wrong output.
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

typedef uint64_t Word __attribute__((vector_size(32)));

#include "gates.h"

namespace {

constexpr int LARGEST = 7;               // magnitude of a mantissa
constexpr int VALUES = 2 * LARGEST + 1;  // of one mantissa
constexpr int PAIRS = VALUES * VALUES;   // of one lane
constexpr int MAX_SUM = 4 * LARGEST * LARGEST;
constexpr int MAX_REST = 3 * LARGEST * LARGEST;
constexpr int B_OFFSET = 26;  // of the second block in the payload
constexpr int SUM_BITS = 9;

constexpr int a_of(int pair) { return pair / VALUES - LARGEST; }
constexpr int b_of(int pair) { return pair % VALUES - LARGEST; }

// Returns a word with this bit of number(pair) for each pair of lane 3.
template <class Number>
Word word_of(Number number, int bit) {
    Word word = {};
    for (int pair = 0; pair < PAIRS; ++pair) {
        word[pair / 64] |= uint64_t(number(pair) >> bit & 1) << (pair % 64);
    }
    return word;
}

// Sets the mantissas of a lane to a pair, the same in all bits of the words.
void set(Word* inputs, int lane, int pair) {
    for (int bit = 0; bit < 4; ++bit) {
        inputs[4 * lane + bit] = Word{} - uint64_t(a_of(pair) >> bit & 1);
        inputs[B_OFFSET + 4 * lane + bit] = Word{} - uint64_t(b_of(pair) >> bit & 1);
    }
}

// Bits of the sum for every sum of lanes 0 to 2.
using Expected = std::array<std::array<Word, SUM_BITS>, 2 * MAX_REST + 1>;
// How often lanes 0 to 2 gave each sum.
using Counts = std::array<uint64_t, 2 * MAX_REST + 1>;

void walk(int pair_0, const Expected& expected, Counts& counts) {
    const Word used = word_of([](int) { return 1; }, 0);
    // Both exponents are 0, so that the sum is all of the output.
    Word inputs[INPUTS] = {}, outputs[OUTPUTS];
    for (int bit = 0; bit < 4; ++bit) {
        inputs[4 * 3 + bit] = word_of(a_of, bit);
        inputs[B_OFFSET + 4 * 3 + bit] = word_of(b_of, bit);
    }
    set(inputs, 0, pair_0);
    for (int pair_1 = 0; pair_1 < PAIRS; ++pair_1) {
        set(inputs, 1, pair_1);
        for (int pair_2 = 0; pair_2 < PAIRS; ++pair_2) {
            set(inputs, 2, pair_2);
            evaluate(inputs, outputs);
            const int rest = a_of(pair_0) * b_of(pair_0) + a_of(pair_1) * b_of(pair_1) +
                             a_of(pair_2) * b_of(pair_2);
            Word wrong = {};
            for (int bit = 0; bit < SUM_BITS; ++bit) {
                wrong |= outputs[bit] ^ expected[rest + MAX_REST][bit];
            }
            for (int bit = SUM_BITS; bit < OUTPUTS; ++bit) wrong |= outputs[bit];
            wrong &= used;
            if (wrong[0] | wrong[1] | wrong[2] | wrong[3]) {
                std::fprintf(stderr, "wrong: pairs %d, %d, %d\n", pair_0, pair_1, pair_2);
                std::_Exit(1);
            }
            ++counts[rest + MAX_REST];
        }
    }
}

}  // namespace

int main(int, char** argv) {
    Expected expected;
    for (int rest = -MAX_REST; rest <= MAX_REST; ++rest) {
        for (int bit = 0; bit < SUM_BITS; ++bit) {
            const auto sum = [rest](int pair) { return rest + a_of(pair) * b_of(pair); };
            expected[rest + MAX_REST][bit] = word_of(sum, bit);
        }
    }
    std::vector<Counts> counts(std::atoi(argv[1]));
    std::vector<std::thread> threads;
    std::atomic<int> next{0};
    for (Counts& own : counts) {
        threads.emplace_back([&] {
            for (int pair; (pair = next++) < PAIRS;) walk(pair, expected, own);
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::array<uint64_t, 2 * MAX_SUM + 1> sums{};
    for (int rest = -MAX_REST; rest <= MAX_REST; ++rest) {
        for (int pair = 0; pair < PAIRS; ++pair) {
            for (const Counts& own : counts) {
                sums[rest + a_of(pair) * b_of(pair) + MAX_SUM] += own[rest + MAX_REST];
            }
        }
    }
    for (const uint64_t sum : sums) std::printf("%llu\n", static_cast<unsigned long long>(sum));
}
