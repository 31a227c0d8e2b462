// One tile of a product. Included once for each kind of processor, inside a namespace of its own,
// with LANES (32-bit lanes of a vector), the types Ints and Floats of such vectors, HEIGHT (rows of
// a tile of one, two and three strips), TARGET (attribute of functions) and the functions
//   dot(acc, a, b): acc plus, in each lane, the products of four bytes, a unsigned and b signed;
//   add_product(a, b, c): a * b + c; the product is exact, so one rounding or two are the same.

constexpr int PARTS = STRIP / LANES;  // vectors of a strip

typedef uint8_t Bytes __attribute__((vector_size(4 * LANES)));
typedef int64_t Longs __attribute__((vector_size(8 * LANES)));
typedef double Doubles __attribute__((vector_size(8 * LANES)));

template <typename Vector>
TARGET Vector load(const void* from) {
    Vector value;
    memcpy(&value, from, sizeof value);
    return value;
}

// What single precision cannot hold on the way is rounded from double precision, once. Powers of two
// beyond its range give the same zeros and infinities as those at its ends.
TARGET Floats add_rounded(Ints sums, Ints exponents, Floats total) {
    exponents = exponents < -FAR ? Ints{} - FAR : exponents;
    exponents = exponents > FAR ? Ints{} + FAR : exponents;
    const Doubles power = (Doubles)((__builtin_convertvector(exponents, Longs) + 1023) << 52);
    const Doubles exact = __builtin_convertvector(sums, Doubles) * power;
    return total + __builtin_convertvector(exact, Floats);
}

// Minus the offset times the sum of the bytes of each block.
TARGET void find_starts(const Chunk& chunk, const Strip& strip) {
    const Bytes offset = Bytes{} + uint8_t(chunk.offset);
    const int32_t* words = strip.words;
    for (int block = 0; block < chunk.blocks; ++block, words += chunk.groups * STRIP)
        for (int first = 0; first < STRIP; first += LANES) {
            Ints sum = {};
            for (int group = 0; group < chunk.groups; ++group)
                sum = dot(sum, (Ints)offset, load<Ints>(words + group * STRIP + first));
            sum = -sum;
            memcpy(strip.starts + block * STRIP + first, &sum, sizeof sum);
        }
}

// Adds the block dot products of a chunk to the sums, one block after the other.
template <int STRIPS, bool EXACT>
TARGET void add_tile(const Chunk& chunk, const Rows& rows, const Strip* strips, float* sums,
                     int64_t sums_stride) {
    constexpr int ROWS = HEIGHT[STRIPS - 1], VECTORS = STRIPS * PARTS;
    Floats total[ROWS][VECTORS];
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v)
            total[r][v] = load<Floats>(sums + r * sums_stride + v * LANES);
    const Bytes offset = Bytes{} + uint8_t(chunk.offset);
    for (int block = 0; block < chunk.blocks; ++block) {
        Ints acc[ROWS][VECTORS];
        for (int v = 0; v < VECTORS; ++v)
            for (int r = 0; r < ROWS; ++r)
                acc[r][v] =
                    load<Ints>(strips[v / PARTS].starts + block * STRIP + v % PARTS * LANES);
        const int8_t* x = rows.mantissas + block * chunk.groups * 4;
        const int32_t* words[STRIPS];
        for (int s = 0; s < STRIPS; ++s)
            words[s] = strips[s].words + int64_t(block) * chunk.groups * STRIP;
        for (int group = 0; group < chunk.groups; ++group) {
            Ints w[VECTORS];
            for (int v = 0; v < VECTORS; ++v)
                w[v] = load<Ints>(words[v / PARTS] + group * STRIP + v % PARTS * LANES);
            for (int r = 0; r < ROWS; ++r) {
                const Ints four = Ints{} + load<int32_t>(x + r * rows.stride + 4 * group);
                const Ints moved = (Ints)((Bytes)four + offset);
                for (int v = 0; v < VECTORS; ++v) acc[r][v] = dot(acc[r][v], moved, w[v]);
            }
        }
        for (int v = 0; v < VECTORS; ++v) {
            const Ints right =
                load<Ints>(strips[v / PARTS].exponents + block * STRIP + v % PARTS * LANES);
            for (int r = 0; r < ROWS; ++r) {
                const Ints exponents = right + rows.exponents[r * chunk.blocks + block];
                if (EXACT) {
                    total[r][v] = add_rounded(acc[r][v], exponents, total[r][v]);
                } else {
                    const Floats power = (Floats)((exponents + 127) << 23);
                    const Floats exact = __builtin_convertvector(acc[r][v], Floats);
                    total[r][v] = add_product(exact, power, total[r][v]);
                }
            }
        }
    }
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v)
            memcpy(sums + r * sums_stride + v * LANES, &total[r][v], sizeof(Floats));
}

TARGET void add_tile(const Chunk& chunk, const Rows& rows, const Strip* strips, int count,
                     bool exact, float* sums, int64_t sums_stride) {
    if (count == 3)
        exact ? add_tile<3, true>(chunk, rows, strips, sums, sums_stride)
              : add_tile<3, false>(chunk, rows, strips, sums, sums_stride);
    else if (count == 2)
        exact ? add_tile<2, true>(chunk, rows, strips, sums, sums_stride)
              : add_tile<2, false>(chunk, rows, strips, sums, sums_stride);
    else
        exact ? add_tile<1, true>(chunk, rows, strips, sums, sums_stride)
              : add_tile<1, false>(chunk, rows, strips, sums, sums_stride);
}
