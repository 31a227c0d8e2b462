// Functions that the library of a compiled design exports: a replay from files, a run on arrays in
// memory, and the packing of payloads.
#include "streams.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

double sc_time_stamp() { return 0; }

namespace {

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "error: %s\n", what.c_str());
    std::exit(1);
}

const void* map_file(const std::string& path, uint64_t bytes) {
    if (bytes == 0) return nullptr;
    const int descriptor = open(path.c_str(), O_RDONLY);
    struct stat status {};
    if (descriptor < 0 || fstat(descriptor, &status) != 0) fail("cannot open " + path);
    if (static_cast<uint64_t>(status.st_size) != bytes) fail("wrong size of " + path);
    void* data = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) fail("cannot map " + path);
    madvise(data, bytes, MADV_SEQUENTIAL);
    return data;
}

const uint32_t* map_words(const std::string& path, uint64_t words) {
    return static_cast<const uint32_t*>(map_file(path, 4 * words));
}

}  // namespace

void keep(Stream& stream, const uint32_t* words) {
    if (stream.file) {
        if (std::fwrite(words, 4, stream.words, stream.file) != stream.words) {
            fail("cannot write the results of " + stream.name);
        }
    } else {
        std::memcpy(stream.memory + stream.words * (stream.done - 1), words, 4 * stream.words);
    }
    if (stream.looped) stream.outputs.insert(stream.outputs.end(), words, words + stream.words);
}

// Replays from the files in the current folder, which replay_files.py writes: job.txt and, for each
// stream, operands (.in, .order, .loop) and stall pattern (.stalls). Writes the results (.out), at
// the end status.txt, and waves if the library was built for them.
extern "C" int hbfp_replay(const char* waves) {
    std::ifstream job("job.txt");
    uint64_t idle_limit = 0, drain = 0;
    job >> idle_limit >> drain;
    std::vector<Stream> streams(stream_count());
    for (Stream& stream : streams) {
        std::string direction;
        job >> stream.name >> direction >> stream.words >> stream.total >> stream.stall_length;
        job >> stream.stored;
        if (!job) fail("job.txt is incomplete");
        if (direction == "in") {
            stream.items = map_words(stream.name + ".in", stream.words * stream.stored);
            if (access((stream.name + ".order").c_str(), F_OK) == 0) {
                stream.order = map_words(stream.name + ".order", stream.total);
            }
        } else {
            stream.file = std::fopen((stream.name + ".out").c_str(), "wb");
            if (!stream.file) fail("cannot write " + stream.name + ".out");
        }
        stream.stalls = static_cast<const uint8_t*>(
            map_file(stream.name + ".stalls", stream.stall_length));
    }
    for (Stream& stream : streams) {
        std::string name;
        if (!(std::ifstream(stream.name + ".loop") >> name)) continue;
        for (Stream& source : streams) {
            if (source.name == name) {
                stream.loop = &source;
                source.looped = true;
            }
        }
    }

    const RunResult result = run(streams, nullptr, idle_limit, drain, waves);

    for (Stream& stream : streams) {
        if (stream.file && std::fclose(stream.file) != 0) fail("cannot write " + stream.name);
    }
    const char* const outcomes[] = {"completed", "extra", "deadlock"};
    std::ofstream status("status.txt");
    status << outcomes[static_cast<int>(result.outcome)] << ' ' << result.cycles << '\n';
    for (const Stream& stream : streams) status << stream.name << ' ' << stream.done << '\n';
    status.close();
    return status ? 0 : 1;
}

// One stream of a run on arrays. hbfp_hw/cosim/library.py has the same structure.
struct StreamArrays {
    uint64_t words, total, done;  // hbfp_run writes `done`
    const uint32_t* items;        // only for an input stream
    uint32_t* results;            // only for an output stream
    const uint8_t* stalls;
    uint64_t stall_length;
};

// Runs the design on arrays. Returns the Outcome; writes the cycles and each stream's transfers.
extern "C" int hbfp_run(StreamArrays* arrays, const uint64_t* constants, uint64_t idle_limit,
                        uint64_t drain, uint64_t* cycles) {
    std::vector<Stream> streams(stream_count());
    for (size_t index = 0; index < streams.size(); ++index) {
        const StreamArrays& given = arrays[index];
        Stream& stream = streams[index];
        stream.words = given.words;
        stream.total = given.total;
        stream.items = given.items;
        stream.memory = given.results;
        stream.stalls = given.stalls;
        stream.stall_length = given.stall_length;
    }
    const RunResult result = run(streams, constants, idle_limit, drain, nullptr);
    for (size_t index = 0; index < streams.size(); ++index) arrays[index].done = streams[index].done;
    *cycles = result.cycles;
    return static_cast<int>(result.outcome);
}

// Values of one field for all transfers. hbfp_hw/cosim/library.py has the same structure.
struct FieldArray {
    const void* data;
    uint64_t bytes;                 // of one element: 1, 2, 4 or 8
    uint64_t width, count, offset;  // bits of an element, elements, lowest bit in the payload
};

namespace {

// Packs one field. Type Bits must hold one element and up to 31 pending bits.
template <class T, class Bits>
void pack_field(const FieldArray& field, uint64_t transfers, uint64_t words, uint32_t* out) {
    const char* from = static_cast<const char*>(field.data);
    const T mask = static_cast<T>((uint64_t{2} << (field.width - 1)) - 1);
    const uint64_t first = field.offset / 32, shift = field.offset % 32;
    for (uint64_t transfer = 0; transfer < transfers; ++transfer, out += words) {
        uint32_t* word = out + first;
        Bits bits = *word;
        uint64_t filled = shift;
        for (uint64_t k = 0; k < field.count; ++k) {
            T element;  // memcpy, since merged elements may be misaligned for T
            std::memcpy(&element, from, sizeof element);
            from += sizeof element;
            bits |= static_cast<Bits>(element & mask) << filled;
            filled += field.width;
            for (; filled >= 32; filled -= 32) {
                *word++ = static_cast<uint32_t>(bits);
                bits >>= 32;
            }
        }
        if (filled) *word |= static_cast<uint32_t>(bits);
    }
}

}  // namespace

// Packs fields into payloads. The words must be zero.
extern "C" void hbfp_pack(const FieldArray* fields, uint64_t count, uint64_t transfers,
                          uint64_t words, uint32_t* out) {
    for (const FieldArray* each = fields; each != fields + count; ++each) {
        FieldArray field = *each;
        // Two elements without spare bits equal one of twice the size, and packing that is faster.
        while (field.bytes < 4 && field.width == 8 * field.bytes && field.count % 2 == 0) {
            field.bytes *= 2, field.width *= 2, field.count /= 2;
        }
        switch (field.bytes) {
            case 1: pack_field<uint8_t, uint64_t>(field, transfers, words, out); break;
            case 2: pack_field<uint16_t, uint64_t>(field, transfers, words, out); break;
            case 4: pack_field<uint32_t, uint64_t>(field, transfers, words, out); break;
            default: pack_field<uint64_t, unsigned __int128>(field, transfers, words, out); break;
        }
    }
}
