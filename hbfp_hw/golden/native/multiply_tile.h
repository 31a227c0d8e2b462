// One tile of a product, as multiply.cpp defines it. Included once for each kind of processor,
// inside a namespace of its own that defines
//   LANES: 32-bit elements of a vector; Ints and Floats: types of such vectors;
//   TARGET: attribute of functions;
//   dot(acc, a, b): acc plus, in each element, the products of four bytes, a unsigned and b signed;
//   add_product(a, b, c): a * b + c, where a * b is exact: fused or not, it rounds once.
// A method to add up the products of a block is a class with
//   HEIGHTS: rows of a tile of one, two, ... micropanels;
//   add: adds the products of four bytes to a sum;
//   add_groups: adds the products of a block to the sums of a tile.

constexpr int PARTS = MICROPANEL / LANES;  // vectors that hold the 16 columns of a micropanel

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

// Scale sums, round them and add them to the total, where results may not be normal numbers. The
// first multiplication gives normal numbers and is exact; the second one rounds. Exponents beyond
// the range of both powers give zeros and infinities, as they should.
TARGET Floats add_rounded(Ints sums, Ints exponents, Floats total) {
    const Ints first = clamp(exponents, -NEAR, NEAR);
    const Ints rest = clamp(exponents - first, -126, 127);
    const Floats exact = __builtin_convertvector(sums, Floats) * power_of_two(first);
    return total + exact * power_of_two(rest);
}

// Compute the start values: minus the offset times the sum of the right bytes of each block.
TARGET void find_starts(const Span& span, const Micropanel& panel) {
    const Bytes offset = Bytes{} + uint8_t(span.offset);
    const int32_t* words = panel.words;
    for (int block = 0; block < span.blocks; ++block, words += span.groups * MICROPANEL)
        for (int first = 0; first < MICROPANEL; first += LANES) {
            Ints sum = {};
            for (int group = 0; group < span.groups; ++group)
                sum = dot(sum, (Ints)offset, load<Ints>(words + group * MICROPANEL + first));
            sum = -sum;
            memcpy(panel.starts + block * MICROPANEL + first, &sum, sizeof sum);
        }
}

// Add the products of the groups first to last - 1 to the sums of each row and column.
template <class Method, typename Sum, int ROWS, int VECTORS>
TARGET void add_up(int first, int last, const int8_t* x, int64_t stride,
                   const int32_t* const* words, Sum (&sums)[ROWS][VECTORS]) {
    for (int group = first; group < last; ++group) {
        Ints w[VECTORS];
        for (int v = 0; v < VECTORS; ++v) w[v] = load<Ints>(words[v] + group * MICROPANEL);
        for (int r = 0; r < ROWS; ++r) {
            const Ints four = Ints{} + load<int32_t>(x + r * stride + 4 * group);
            for (int v = 0; v < VECTORS; ++v) sums[r][v] = Method::add(sums[r][v], four, w[v]);
        }
    }
}

// Add the block dot products of a span to the FP32 sums, one block after the other. ROUNDS is
// true if dot products may need rounding; otherwise all are exact floats.
template <class Method, int PANELS, bool ROUNDS>
TARGET void add_tile(const Span& span, const Rows& rows, const Micropanel* panels, float* sums,
                     int64_t sums_stride) {
    constexpr int ROWS = Method::HEIGHTS[PANELS - 1], VECTORS = PANELS * PARTS;
    Floats total[ROWS][VECTORS];
    for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v)
            total[r][v] = load<Floats>(sums + r * sums_stride + v * LANES);
    for (int block = 0; block < span.blocks; ++block) {
        Ints acc[ROWS][VECTORS], right[VECTORS];
        const int32_t* words[VECTORS];
        for (int v = 0; v < VECTORS; ++v) {
            const Micropanel& panel = panels[v / PARTS];
            const int first = v % PARTS * LANES, place = block * MICROPANEL + first;
            for (int r = 0; r < ROWS; ++r) acc[r][v] = load<Ints>(panel.starts + place);
            words[v] = panel.words + int64_t(block) * span.groups * MICROPANEL + first;
            right[v] = load<Ints>((ROUNDS ? panel.exponents : panel.powers) + place);
        }
        Method::template add_groups<ROWS, VECTORS>(
            span, rows.mantissas + block * span.groups * 4, rows.stride, words, acc);
        for (int r = 0; r < ROWS; ++r) {
            const int place = r * span.blocks + block;
            const Ints left = Ints{} + (ROUNDS ? rows.exponents : rows.powers)[place];
            for (int v = 0; v < VECTORS; ++v) {
                if (ROUNDS) {
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

// The same for `count` micropanels, which is known at run time only.
template <class Method, int PANELS = 1>
TARGET void add_tile(const Span& span, const Rows& rows, const Micropanel* panels, int count,
                     bool rounds, float* sums, int64_t sums_stride) {
    if constexpr (PANELS < std::size(Method::HEIGHTS)) {
        if (count > PANELS)
            return add_tile<Method, PANELS + 1>(span, rows, panels, count, rounds, sums,
                                                sums_stride);
    }
    rounds ? add_tile<Method, PANELS, true>(span, rows, panels, sums, sums_stride)
           : add_tile<Method, PANELS, false>(span, rows, panels, sums, sums_stride);
}
