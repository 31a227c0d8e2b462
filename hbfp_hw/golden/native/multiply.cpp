// Products of blocks with mantissas of one byte, as hbfp_hw/golden/gemm.py defines them.
//
// The right operand is taken in strips of 16 columns, in which the same four bytes of all columns
// lie side by side. A tile has some rows and up to three strips. Its integer sums stay in registers
// during a block, its FP32 sums during a chunk of blocks.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "native.h"

namespace {

constexpr int CHUNK_BYTES = 512;  // of a line in a chunk: three strips of it stay in the cache
constexpr int PANEL = 3;          // strips of a tile
constexpr int TALLEST = 12;       // rows of a tile
constexpr int NEUTRAL = 0;        // exponent of blocks whose products are zero or do not count
constexpr int FAR = 700;          // far above and below all exponents of single precision
constexpr int TINY = -30;         // blocks of lower exponents may be blocks of zeros

struct Chunk {
    int blocks, groups;  // groups of four bytes in a block
    int offset;          // added to bytes of the left operand to make them unsigned
};

struct Rows {
    const int8_t* mantissas;  // (rows, blocks, groups, 4)
    int64_t stride;
    const int32_t* exponents;  // (rows, blocks), of the last place
};

struct Range {
    int lowest = NEUTRAL, highest = NEUTRAL;

    void include(const Range& other) {
        lowest = std::min(lowest, other.lowest);
        highest = std::max(highest, other.highest);
    }
};

struct Strip {
    const int32_t* words;  // (blocks, groups, columns)
    int32_t* starts;       // (blocks, columns): take back what the offset adds
    int32_t* exponents;    // (blocks, columns), of the last place
    Range range;
};

}  // namespace

#if defined(__x86_64__)
#include <immintrin.h>

namespace avx512 {
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))) inline
constexpr int LANES = 16;
constexpr int HEIGHT[] = {12, 6, 4};
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef float Floats __attribute__((vector_size(4 * LANES)));

TARGET Ints dot(Ints acc, Ints a, Ints b) {
    return (Ints)_mm512_dpbusd_epi32((__m512i)acc, (__m512i)a, (__m512i)b);
}

TARGET Floats add_product(Floats a, Floats b, Floats c) {
    return (Floats)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

#include "multiply_tile.h"
#undef TARGET
}  // namespace avx512

