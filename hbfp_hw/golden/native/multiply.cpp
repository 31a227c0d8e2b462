// Products of blocks with mantissas of one byte, as hbfp_hw/golden/gemm.py defines them.
//
// The right operand is read in micropanels of 16 columns, in which the same four bytes of all
// columns lie side by side. In names of this folder, "panel" means a micropanel. A tile here is a
// few rows by up to three micropanels of Y; it does not depend on the size of an array. Its integer
// sums stay in registers during a block. Its FP32 sums stay in registers or on the stack during a
// span, the blocks along K that are computed together.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "multiply_kinds.h"
#include "native.h"

namespace {

constexpr int SPAN_BYTES = 512;  // of one line: three micropanels of a span stay in the cache
constexpr int WIDEST = 3;        // most micropanels of a tile
constexpr int TALLEST = 12;      // most rows of a tile
constexpr int TINY = -30;        // only blocks with a lower last place are checked for all zeros

// Some rows and micropanels of a product, computed span by span.
class Piece {
   public:
    Piece(const MultiplyCall& call, const Kind& kind, int64_t first_row, int64_t last_row,
          int64_t first_panel, int64_t last_panel)
        : call(call), kind(kind), first_row(first_row), rows(last_row - first_row),
          first_panel(first_panel), panels(last_panel - first_panel),
          groups((call.block_size + 3) / 4),
          span_blocks(std::min<int64_t>(call.blocks, std::max(1, SPAN_BYTES / (4 * groups)))),
          stride(span_blocks * groups * 4 + 64),  // no power of two: rows use different cache sets
          left((rows + TALLEST) * stride), left_exponents((rows + TALLEST) * span_blocks),
          left_powers(left_exponents.size()), left_range(rows + TALLEST), left_nan(rows),
          right(panels),
          words(call.right.packed ? 0 : panels * span_blocks * groups * MICROPANEL),
          starts(panels * span_blocks * MICROPANEL), right_exponents(starts.size()),
          right_powers(starts.size()), right_nan(panels * MICROPANEL) {
        span.groups = groups;
        span.offset = kind.takes_signs ? 0 : 1 << call.left.fraction_bits;
        span.groups_in_16_bits = groups_in_16_bits(call);
    }

    void compute() {
        for (int64_t block = 0; block < call.blocks; block += span_blocks) {
            span.blocks = int(std::min(span_blocks, call.blocks - block));
            for (int64_t row = 0; row < rows; ++row) load_row(row, block);
            for (int64_t number = 0; number < panels; ++number) load_micropanel(number, block);
            for (int64_t number = 0; number < panels; number += kind.tile_panels) {
                const int count = int(std::min<int64_t>(kind.tile_panels, panels - number));
                const int height = kind.heights[count - 1];
                for (int64_t row = 0; row < rows; row += height) add(row, height, number, count);
            }
        }
        make_nan_canonical();
    }

   private:
    // Copy a row's blocks of a span, from block `first` on.
    void load_row(int64_t row, int64_t first) {
        left_range[row] = {};
        for (int block = 0; block < span.blocks; ++block) {
            const int64_t number = (first_row + row) * call.blocks + first + block;
            int8_t* to = &left[row * stride + block * groups * 4];
            memcpy(to, call.left.mantissas + number * call.block_size, call.block_size);
            const int exponent = call.left.exponents[number];
            const bool nan = exponent == call.nan_exponent;
            left_nan[row] |= nan;
            int last_place = exponent - call.left.fraction_bits;
            if (nan || (last_place < TINY && std::all_of(to, to + call.block_size, is_zero)))
                last_place = NEUTRAL;
            left_range[row].include({last_place, last_place});
            left_exponents[row * span.blocks + block] = last_place;
            left_powers[row * span.blocks + block] = to_field(last_place);
            add_offset(to, call.block_size, span.offset);
        }
    }

    // Point to the blocks of a micropanel in a span, from block `first` on; pack them if necessary.
    void load_micropanel(int64_t number, int64_t first) {
        const int64_t panel = first_panel + number;
        int32_t* own = words.data() + number * span_blocks * groups * MICROPANEL;
        const int32_t* given = (const int32_t*)call.right.mantissas;
        if (call.right.packed)
            given += (panel * call.blocks + first) * groups * MICROPANEL;
        else
            pack(panel, first, own);
        const int64_t place = number * span_blocks * MICROPANEL;
        Micropanel& loaded = right[number];
        loaded = {call.right.packed ? given : own, &starts[place], &right_exponents[place],
                  &right_powers[place], {}};
        kind.find_starts(span, loaded);
        const int64_t columns = columns_of(panel);
        for (int block = 0; block < span.blocks; ++block)
            for (int column = 0; column < columns; ++column) {
                const int exponent = right_exponent(panel, column, first + block);
                const bool nan = exponent == call.nan_exponent;
                right_nan[number * MICROPANEL + column] |= nan;
                int last_place = exponent - call.right.fraction_bits;
                if (nan || (last_place < TINY && is_zero_column(loaded.words, block, column)))
                    last_place = NEUTRAL;
                loaded.range.include({last_place, last_place});
                loaded.exponents[block * MICROPANEL + column] = last_place;
                loaded.powers[block * MICROPANEL + column] = to_field(last_place + 127);
            }
    }

    int right_exponent(int64_t panel, int column, int64_t block) const {
        return call.right.exponents[call.right.packed
                                        ? (panel * call.blocks + block) * MICROPANEL + column
                                        : (panel * MICROPANEL + column) * call.blocks + block];
    }

