// How the products of a tile are added up, for each kind of processor.

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

constexpr int NEUTRAL = 0;  // exponent of blocks whose products are zero or do not count
constexpr int NEAR = 100;   // sums of up to 24 bits stay normal, scaled by such powers of two

struct Chunk {
    int blocks, groups;     // groups of four bytes in a block
    int offset;             // added to bytes of the left operand to make them unsigned
    int groups_in_16_bits;  // whose sums of two products 16 bits hold together
};

struct Rows {
    const int8_t* mantissas;  // (rows, blocks, groups, 4), with the offset
    int64_t stride;
    const int32_t* exponents;  // (rows, blocks), of the last place
    const int32_t* powers;     // the same as the exponent field of binary32
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
    int32_t* powers;       // the same as the exponent field of binary32, with its bias
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

struct Bytewise {
    static constexpr int HEIGHTS[] = {12, 6, 4};

    TARGET static Ints add(Ints sum, Ints x, Ints w) { return dot(sum, x, w); }

    template <int ROWS, int VECTORS>
    TARGET static void add_groups(const Chunk& chunk, const int8_t* x, int64_t stride,
                                  const int32_t* const* words, Ints (&acc)[ROWS][VECTORS]) {
        add_up<Bytewise>(0, chunk.groups, x, stride, words, acc);
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

// The sum of two products must fit in 16 bits.
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

// Products of several groups are added in 16 bits; those of a block all at once, or in parts.
template <bool AT_ONCE>
struct Pairwise {
    static constexpr int HEIGHTS[] = {6};

    TARGET static Shorts add(Shorts sum, Ints x, Ints w) { return sum + pairs(x, w); }

    template <int ROWS, int VECTORS>
    TARGET static void add_groups(const Chunk& chunk, const int8_t* x, int64_t stride,
                                  const int32_t* const* words, Ints (&acc)[ROWS][VECTORS]) {
        const int part = AT_ONCE ? chunk.groups : chunk.groups_in_16_bits;
        int first = 0;
        do {
            Shorts sums[ROWS][VECTORS] = {};
            const int last = std::min(first + part, chunk.groups);
            add_up<Pairwise>(first, last, x, stride, words, sums);
            for (int r = 0; r < ROWS; ++r)
                for (int v = 0; v < VECTORS; ++v) acc[r][v] = add_pairs(acc[r][v], sums[r][v]);
            first = last;
        } while (!AT_ONCE && first < chunk.groups);
    }
};

// With an offset two products of eight bits would not fit in 16 bits. So the left bytes become
// magnitudes, and their signs go to the right ones.
struct Signed {
    static constexpr int HEIGHTS[] = {4};

    TARGET static Ints add(Ints sum, Ints x, Ints w) {
        const __m256i magnitudes = _mm256_abs_epi8((__m256i)x);
        return dot(sum, (Ints)magnitudes, (Ints)_mm256_sign_epi8((__m256i)w, (__m256i)x));
    }

    template <int ROWS, int VECTORS>
    TARGET static void add_groups(const Chunk& chunk, const int8_t* x, int64_t stride,
                                  const int32_t* const* words, Ints (&acc)[ROWS][VECTORS]) {
        add_up<Signed>(0, chunk.groups, x, stride, words, acc);
    }
};
#undef TARGET
}  // namespace avx2
#endif

// Most groups whose sums of two products, the left bytes unsigned, 16 bits hold together.
int groups_in_16_bits(const Product& p) {
    return 32767 / (2 * ((2 << p.left.fraction_bits) - 1) << p.right.fraction_bits);
}

struct Kind {
    void (*add_tile)(const Chunk&, const Rows&, const Strip*, int, bool, float*, int64_t);
    void (*find_starts)(const Chunk&, const Strip&);
    const int* heights;  // rows of a tile of one, two, ... strips
    int panel;           // most strips of a tile
    bool takes_signs;    // of left bytes, which then get no offset
};

#if defined(__x86_64__)
template <class Method>
constexpr Kind AVX2_KIND = {avx2::add_tile<Method>, avx2::find_starts, Method::HEIGHTS,
                            std::size(Method::HEIGHTS), std::is_same_v<Method, avx2::Signed>};

const Kind& kind_of(const Product& p, int level) {
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
