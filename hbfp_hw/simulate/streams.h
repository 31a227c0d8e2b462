// The streams of a compiled design and what a run on them gives. The design's own part is loop.cpp;
// harness.cpp knows no design and is compiled once for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

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

// Takes the next result of an output stream: to its file or memory, and for an input stream of it.
void keep(Stream& stream, const uint32_t* words);

enum class Outcome { completed, extra, deadlock };

struct Run {
    Outcome outcome;
    uint64_t cycles;  // to the last expected output, or of a run that did not complete
};

// How many streams the design has.
size_t stream_count();

// Reset, then run until every output has come, one came too much, or nothing moves any more.
Run run(std::vector<Stream>& streams, const uint64_t* constants, uint64_t idle_limit,
        uint64_t drain, const char* waves);