    int64_t columns_of(int64_t panel) const {
        return std::min<int64_t>(MICROPANEL, call.right.lines - panel * MICROPANEL);
    }

    // Pack a micropanel's blocks of a span, from block `first` on.
    void pack(int64_t panel, int64_t first, int32_t* to) const {
        const int64_t columns = columns_of(panel);
        const int whole = call.block_size / 4, rest = call.block_size % 4;
        for (int64_t column = 0; column < columns; ++column) {
            const int64_t number = (panel * MICROPANEL + column) * call.blocks + first;
            const int8_t* from = call.right.mantissas + number * call.block_size;
            int32_t* word = to + column;
            for (int block = 0; block < span.blocks; ++block) {
                for (int group = 0; group < whole; ++group, from += 4, word += MICROPANEL)
                    memcpy(word, from, 4);
                if (rest) {
                    memcpy(word, from, rest);  // the other bytes of the word stay zero
                    from += rest;
                    word += MICROPANEL;
                }
            }
        }
    }

    static void add_offset(int8_t* mantissas, int count, int offset) {
        for (int k = 0; k < count; ++k) mantissas[k] = int8_t(mantissas[k] + offset);
    }

    // The exponent field of binary32, without its bias.
    static int32_t to_field(int exponent) { return int32_t(uint32_t(exponent) << 23); }

    static bool is_zero(int8_t mantissa) { return mantissa == 0; }

    bool is_zero_column(const int32_t* words, int block, int column) const {
        for (int group = 0; group < groups; ++group)
            if (words[(block * groups + group) * MICROPANEL + column]) return false;
        return true;
    }

    // Add a span's dot products of a tile: rows from `row`, micropanels from `number`.
    void add(int64_t row, int height, int64_t number, int count) {
        Range one, other;
        for (int r = 0; r < height; ++r) one.include(left_range[row + r]);
        for (int k = 0; k < count; ++k) other.include(right[number + k].range);
        // Sums have at most 24 bits, so their products with normal powers of two are exact floats
        // as long as the products are normal, too.
        const bool rounds = one.lowest + other.lowest < -126 ||
                            one.highest + other.highest + call.sum_bits > 128;
        const Rows tile = {&left[row * stride], stride, &left_exponents[row * span.blocks],
                           &left_powers[row * span.blocks]};
        const int64_t columns = call.right.lines, column = (first_panel + number) * MICROPANEL;
        float* y = call.y + (first_row + row) * call.y_stride + column;
        const int64_t valid_rows = std::min<int64_t>(height, rows - row);
        const int64_t valid_columns = std::min<int64_t>(count * MICROPANEL, columns - column);
        if (valid_rows == height && valid_columns == count * MICROPANEL) {
            kind.add_tile(span, tile, &right[number], count, rounds, y, call.y_stride);
            return;
        }
        // A tile at the edge of Y is computed in memory of its own.
        float sums[TALLEST][WIDEST * MICROPANEL] = {};
        for (int64_t r = 0; r < valid_rows; ++r)
            memcpy(sums[r], y + r * call.y_stride, valid_columns * sizeof(float));
        kind.add_tile(span, tile, &right[number], count, rounds, sums[0], WIDEST * MICROPANEL);
        for (int64_t r = 0; r < valid_rows; ++r)
            memcpy(y + r * call.y_stride, sums[r], valid_columns * sizeof(float));
    }

    // Write the canonical NaN for every NaN sum, and wherever an operand has a NaN block.
    void make_nan_canonical() {
        const int64_t first = first_panel * MICROPANEL;
        const int64_t columns = std::min(panels * MICROPANEL, call.right.lines - first);
        const float nan = __builtin_nanf("");  // 0x7FC00000
        for (int64_t row = 0; row < rows; ++row) {
            float* y = call.y + (first_row + row) * call.y_stride + first;
            const int32_t* nans = right_nan.data();
            const int32_t whole = left_nan[row];
            for (int64_t column = 0; column < columns; ++column)
                y[column] = (whole | nans[column] | (y[column] != y[column])) ? nan : y[column];
        }
    }

    const MultiplyCall& call;
    const Kind& kind;
    const int64_t first_row, rows, first_panel, panels;  // panels: micropanels of the piece
    const int groups;
    const int64_t span_blocks, stride;  // blocks of a full span, bytes of a row in it
    Span span;
    std::vector<int8_t> left;
    std::vector<int32_t> left_exponents, left_powers;
    std::vector<Range> left_range;
    std::vector<uint8_t> left_nan;
    std::vector<Micropanel> right;
    std::vector<int32_t> words, starts, right_exponents, right_powers, right_nan;
};

}  // namespace

// Compute the rows first_row to last_row - 1 of a product in the micropanels first_panel to
// last_panel - 1.
extern "C" void hbfp_multiply(const MultiplyCall* call, int level, int64_t first_row,
                              int64_t last_row, int64_t first_panel, int64_t last_panel) {
#if defined(__x86_64__)
    const Kind& kind = kind_of(*call, level);
    Piece(*call, kind, first_row, last_row, first_panel, last_panel).compute();
#endif
}

extern "C" int hbfp_interface() { return INTERFACE; }

// Return the highest level that this processor can run.
extern "C" int hbfp_level() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return AVX2;
#endif
    return PLAIN;
}
