// What the Python files beside this one give to the library: a change of it is a new interface.

#pragma once

#include <cstdint>

constexpr int INTERFACE = 3;
constexpr int STRIP = 16;  // lines side by side in a strip

enum Level { PLAIN = 1, AVX2 = 2, AVX512 = 3 };

// Blocks along the lines of a matrix. Strips hold 16 lines each, the last one filled up with zeros:
// mantissas are (strips, blocks, groups of four, 16, 4), exponents (strips, blocks, 16).
struct Operand {
    const int8_t* mantissas;   // (lines, blocks, block_size), or strips
    const int16_t* exponents;  // (lines, blocks), or strips
    int64_t lines;
    int32_t in_strips;
    int32_t fraction_bits;
};

struct Product {
    Operand left, right;  // right may be in strips
    int64_t blocks;
    int32_t block_size;
    int32_t nan_exponent;
    int32_t sum_bits;  // of the largest magnitude of an integer sum
    int64_t y_stride;
    float* y;  // (left.lines, right.lines): start values, then the result
};

struct Conversion {
    const float* values;
    int64_t line_stride, lane_stride;  // in elements
    int64_t lines, length;
    int32_t block_size;
    int32_t mantissa_bits;
    int32_t lowest_exponent, highest_exponent, nan_exponent;
    int32_t rounding, random_bits;
    uint32_t seed;
    const uint32_t* steps;  // (lines, blocks), or null: the blocks' numbers
    void* mantissas;
    int16_t* exponents;
    int32_t in_strips;
};
