// The loop that drives the streams of one compiled design, cycle by cycle. The generated ports.h
// names the ports.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "Vtop.h"
#include "ports.h"
#include "verilated.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#endif

struct Stream {
    std::string name;
    size_t words = 0;
    uint64_t total = 0;
    uint64_t done = 0;
    const uint8_t* stalls = nullptr;
    size_t stall_length = 0;
    size_t stall_index = 0;
    // Of an input stream.
    const uint32_t* items = nullptr;
    const uint32_t* order = nullptr;  // which item each transfer sends; in turn when absent
    uint64_t stored = 0;
    const Stream* loop = nullptr;  // output stream that gives the items after those stored
    bool presenting = false;
    // Of an output stream: where the results go.
    uint32_t* memory = nullptr;
    FILE* file = nullptr;
    std::vector<uint32_t> outputs;  // kept where an input stream takes them
    bool kept = false;

    bool stalled() const { return stall_length && stalls[stall_index]; }
    // The item to send next, if it is there yet.
    const uint32_t* next() const {
        if (!loop || done < stored) return items + words * (order ? order[done] : done);
        const uint64_t item = done - stored;
        return item < loop->done ? loop->outputs.data() + item * loop->words : nullptr;
    }
    void advance() {
        if (stall_length && ++stall_index == stall_length) stall_index = 0;
    }
};

[[noreturn]] inline void fail(const std::string& what) {
    std::fprintf(stderr, "error: %s\n", what.c_str());
    std::exit(1);
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

inline void keep(Stream& stream, const uint32_t* words) {
    if (stream.file) {
        if (std::fwrite(words, 4, stream.words, stream.file) != stream.words) {
            fail("cannot write the results of " + stream.name);
        }
    } else {
        std::memcpy(stream.memory + stream.words * (stream.done - 1), words, 4 * stream.words);
    }
    if (stream.kept) stream.outputs.insert(stream.outputs.end(), words, words + stream.words);
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
void present(Stream& stream, CData& valid, T& payload) {
    if (!stream.presenting && stream.done < stream.total && !stream.stalled()) {
        if (const uint32_t* item = stream.next()) {
            load(payload, item);
            stream.presenting = true;
        }
    }
    valid = stream.presenting;
}

enum class Outcome { completed, extra, deadlock };

struct Run {
    Outcome outcome;
    uint64_t cycles;  // to the last expected output, or of a run that did not complete
};

// Reset, then run until every output has come, one came too much, or nothing moves any more.
//
// Ports go through registers on their way into the design (see driven.py), so a rising edge makes
// the inputs of a cycle visible to the design, and its outputs follow from them before the next.
inline Run run(std::vector<Stream>& streams, [[maybe_unused]] const uint64_t* constants,
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
#define PRESENT(index, valid, ready, payload) present(streams[index], top->valid, top->payload);
        SOURCES(PRESENT)
#define ACCEPT(index, valid, ready, payload) top->ready = draining || !streams[index].stalled();
        SINKS(ACCEPT)
#if HAS_CLOCK
        top->clk = 1;
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
#define RECEIVED(index, valid, ready, payload)                   \
    if (top->valid && top->ready) {                              \
        moved = true;                                            \
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
        idle = moved ? 0 : idle + 1;
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
