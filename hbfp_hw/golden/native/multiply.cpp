// Products of blocks with mantissas of one byte, as hbfp_hw/golden/gemm.py defines them.
//
// The right operand is taken in strips of 16 columns, in which the same four bytes of all columns
// lie side by side. A tile has some rows and up to three strips. Its integer sums stay in registers
// during a block, its FP32 sums on the stack or in registers during a chunk of blocks.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "multiply_kinds.h"
#include "native.h"

namespace {

constexpr int CHUNK_BYTES = 512;  // of a line in a chunk: three strips of it stay in the cache
constexpr int WIDEST = 3;         // strips of a tile, at most
constexpr int TALLEST = 12;       // rows of a tile, at most
constexpr int TINY = -30;         // blocks of lower exponents may be blocks of zeros

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
          left_powers(left_exponents.size()), left_range(rows + TALLEST), left_nan(rows),
          right(strips), words(p.right.in_strips ? 0 : strips * most * groups * STRIP),
          starts(strips * most * STRIP), right_exponents(starts.size()),
          right_powers(starts.size()), right_nan(strips * STRIP) {
        chunk.groups = groups;
        chunk.offset = kind.takes_signs ? 0 : 1 << p.left.fraction_bits;
        chunk.groups_in_16_bits = groups_in_16_bits(p);
    }

    void compute() {
        for (int64_t block = 0; block < p.blocks; block += most) {
            chunk.blocks = int(std::min(most, p.blocks - block));
            for (int64_t row = 0; row < rows; ++row) take_row(row, block);
            for (int64_t strip = 0; strip < strips; ++strip) take_strip(strip, block);
            for (int64_t strip = 0; strip < strips; strip += kind.panel) {
                const int count = int(std::min<int64_t>(kind.panel, strips - strip));
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
            int last_place = exponent - p.left.fraction_bits;
            if (nan || (last_place < TINY && std::all_of(to, to + p.block_size, is_zero)))
                last_place = NEUTRAL;
            left_range[row].include({last_place, last_place});
            left_exponents[row * chunk.blocks + block] = last_place;
            left_powers[row * chunk.blocks + block] = to_field(last_place);
            add_offset(to, p.block_size, chunk.offset);
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
                 &right_exponents[number * most * STRIP], &right_powers[number * most * STRIP], {}};
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
                int last_place = exponent - p.right.fraction_bits;
                if (nan || (last_place < TINY && is_zero_column(taken.words, block, column)))
                    last_place = NEUTRAL;
                taken.range.include({last_place, last_place});
                taken.exponents[block * STRIP + column] = last_place;
                taken.powers[block * STRIP + column] = to_field(last_place + 127);
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

    static void add_offset(int8_t* mantissas, int count, int offset) {
        for (int k = 0; k < count; ++k) mantissas[k] = int8_t(mantissas[k] + offset);
    }

    static int32_t to_field(int exponent) { return int32_t(uint32_t(exponent) << 23); }

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
        const Rows tile = {&left[row * stride], stride, &left_exponents[row * chunk.blocks],
                           &left_powers[row * chunk.blocks]};
        const int64_t columns = p.right.lines, column = (first_strip + strip) * STRIP;
        float* y = p.y + (first_row + row) * p.y_stride + column;
        const int64_t valid_rows = std::min<int64_t>(height, rows - row);
        const int64_t valid_columns = std::min<int64_t>(count * STRIP, columns - column);
        if (valid_rows == height && valid_columns == count * STRIP) {
            kind.add_tile(chunk, tile, &right[strip], count, exact, y, p.y_stride);
            return;
        }
        float sums[TALLEST][WIDEST * STRIP] = {};
        for (int64_t r = 0; r < valid_rows; ++r)
            memcpy(sums[r], y + r * p.y_stride, valid_columns * sizeof(float));
        kind.add_tile(chunk, tile, &right[strip], count, exact, sums[0], WIDEST * STRIP);
        for (int64_t r = 0; r < valid_rows; ++r)
            memcpy(y + r * p.y_stride, sums[r], valid_columns * sizeof(float));
    }

    void make_nan_canonical() {
        const int64_t first = first_strip * STRIP;
        const int64_t columns = std::min(strips * STRIP, p.right.lines - first);
        const float nan = __builtin_nanf("");  // 0x7FC00000
        for (int64_t row = 0; row < rows; ++row) {
            float* y = p.y + (first_row + row) * p.y_stride + first;
            const int32_t* nans = right_nan.data();
            const int32_t whole = left_nan[row];
            for (int64_t column = 0; column < columns; ++column)
                y[column] = (whole | nans[column] | (y[column] != y[column])) ? nan : y[column];
        }
    }

    const Product& p;
    const Kind& kind;
    const int64_t first_row, rows, first_strip, strips;
    const int groups;
    const int64_t most, stride;  // blocks of a chunk, bytes of a row in it
    Chunk chunk;
    std::vector<int8_t> left;
    std::vector<int32_t> left_exponents, left_powers;
    std::vector<Range> left_range;
    std::vector<uint8_t> left_nan;
    std::vector<Strip> right;
    std::vector<int32_t> words, starts, right_exponents, right_powers, right_nan;
};

}  // namespace

extern "C" void hbfp_multiply(const Product* product, int level, int64_t first_row,
                              int64_t last_row, int64_t first_strip, int64_t last_strip) {
#if defined(__x86_64__)
    const Kind& kind = kind_of(*product, level);
    Piece(*product, kind, first_row, last_row, first_strip, last_strip).compute();
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
