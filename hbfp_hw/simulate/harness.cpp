// Drives the streams of one design from files, cycle by cycle. The generated replay_ports.h names
// the design's ports. Runs in a folder with job.txt and, for every stream, its operand (.in and
// .order), result (.out) and stall (.stalls) files; writes the results and at the end status.txt.
// Built with tracing, it takes the file for the waves as its argument.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "Vtop.h"
#include "replay_ports.h"
#include "verilated.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#endif

double sc_time_stamp() { return 0; }

namespace {

struct Stream {
    std::string name;
    size_t words = 0;
    uint64_t total = 0;
    uint64_t done = 0;
    std::vector<uint8_t> stalls;
    size_t stall_index = 0;
    uint64_t stored = 0;
    const Stream* loop = nullptr;  // output stream that gives the items after those stored
    std::vector<uint32_t> outputs;  // kept where an input stream takes them
    bool kept = false;
    bool presenting = false;
    const uint32_t* items = nullptr;
    const uint32_t* order = nullptr;  // which item each transfer sends; in turn when absent
    FILE* results = nullptr;

    bool stalled() const { return !stalls.empty() && stalls[stall_index]; }
    // The item to send next, if it is there yet.
    const uint32_t* next() const {
        if (!loop || done < stored) return items + words * (order ? order[done] : done);
        const uint64_t item = done - stored;
        return item < loop->done ? loop->outputs.data() + item * loop->words : nullptr;
    }
    void advance() {
        if (!stalls.empty() && ++stall_index == stalls.size()) stall_index = 0;
    }
};

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "error: %s\n", what.c_str());
    std::exit(1);
}

const uint32_t* map_file(const std::string& path, uint64_t bytes) {
    if (bytes == 0) return nullptr;
    const int descriptor = open(path.c_str(), O_RDONLY);
    struct stat status {};
    if (descriptor < 0 || fstat(descriptor, &status) != 0) fail("cannot open " + path);
    if (static_cast<uint64_t>(status.st_size) != bytes) fail("wrong size of " + path);
    void* data = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) fail("cannot map " + path);
    madvise(data, bytes, MADV_SEQUENTIAL);
    return static_cast<const uint32_t*>(data);
}

template <class T>
void load(T& port, const uint32_t* words) {
    if constexpr (sizeof(T) == 8) {
        port = words[0] | static_cast<uint64_t>(words[1]) << 32;
    } else {
        port = static_cast<T>(words[0]);
    }
}

template <std::size_t N>
void load(VlWide<N>& port, const uint32_t* words) {
    std::memcpy(port.data(), words, 4 * N);
}

void store(Stream& stream, const uint32_t* words) {
    std::fwrite(words, 4, stream.words, stream.results);
    if (stream.kept) stream.outputs.insert(stream.outputs.end(), words, words + stream.words);
}

template <class T>
void store(Stream& stream, const T& port) {
    const uint64_t value = port;
    const uint32_t words[] = {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
    store(stream, words);
}

template <std::size_t N>
void store(Stream& stream, const VlWide<N>& port) {
    store(stream, reinterpret_cast<const uint32_t*>(port.data()));
}

template <class T>
void present(Stream& stream, CData& valid, T& payload) {
    if (!stream.presenting && stream.done < stream.total && !stream.stalled()) {
        if (const uint32_t* item = stream.next()) {
            load(payload, item);
            stream.presenting = true;
        }
    }
    valid = stream.presenting;
}

}  // namespace

int main([[maybe_unused]] int argc, [[maybe_unused]] char** argv) {
    std::ifstream job("job.txt");
    uint64_t idle_limit = 0, drain = 0;
    job >> idle_limit >> drain;
    std::vector<Stream> streams(STREAM_COUNT);
    uint64_t left = 0;
    for (Stream& stream : streams) {
        std::string direction;
        size_t stall_length = 0;
        job >> stream.name >> direction >> stream.words >> stream.total >> stall_length;
        job >> stream.stored;
        if (!job) fail("job.txt is incomplete");
        if (direction == "in") {
            stream.items = map_file(stream.name + ".in", 4 * stream.words * stream.stored);
            if (access((stream.name + ".order").c_str(), F_OK) == 0) {
                stream.order = map_file(stream.name + ".order", 4 * stream.total);
            }
        } else {
            left += stream.total;
            stream.results = std::fopen((stream.name + ".out").c_str(), "wb");
            if (!stream.results) fail("cannot write " + stream.name + ".out");
        }
        if (stall_length) {
            stream.stalls.resize(stall_length);
            std::ifstream file(stream.name + ".stalls", std::ios::binary);
            file.read(reinterpret_cast<char*>(stream.stalls.data()), stall_length);
            if (!file) fail("cannot read " + stream.name + ".stalls");
        }
    }

    for (Stream& stream : streams) {
        std::string name;
        if (!(std::ifstream(stream.name + ".loop") >> name)) continue;
        for (Stream& source : streams) {
            if (source.name == name) {
                stream.loop = &source;
                source.kept = true;
            }
        }
    }

    VerilatedContext context;
    const auto top = std::make_unique<Vtop>(&context);
#if VM_TRACE
    context.traceEverOn(true);
    Trace trace;
    top->trace(&trace, 99);
    trace.open(argc > 1 ? argv[1] : "waves");
    uint64_t time = 0;
#define DUMP() trace.dump(time++)
#else
#define DUMP()
#endif

#if HAS_CLOCK
    top->rst = 1;
    for (int edge = 0; edge < 8; ++edge) {
        top->clk = edge & 1;
        top->eval();
        DUMP();
    }
    top->rst = 0;
#endif

    uint64_t cycle = 0, finished = 0, idle = 0;
    const char* outcome = nullptr;
    while (!outcome) {
        const bool draining = left == 0;
        if (draining && cycle == finished + drain) {
            outcome = "completed";
            break;
        }
#define PRESENT(index, valid, ready, payload) present(streams[index], top->valid, top->payload);
        SOURCES(PRESENT)
#define ACCEPT(index, valid, ready, payload) top->ready = draining || !streams[index].stalled();
        SINKS(ACCEPT)
#if HAS_CLOCK
        top->clk = 0;
#endif
        top->eval();
        DUMP();
        bool moved = false;
#define TAKEN(index, valid, ready, payload)               \
    if (streams[index].presenting && (top->ready & 1)) {  \
        streams[index].presenting = false;                \
        ++streams[index].done;                            \
        moved = true;                                     \
    }
        SOURCES(TAKEN)
#define RECEIVED(index, valid, ready, payload)                           \
    if (top->valid && top->ready) {                                      \
        moved = true;                                                    \
        if (streams[index].done++ == streams[index].total) {             \
            outcome = "extra";                                           \
        } else if (!outcome) {                                           \
            store(streams[index], top->payload);                         \
            if (--left == 0) finished = cycle + 1;                       \
        }                                                                \
    }
        SINKS(RECEIVED)
#if HAS_CLOCK
        top->clk = 1;
        top->eval();
        DUMP();
#endif
        for (Stream& stream : streams) stream.advance();
        ++cycle;
        idle = moved ? 0 : idle + 1;
        if (!outcome && idle == idle_limit) outcome = "deadlock";
    }

#if VM_TRACE
    trace.close();
#endif
    for (Stream& stream : streams) {
        if (stream.results && std::fclose(stream.results) != 0) fail("cannot write " + stream.name);
    }
    std::ofstream status("status.txt");
    status << outcome << ' ' << (left == 0 ? finished : cycle) << '\n';
    for (const Stream& stream : streams) status << stream.name << ' ' << stream.done << '\n';
    status.close();
    return status ? 0 : 1;
}
