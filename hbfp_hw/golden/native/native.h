// Interface of the library. The Python files beside this one declare the same structures with
// ctypes: a change here needs the same change there, and another INTERFACE.

#pragma once

#include <cstdint>

constexpr int INTERFACE = 3;
constexpr int MICROPANEL = 16;  // lines of a micropanel

enum Level { PLAIN = 1, AVX2 = 2, AVX512 = 3 };

// Blocks along the lines of a matrix. A packed operand consists of micropanels of 16 lines; zeros
// fill up the last one. Its mantissas are (micropanels, blocks, groups of four lanes, 16, 4), its
// exponents (micropanels, blocks, 16).
struct Operand {
    const int8_t* mantissas;   // (lines, blocks, block_size), or packed
    const int16_t* exponents;  // (lines, blocks), or packed
    int64_t lines;
    int32_t packed;
    int32_t fraction_bits;
};

// Arguments of hbfp_multiply.
struct MultiplyCall {
    Operand left, right;  // only right may be packed
    int64_t blocks;       // of a line
    int32_t block_size;
    int32_t nan_exponent;
    int32_t sum_bits;  // bits of the largest magnitude of an integer sum
    int64_t y_stride;  // elements from one row of y to the next
    float* y;          // (left.lines, right.lines): start values, replaced by the result
};

// Arguments of hbfp_convert.
struct ConvertCall {
    const float* values;
    int64_t line_stride, lane_stride;  // in elements
    int64_t lines, length;
    int32_t block_size;
    int32_t mantissa_bits;
    int32_t lowest_exponent, highest_exponent, nan_exponent;
    int32_t rounding, random_bits;
    uint32_t seed;
    const uint32_t* steps;  // (lines, blocks); null numbers the blocks line by line
    void* mantissas;        // int8_t for up to 8 bits, else int16_t
    int16_t* exponents;
    int32_t packed;  // whether mantissas and exponents form a packed operand
};