namespace avx2 {
#define TARGET __attribute__((target("avx2,fma"))) inline
constexpr int LANES = 8;
constexpr int HEIGHT[] = {4, 2, 1};
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef float Floats __attribute__((vector_size(4 * LANES)));

// The sum of two products must fit in 16 bits.
TARGET Ints dot(Ints acc, Ints a, Ints b) {
    const __m256i pairs = _mm256_maddubs_epi16((__m256i)a, (__m256i)b);
    return acc + (Ints)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

TARGET Floats add_product(Floats a, Floats b, Floats c) {
    return (Floats)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

#include "multiply_tile.h"
#undef TARGET
}  // namespace avx2
#endif

namespace {

struct Kind {
    void (*add_tile)(const Chunk&, const Rows&, const Strip*, int, bool, float*, int64_t);
    void (*find_starts)(const Chunk&, const Strip&);
    const int* heights;  // rows of a tile of one, two, three strips
};

// Some rows and strips of a product, computed chunk by chunk.
class Piece {
   public:
    Piece(const Product& product, const Kind& kind, int64_t first_row, int64_t last_row,
          int64_t first_strip, int64_t last_strip)
        : p(product), kind(kind), first_row(first_row), rows(last_row - first_row),
          first_strip(first_strip), strips(last_strip - first_strip),
          groups((p.block_size + 3) / 4),
          most(std::min<int64_t>(p.blocks, std::max(1, CHUNK_BYTES / (4 * groups)))),
          stride(most * groups * 4 + 64),  // no power of two
          left((rows + TALLEST) * stride), left_exponents((rows + TALLEST) * most),
          left_range(rows + TALLEST), left_nan(rows), right(strips),
          words(p.right.in_strips ? 0 : strips * most * groups * STRIP),
          starts(strips * most * STRIP), right_exponents(strips * most * STRIP),
          right_nan(strips * STRIP) {}

    void compute() {
        for (int64_t block = 0; block < p.blocks; block += most) {
            chunk = {int(std::min(most, p.blocks - block)), groups, 1 << p.left.fraction_bits};
            for (int64_t row = 0; row < rows; ++row) take_row(row, block);
            for (int64_t strip = 0; strip < strips; ++strip) take_strip(strip, block);
            for (int64_t strip = 0; strip < strips; strip += PANEL) {
                const int count = int(std::min<int64_t>(PANEL, strips - strip));
                const int height = kind.heights[count - 1];
                for (int64_t row = 0; row < rows; row += height) add(row, height, strip, count);
            }
        }
        make_nan_canonical();
    }

   private:
    void take_row(int64_t row, int64_t first) {
        left_range[row] = {};
        for (int block = 0; block < chunk.blocks; ++block) {
            const int64_t number = (first_row + row) * p.blocks + first + block;
            int8_t* to = &left[row * stride + block * groups * 4];
            memcpy(to, p.left.mantissas + number * p.block_size, p.block_size);
            const int exponent = p.left.exponents[number];
            const bool nan = exponent == p.nan_exponent;
            left_nan[row] |= nan;
            int& last_place = left_exponents[row * chunk.blocks + block];
            last_place = exponent - p.left.fraction_bits;
            if (nan || (last_place < TINY && std::all_of(to, to + p.block_size, is_zero)))
                last_place = NEUTRAL;
            left_range[row].include({last_place, last_place});
        }
    }

    void take_strip(int64_t number, int64_t first) {
        const int64_t strip = first_strip + number;
        int32_t* own = words.data() + number * most * groups * STRIP;
        const int32_t* given = (const int32_t*)p.right.mantissas;
        if (p.right.in_strips)
            given += (strip * p.blocks + first) * groups * STRIP;
        else
            pack(strip, first, own);
        Strip& taken = right[number];
        taken = {p.right.in_strips ? given : own, &starts[number * most * STRIP],
                 &right_exponents[number * most * STRIP], {}};
        kind.find_starts(chunk, taken);
        const int64_t columns = std::min<int64_t>(STRIP, p.right.lines - strip * STRIP);
        for (int block = 0; block < chunk.blocks; ++block)
            for (int column = 0; column < columns; ++column) {
                const int exponent =
                    p.right.exponents[p.right.in_strips
                                          ? (strip * p.blocks + first + block) * STRIP + column
                                          : (strip * STRIP + column) * p.blocks + first + block];
                const bool nan = exponent == p.nan_exponent;
                right_nan[number * STRIP + column] |= nan;
                int& last_place = taken.exponents[block * STRIP + column];
                last_place = exponent - p.right.fraction_bits;
                if (nan || (last_place < TINY && is_zero_column(taken.words, block, column)))
                    last_place = NEUTRAL;
                taken.range.include({last_place, last_place});
            }
    }

    void pack(int64_t strip, int64_t first, int32_t* to) const {
        const int64_t columns = std::min<int64_t>(STRIP, p.right.lines - strip * STRIP);
        const int whole = p.block_size / 4, rest = p.block_size % 4;
        for (int64_t column = 0; column < columns; ++column) {
            const int64_t number = (strip * STRIP + column) * p.blocks + first;
            const int8_t* from = p.right.mantissas + number * p.block_size;
            int32_t* word = to + column;
            for (int block = 0; block < chunk.blocks; ++block) {
                for (int group = 0; group < whole; ++group, from += 4, word += STRIP)
                    memcpy(word, from, 4);
                if (rest) {
                    memcpy(word, from, rest);  // what lies beyond is, and stays, zero
                    from += rest;
                    word += STRIP;
                }
            }
        }
    }

    static bool is_zero(int8_t mantissa) { return mantissa == 0; }

    bool is_zero_column(const int32_t* words, int block, int column) const {
        for (int group = 0; group < groups; ++group)
            if (words[(block * groups + group) * STRIP + column]) return false;
        return true;
    }

    void add(int64_t row, int height, int64_t strip, int count) {
        Range one, other;
        for (int r = 0; r < height; ++r) one.include(left_range[row + r]);
        for (int s = 0; s < count; ++s) other.include(right[strip + s].range);
        // Sums have 24 bits at most; single precision holds all their products with normal powers.
        const bool exact = one.lowest + other.lowest < -126 ||
                           one.highest + other.highest + p.sum_bits > 128;
        const Rows tile = {&left[row * stride], stride, &left_exponents[row * chunk.blocks]};
        const int64_t columns = p.right.lines, column = (first_strip + strip) * STRIP;
        float* y = p.y + (first_row + row) * p.y_stride + column;
        const int64_t valid_rows = std::min<int64_t>(height, rows - row);
        const int64_t valid_columns = std::min<int64_t>(count * STRIP, columns - column);
        if (valid_rows == height && valid_columns == count * STRIP) {
            kind.add_tile(chunk, tile, &right[strip], count, exact, y, p.y_stride);
            return;
        }
        float sums[TALLEST][PANEL * STRIP] = {};
        for (int64_t r = 0; r < valid_rows; ++r)
            memcpy(sums[r], y + r * p.y_stride, valid_columns * sizeof(float));
        kind.add_tile(chunk, tile, &right[strip], count, exact, sums[0], PANEL * STRIP);
        for (int64_t r = 0; r < valid_rows; ++r)
            memcpy(y + r * p.y_stride, sums[r], valid_columns * sizeof(float));
    }

    void make_nan_canonical() {
        const int64_t first = first_strip * STRIP;
        const int64_t columns = std::min(strips * STRIP, p.right.lines - first);
        const float nan = __builtin_nanf("");  // 0x7FC00000
        for (int64_t row = 0; row < rows; ++row) {
            float* y = p.y + (first_row + row) * p.y_stride + first;
            for (int64_t column = 0; column < columns; ++column)
                if (left_nan[row] || right_nan[column] || y[column] != y[column]) y[column] = nan;
        }
    }

    const Product& p;
    const Kind& kind;
    const int64_t first_row, rows, first_strip, strips;
    const int groups;
    const int64_t most, stride;  // blocks of a chunk, bytes of a row in it
    Chunk chunk;
    std::vector<int8_t> left;
    std::vector<int32_t> left_exponents;
    std::vector<Range> left_range;
    std::vector<uint8_t> left_nan;
    std::vector<Strip> right;
    std::vector<int32_t> words, starts, right_exponents;
    std::vector<uint8_t> right_nan;
};

}  // namespace

extern "C" void hbfp_multiply(const Product* product, int level, int64_t first_row,
                              int64_t last_row, int64_t first_strip, int64_t last_strip) {
#if defined(__x86_64__)
    static const Kind vnni = {avx512::add_tile, avx512::find_starts, avx512::HEIGHT};
    static const Kind plain = {avx2::add_tile, avx2::find_starts, avx2::HEIGHT};
    Piece(*product, level == AVX512 ? vnni : plain, first_row, last_row, first_strip, last_strip)
        .compute();
#endif
}

extern "C" int hbfp_interface() { return INTERFACE; }

// The highest level that this processor can run.
extern "C" int hbfp_level() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return AVX2;
#endif
    return PLAIN;
}
