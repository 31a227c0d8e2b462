// One tile of a product. Included once for each kind of processor, inside a namespace of its own,
// with LANES (32-bit lanes of a vector), the types Ints and Floats of such vectors, TARGET
// (attribute of functions) and the functions
//   dot(acc, a, b): acc plus, in each lane, the products of four bytes, a unsigned and b signed;
//   add_product(a, b, c): a * b + c; the product is exact, so one rounding or two are the same.
// A method of adding up the products of a block is a class with HEIGHTS (rows of a tile of one,
// two, ... strips), add, which adds the products of four bytes to a sum, and add_groups, which adds
// those of a block to the sums of a tile.

constexpr int PARTS = STRIP / LANES;  // vectors of a strip

typedef uint8_t Bytes __attribute__((vector_size(4 * LANES)));
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));

template <typename Vector>
TARGET Vector load(const void* from) {
    Vector value;
    memcpy(&value, from, sizeof value);
    return value;
}

TARGET Ints clamp(Ints values, int lowest, int highest) {
    values = values < lowest ? Ints{} + lowest : values;
    return values > highest ? Ints{} + highest : values;
}

TARGET Floats power_of_two(Ints exponent) { return (Floats)((exponent + 127) << 23); }

// Scales where products or powers may leave the normal numbers: the first step stays among them
// and is exact, the second one rounds. Powers beyond both give zeros and infinities all the same.
TARGET Floats add_rounded(Ints sums, Ints exponents, Floats total) {
    const Ints first = clamp(exponents, -NEAR, NEAR);
    const Ints rest = clamp(exponents - first, -126, 127);
    const Floats exact = __builtin_convertvector(sums, Floats) * power_of_two(first);
    return total + exact * power_of_two(rest);
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

// Adds the products of some groups, from one on, to the sums of each row and column.
template <class Method, typename Sum, int ROWS, int VECTORS>
TARGET void add_up(int first, int last, const int8_t* x, int64_t stride,
                   const int32_t* const* words, Sum (&sums)[ROWS][VECTORS]) {
    for (int group = first; group < last; ++group) {
        Ints w[VECTORS];
        for (int v = 0; v < VECTORS; ++v) w[v] = load<Ints>(words[v] + group * STRIP);
        for (int r = 0; r < ROWS; ++r) {
            const Ints four = Ints{} + load<int32_t>(x + r * stride + 4 * group);
            for (int v = 0; v < VECTORS; ++v) sums[r][v] = Method::add(sums[r][v], four, w[v]);
        }
    }
}

// Adds the block dot products of a chunk to the sums, one block after the other.
template <class Method, int STRIPS, bool EXACT>
TARGET void add_tile(const Chunk& chunk, const Rows& rows, const Strip* strips, float* sums,
                     int64_t sums_stride) {
    constexpr int ROWS = Method::HEIGHTS[STRIPS - 1], VECTORS = STRIPS * PARTS;
    Floats total[ROWS][VECTORS];
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v)
            total[r][v] = load<Floats>(sums + r * sums_stride + v * LANES);
    for (int block = 0; block < chunk.blocks; ++block) {
        Ints acc[ROWS][VECTORS], right[VECTORS];
        const int32_t* words[VECTORS];
        for (int v = 0; v < VECTORS; ++v) {
            const Strip& strip = strips[v / PARTS];
            const int first = v % PARTS * LANES, place = block * STRIP + first;
            for (int r = 0; r < ROWS; ++r) acc[r][v] = load<Ints>(strip.starts + place);
            words[v] = strip.words + int64_t(block) * chunk.groups * STRIP + first;
            right[v] = load<Ints>((EXACT ? strip.exponents : strip.powers) + place);
        }
        Method::template add_groups<ROWS, VECTORS>(
            chunk, rows.mantissas + block * chunk.groups * 4, rows.stride, words, acc);
        for (int r = 0; r < ROWS; ++r) {
            const int place = r * chunk.blocks + block;
            const Ints left = Ints{} + (EXACT ? rows.exponents : rows.powers)[place];
            for (int v = 0; v < VECTORS; ++v) {
                if (EXACT) {
                    total[r][v] = add_rounded(acc[r][v], left + right[v], total[r][v]);
                } else {
                    const Floats power = (Floats)((Words)left + (Words)right[v]);
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

template <class Method, int STRIPS = 1>
TARGET void add_tile(const Chunk& chunk, const Rows& rows, const Strip* strips, int count,
                     bool exact, float* sums, int64_t sums_stride) {
    if constexpr (STRIPS < std::size(Method::HEIGHTS)) {
        if (count > STRIPS)
            return add_tile<Method, STRIPS + 1>(chunk, rows, strips, count, exact, sums,
                                                sums_stride);
    }
    exact ? add_tile<Method, STRIPS, true>(chunk, rows, strips, sums, sums_stride)
          : add_tile<Method, STRIPS, false>(chunk, rows, strips, sums, sums_stride);
}
