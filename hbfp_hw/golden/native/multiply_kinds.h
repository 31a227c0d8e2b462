// Ways to add up the products of a tile, for each kind of processor.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <type_traits>

#include "native.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr int NEUTRAL = 0;  // exponent for blocks of zeros and NaN blocks: it widens no range
constexpr int NEAR = 100;   // sums of up to 24 bits times 2**-NEAR to 2**NEAR are normal

// Blocks along K that are computed together.
struct Span {
    int blocks, groups;     // groups: groups of four bytes in a block
    int offset;             // added to bytes of the left operand to make them unsigned
    int groups_in_16_bits;  // see groups_in_16_bits()
};

// Rows of a tile in a span.
struct Rows {
    const int8_t* mantissas;  // (rows, blocks, groups, 4), with the offset
    int64_t stride;            // bytes from one row to the next
    const int32_t* exponents;  // (rows, blocks), of the last mantissa bit
    const int32_t* powers;     // these as exponent fields of binary32, without bias
};

// Lowest and highest of the included exponents and NEUTRAL.
struct Range {
    int lowest = NEUTRAL, highest = NEUTRAL;

    void include(const Range& other) {
        lowest = std::min(lowest, other.lowest);
        highest = std::max(highest, other.highest);
    }
};

// A micropanel of the right operand in a span.
struct Micropanel {
    const int32_t* words;  // (blocks, groups, columns)
    int32_t* starts;       // (blocks, columns), start values of sums: cancel the left offset
    int32_t* exponents;    // (blocks, columns), of the last mantissa bit
    int32_t* powers;       // these as exponent fields of binary32, with bias
    Range range;
};

#if defined(__x86_64__)
namespace avx512 {
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))) inline
constexpr int LANES = 16;
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef float Floats __attribute__((vector_size(4 * LANES)));

TARGET Ints dot(Ints acc, Ints a, Ints b) {
    return (Ints)_mm512_dpbusd_epi32((__m512i)acc, (__m512i)a, (__m512i)b);
}

TARGET Floats add_product(Floats a, Floats b, Floats c) {
    return (Floats)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

#include "multiply_tile.h"

// Adds the products of four bytes in 32 bits, with one VNNI instruction.
struct Bytewise {
    static constexpr int HEIGHTS[] = {12, 6, 4};

    TARGET static Ints add(Ints sum, Ints x, Ints w) { return dot(sum, x, w); }

    template <int ROWS, int VECTORS>
    TARGET static void add_groups(const Span& span, const int8_t* x, int64_t stride,
                                  const int32_t* const* words, Ints (&acc)[ROWS][VECTORS]) {
        add_up<Bytewise>(0, span.groups, x, stride, words, acc);
    }
};
#undef TARGET
}  // namespace avx512

namespace avx2 {
#define TARGET __attribute__((target("avx2,fma"))) inline
constexpr int LANES = 8;
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef int16_t Shorts __attribute__((vector_size(4 * LANES)));
typedef float Floats __attribute__((vector_size(4 * LANES)));

// Sums of two neighbouring byte products; each must fit in 16 bits.
TARGET Shorts pairs(Ints a, Ints b) {
    return (Shorts)_mm256_maddubs_epi16((__m256i)a, (__m256i)b);
}

TARGET Ints add_pairs(Ints acc, Shorts pairs) {
    return acc + (Ints)_mm256_madd_epi16((__m256i)pairs, _mm256_set1_epi16(1));
}

TARGET Ints dot(Ints acc, Ints a, Ints b) { return add_pairs(acc, pairs(a, b)); }

TARGET Floats add_product(Floats a, Floats b, Floats c) {
    return (Floats)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

#include "multiply_tile.h"

// Adds products of several groups in 16 bits: all groups of a block AT_ONCE, or some at a time.
template <bool AT_ONCE>
struct Pairwise {
    static constexpr int HEIGHTS[] = {6};

    TARGET static Shorts add(Shorts sum, Ints x, Ints w) { return sum + pairs(x, w); }

    template <int ROWS, int VECTORS>
    TARGET static void add_groups(const Span& span, const int8_t* x, int64_t stride,
                                  const int32_t* const* words, Ints (&acc)[ROWS][VECTORS]) {
        const int part = AT_ONCE ? span.groups : span.groups_in_16_bits;
        int first = 0;
        do {
            Shorts sums[ROWS][VECTORS] = {};
            const int last = std::min(first + part, span.groups);
            add_up<Pairwise>(first, last, x, stride, words, sums);
            for (int r = 0; r < ROWS; ++r)
                for (int v = 0; v < VECTORS; ++v) acc[r][v] = add_pairs(acc[r][v], sums[r][v]);
            first = last;
        } while (!AT_ONCE && first < span.groups);
    }
};

// For mantissas so wide that two products with an offset may exceed 16 bits: the left bytes become
// magnitudes, and their signs move to the right bytes.
struct Signed {
    static constexpr int HEIGHTS[] = {4};

    TARGET static Ints add(Ints sum, Ints x, Ints w) {
        const __m256i magnitudes = _mm256_abs_epi8((__m256i)x);
        return dot(sum, (Ints)magnitudes, (Ints)_mm256_sign_epi8((__m256i)w, (__m256i)x));
    }

    template <int ROWS, int VECTORS>
    TARGET static void add_groups(const Span& span, const int8_t* x, int64_t stride,
                                  const int32_t* const* words, Ints (&acc)[ROWS][VECTORS]) {
        add_up<Signed>(0, span.groups, x, stride, words, acc);
    }
};
#undef TARGET
}  // namespace avx2
#endif

// Return how many groups of four bytes may be added in 16 bits. Each group adds a sum of two
// products with unsigned left bytes; 0 if even one such sum does not fit.
int groups_in_16_bits(const MultiplyCall& p) {
    return 32767 / (2 * ((2 << p.left.fraction_bits) - 1) << p.right.fraction_bits);
}

// One way to multiply, for a level and a pair of formats.
struct Kind {
    void (*add_tile)(const Span&, const Rows&, const Micropanel*, int, bool, float*, int64_t);
    void (*find_starts)(const Span&, const Micropanel&);
    const int* heights;  // rows of a tile of one, two, ... micropanels
    int tile_panels;     // most micropanels of a tile
    bool takes_signs;    // left bytes are signed, without an offset
};

#if defined(__x86_64__)
template <class Method>
constexpr Kind AVX2_KIND = {avx2::add_tile<Method>, avx2::find_starts, Method::HEIGHTS,
                            std::size(Method::HEIGHTS), std::is_same_v<Method, avx2::Signed>};

const Kind& kind_of(const MultiplyCall& p, int level) {
    static constexpr Kind vnni = {avx512::add_tile<avx512::Bytewise>, avx512::find_starts,
                                  avx512::Bytewise::HEIGHTS,
                                  std::size(avx512::Bytewise::HEIGHTS), false};
    if (level == AVX512) return vnni;
    const int groups = groups_in_16_bits(p);
    if (groups == 0) return AVX2_KIND<avx2::Signed>;
    if ((p.block_size + 3) / 4 > groups) return AVX2_KIND<avx2::Pairwise<false>>;
    return AVX2_KIND<avx2::Pairwise<true>>;
}
#endif

}  // namespace
