// Conversion of FP32 values to blocks, as hbfp_hw/golden/convert.py and random.py define it.
//
// As many blocks are converted at once as a vector has elements. Their values are transposed first,
// so that vector k holds lane k of each block. The order of the values in memory matters only for
// that step. Vectors have the size of the processor's registers: compilers would split larger ones,
// and would compare them element by element.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "native.h"

#define INLINE inline __attribute__((always_inline))

namespace {

constexpr int LINES_AT_ONCE = 256;  // lines converted at one position along K before the next

enum Rounding { NEAREST, STOCHASTIC, TRUNCATE };

namespace plain {
constexpr int LANES = 4;
#include "convert_blocks.h"
}  // namespace plain

#if defined(__x86_64__)
namespace avx512 {
constexpr int LANES = 16;
#include "convert_blocks.h"

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) bool convert_all(
    const ConvertCall& c, int64_t first, int64_t last) {
    return convert(c, first, last);
}
}  // namespace avx512

namespace avx2 {
constexpr int LANES = 8;
#include "convert_blocks.h"

__attribute__((target("avx2"))) bool convert_all(const ConvertCall& c, int64_t first,
                                                 int64_t last) {
    return convert(c, first, last);
}
}  // namespace avx2
#endif

}  // namespace

// Convert the lines first to last - 1. In a packed operand, first must begin a micropanel. Return
// whether the rounding mode is known; if it is not, nothing is written.
extern "C" int hbfp_convert(const ConvertCall* c, int level, int64_t first, int64_t last) {
#if defined(__x86_64__)
    if (level == AVX512) return avx512::convert_all(*c, first, last);
    if (level == AVX2) return avx2::convert_all(*c, first, last);
#endif
    return plain::convert(*c, first, last);
}
