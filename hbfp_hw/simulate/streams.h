// Streams of a compiled design, and the interface between harness.cpp and loop.cpp. loop.cpp is
// compiled for each design; harness.cpp is independent of the design and compiled once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

struct Stream {
    std::string name;
    size_t words = 0;                // of a payload, 32 bits each
    uint64_t total = 0;              // transfers to make
    uint64_t done = 0;               // transfers made
    const uint8_t* stalls = nullptr; // stall pattern, one byte per cycle
    size_t stall_length = 0;
    size_t stall_index = 0;
    // Members of an input stream.
    const uint32_t* items = nullptr;
    const uint32_t* order = nullptr;  // item that each transfer sends; null: one after the other
    uint64_t stored = 0;              // number of items
    const Stream* loop = nullptr;     // output stream whose payloads follow the stored items
    bool offering = false;            // an offered item stays until the design accepts it
    // Members of an output stream: results go to memory or to a file.
    uint32_t* memory = nullptr;
    FILE* file = nullptr;
    std::vector<uint32_t> outputs;  // results for the input stream that loops them
    bool looped = false;            // whether an input stream sends these results again

    bool stalled() const { return stall_length && stalls[stall_index]; }
    // Returns the next item to send, or null if that is a looped output that has not come yet.
    const uint32_t* next() const {
        if (!loop || done < stored) return items + words * (order ? order[done] : done);
        const uint64_t item = done - stored;
        return item < loop->done ? loop->outputs.data() + item * loop->words : nullptr;
    }
    void advance() {
        if (stall_length && ++stall_index == stall_length) stall_index = 0;
    }
};

// Stores the next result of an output stream in its file or memory, and for a looping input stream.
// The caller has already counted it in stream.done.
void keep(Stream& stream, const uint32_t* words);

enum class Outcome { completed, extra, deadlock };

struct RunResult {
    Outcome outcome;
    uint64_t cycles;  // up to the last expected output if all of them came, else of the whole run
};

// Returns the number of streams of the design.
size_t stream_count();

// Resets the design and runs it until all expected outputs have come (completed), one too many came
// (extra), or no stream transferred anything for idle_limit cycles (deadlock). After the last
// expected output the run goes on for `drain` cycles, so that extra outputs show.
RunResult run(std::vector<Stream>& streams, const uint64_t* constants, uint64_t idle_limit,
        uint64_t drain, const char* waves);
