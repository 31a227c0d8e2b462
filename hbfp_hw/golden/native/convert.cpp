// Conversion of FP32 values to blocks, as hbfp_hw/golden/convert.py and random.py define it.
//
// As many blocks are converted at once as a vector has lanes, one in each: a tile holds the first
// elements of all of them, then the second ones, and so on. In which order the values lie in memory
// so matters only while the tile is filled. Vectors are as wide as the processor's: compilers take
// wider ones apart, into single lanes where values are compared.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "native.h"

#define INLINE inline __attribute__((always_inline))

namespace {

constexpr int LINES_AT_ONCE = 256;  // neighbours in memory that are converted one after the other

enum Rounding { NEAREST, STOCHASTIC, TRUNCATE };

namespace plain {
constexpr int LANES = 4;
#include "convert_tile.h"
}  // namespace plain

#if defined(__x86_64__)
namespace avx512 {
constexpr int LANES = 16;
#include "convert_tile.h"

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) bool convert_all(
    const Conversion& c, int64_t first, int64_t last) {
    return convert(c, first, last);
}
}  // namespace avx512

namespace avx2 {
constexpr int LANES = 8;
#include "convert_tile.h"

__attribute__((target("avx2"))) bool convert_all(const Conversion& c, int64_t first,
                                                 int64_t last) {
    return convert(c, first, last);
}
}  // namespace avx2
#endif

}  // namespace

// Converts some lines; where they are kept in strips, the first line is that of a strip. Returns
// whether the rounding mode is known; if it is not, nothing is written.
extern "C" int hbfp_convert(const Conversion* c, int level, int64_t first, int64_t last) {
#if defined(__x86_64__)
    if (level == AVX512) return avx512::convert_all(*c, first, last);
    if (level == AVX2) return avx2::convert_all(*c, first, last);
#endif
    return plain::convert(*c, first, last);
}
