// Loop that drives the streams of one compiled design, cycle by cycle. The generated ports.h lists
// its ports.
#include <cstdint>
#include <cstring>
#include <memory>

#include "Vtop.h"
#include "ports.h"
#include "streams.h"
#include "verilated.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#endif

size_t stream_count() { return STREAM_COUNT; }

namespace {

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

template <class T>
void store(Stream& stream, const T& port) {
    const uint64_t value = port;
    const uint32_t words[] = {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
    keep(stream, words);
}

template <std::size_t N>
void store(Stream& stream, const VlWide<N>& port) {
    keep(stream, reinterpret_cast<const uint32_t*>(port.data()));
}

template <class T>
void offer(Stream& stream, CData& valid, T& payload) {
    if (!stream.offering && stream.done < stream.total && !stream.stalled()) {
        if (const uint32_t* item = stream.next()) {
            load(payload, item);
            stream.offering = true;
        }
    }
    valid = stream.offering;
}

}  // namespace

// Each input of the design is registered (see driven.py). So the rising edge passes the inputs of a
// cycle to the design, and the outputs of this cycle settle before the next edge.
RunResult run(std::vector<Stream>& streams, [[maybe_unused]] const uint64_t* constants,
        uint64_t idle_limit, uint64_t drain, [[maybe_unused]] const char* waves) {
    VerilatedContext context;
    const auto top = std::make_unique<Vtop>(&context);
#if VM_TRACE
    context.traceEverOn(true);
    Trace trace;
    top->trace(&trace, 99);
    trace.open(waves);
    uint64_t time = 0;
#define DUMP() trace.dump(time++)
#else
#define DUMP()
#endif

#define SET(index, port) top->port = constants[index];
    CONSTANTS(SET)
#if HAS_CLOCK
    top->rst = 1;
    for (int edge = 0; edge < 9; ++edge) {
        top->clk = edge & 1;
        top->eval();
        DUMP();
    }
    top->rst = 0;
#endif

    uint64_t left = 0;
    for (const Stream& stream : streams) left += stream.memory || stream.file ? stream.total : 0;
    uint64_t cycle = 0, finished = 0, idle = 0;
    bool ended = false;
    Outcome outcome = Outcome::completed;
    while (!ended) {
        const bool draining = left == 0;
        if (draining && cycle == finished + drain) break;
#define OFFER(index, valid, ready, payload) offer(streams[index], top->valid, top->payload);
        SOURCES(OFFER)
#define SET_READY(index, valid, ready, payload) top->ready = draining || !streams[index].stalled();
        SINKS(SET_READY)
#if HAS_CLOCK
        top->clk = 1;
#endif
        top->eval();
        DUMP();
        bool transferred = false;
#define ACCEPTED(index, valid, ready, payload)                   \
    if (streams[index].offering && (top->ready & 1)) {           \
        streams[index].offering = false;                         \
        ++streams[index].done;                                   \
        transferred = true;                                      \
    }
        SOURCES(ACCEPTED)
#define RECEIVED(index, valid, ready, payload)                   \
    if (top->valid && top->ready) {                              \
        transferred = true;                                      \
        if (streams[index].done++ == streams[index].total) {     \
            outcome = Outcome::extra;                            \
            ended = true;                                        \
        } else if (!ended) {                                     \
            store(streams[index], top->payload);                 \
            if (--left == 0) finished = cycle + 1;               \
        }                                                        \
    }
        SINKS(RECEIVED)
#if HAS_CLOCK
        top->clk = 0;
        top->eval();
        DUMP();
#endif
        for (Stream& stream : streams) stream.advance();
        ++cycle;
        idle = transferred ? 0 : idle + 1;
        if (!ended && idle == idle_limit) {
            outcome = Outcome::deadlock;
            ended = true;
        }
    }

#if VM_TRACE
    trace.close();
#endif
    return {outcome, left == 0 ? finished : cycle};
}
