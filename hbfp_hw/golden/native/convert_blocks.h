// Conversion of as many blocks at once as a vector has elements. Included once for each kind of
// processor, inside a namespace of its own that defines LANES (32-bit elements of a vector).

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));

// A bare vector type would lose its alignment as the argument of std::vector.
struct alignas(4 * LANES) Lane {
    Floats values;
};

struct alignas(4 * LANES) Word {
    Words bits;
};

INLINE Floats power_of_two(Ints exponent) { return (Floats)((exponent + 127) << 23); }

INLINE Words rotate_left(Words word, int count) {
    return word << count | word >> (32 - count);
}

// Compute the random bits b[0], b[1], ... of the specification for each block, 32 in a word.
INLINE void expand(uint32_t seed, Words step, int count, Word* words) {
    Words x = Words{} + seed, y = step;
    for (uint32_t number = 1; number <= 8; ++number) {
        x = (rotate_left(x, 24) + y) ^ (number * 0x9E3779B9u);
        y = rotate_left(y, 3) ^ x;
    }
    words[0] = {y};
    words[1] = {x};
    for (int n = 2; n < count; ++n) {
        const Words newest = words[n - 1].bits, older = words[n - 2].bits;
        words[n] = {newest ^ (older >> 1 | newest << 31)};
    }
}

INLINE Words random_lane(const Word* words, int lane, int bits) {
    const int first = lane * bits, word = first / 32, shift = first % 32;
    Words drawn = words[word].bits >> shift;
    if (shift + bits > 32) drawn |= words[word + 1].bits << (32 - shift);
    return drawn & ((1u << bits) - 1);
}

class Converter {
   public:
    explicit Converter(const ConvertCall& call)
        : c(call), blocks((c.length + c.block_size - 1) / c.block_size),
          groups((c.block_size + 3) / 4), transposed(4 * groups),
          // Includes words for the lanes that fill up the last group.
          words(c.rounding == STOCHASTIC ? c.block_size * c.random_bits / 32 + 3 : 0) {}

    template <int ROUNDING, typename Mantissa>
    INLINE void convert(int64_t first, int64_t last) {
        // The last micropanel is filled up with zeros.
        const int64_t end = c.packed ? (last + MICROPANEL - 1) / MICROPANEL * MICROPANEL : last;
        for (int64_t top = first; top < end; top += LINES_AT_ONCE)
            for (int64_t block = 0; block < blocks; ++block)
                for (int64_t line = top; line < std::min(top + LINES_AT_ONCE, end); line += LANES)
                    convert_blocks<ROUNDING, Mantissa>(
                        line, int(std::clamp<int64_t>(last - line, 0, LANES)), block);
    }

   private:
    template <int ROUNDING, typename Mantissa>
    INLINE void convert_blocks(int64_t line, int count, int64_t block) {
        const int lanes = int(std::min<int64_t>(c.block_size, c.length - block * c.block_size));
        fill(line, count, block, lanes);
        Ints largest = {};
        for (int lane = 0; lane < lanes; ++lane) {
            const Ints magnitude = (Ints)transposed[lane].values & 0x7FFFFFFF;
            largest = magnitude > largest ? magnitude : largest;
        }
        const Ints field = largest >> 23;
        const Ints is_nan = (254 - field) >> 31;  // mask: all ones for a NaN block, else 0
        Ints exponent = (field > 1 ? field : Ints{} + 1) - 126;
        exponent = exponent < c.lowest_exponent ? Ints{} + c.lowest_exponent : exponent;
        exponent = exponent > c.highest_exponent ? Ints{} + c.highest_exponent : exponent;
        // The scale may exceed single precision, so it is split into two factors that do not.
        const Ints power = c.mantissa_bits - 1 - exponent, half = power >> 1;
        const Floats scale = power_of_two(half), rest = power_of_two(power - half);
        if (ROUNDING == STOCHASTIC)
            expand(c.seed, steps(line, count, block), int(words.size()), words.data());
        exponent = (~is_nan & exponent) | (is_nan & c.nan_exponent);
        store_exponents(exponent, line, count, block);
        for (int group = 0; group < groups; ++group) {
            Ints q[4];
            for (int k = 0; k < 4; ++k) {
                const int lane = 4 * group + k;
                q[k] = ~is_nan & round<ROUNDING>(transposed[lane].values * scale * rest, lane);
            }
            store<Mantissa>(q, group, line, count, block);
        }
    }

    // Transpose a block of each of `count` lines; values beyond the lines or the length are zeros.
    INLINE void fill(int64_t line, int count, int64_t block, int lanes) {
        std::fill(transposed.begin() + lanes, transposed.end(), Lane{});
        if (count < LANES) std::fill_n(transposed.data(), lanes, Lane{});
        if (count == 0) return;  // no address may be formed beyond the last line
        const float* from =
            c.values + line * c.line_stride + block * c.block_size * c.lane_stride;
        if (count == LANES && c.line_stride == 1) {
            for (int lane = 0; lane < lanes; ++lane)
                memcpy(&transposed[lane], from + lane * c.lane_stride, sizeof transposed[lane]);
        } else {
            float* to = (float*)transposed.data();
            for (int n = 0; n < count; ++n)
                for (int lane = 0; lane < lanes; ++lane)
                    to[lane * LANES + n] = from[n * c.line_stride + lane * c.lane_stride];
        }
    }

    INLINE Words steps(int64_t line, int count, int64_t block) const {
        Words step = {};
        for (int n = 0; n < count; ++n) {
            const int64_t number = (line + n) * blocks + block;
            step[n] = c.steps ? c.steps[number] : uint32_t(number);
        }
        return step;
    }

    template <int ROUNDING>
    INLINE Ints round(Floats scaled, int lane) const {
        const float most = float((1 << (c.mantissa_bits - 1)) - 1);
        scaled = scaled > most ? Floats{} + most : scaled;
        scaled = scaled < -most ? Floats{} - most : scaled;
        if (ROUNDING == NEAREST) {
            // The sum lies between 2**23 and 2**24, where floats are integers: adding rounds.
            const Floats large = Floats{} + 12582912.0f;
            return (Ints)(scaled + large) - (Ints)large;
        }
        if (ROUNDING == TRUNCATE) return __builtin_convertvector(scaled, Ints);
        const Ints sign = (Ints)scaled >> 31;
        const Floats magnitude = (Floats)((Ints)scaled & 0x7FFFFFFF);
        const Ints kept = __builtin_convertvector(magnitude * float(1 << c.random_bits), Ints);
        const Words noise = random_lane(words.data(), lane, c.random_bits);
        const Ints q = (kept + (Ints)noise) >> c.random_bits;
        return (q ^ sign) - sign;
    }

    INLINE void store_exponents(Ints exponent, int64_t line, int count, int64_t block) const {
        if (c.packed)
            for (int n = 0; n < LANES; ++n)
                c.exponents[packed_index(line, block, 0, 1) + n] = int16_t(exponent[n]);
        else
            for (int n = 0; n < count; ++n)
                c.exponents[(line + n) * blocks + block] = int16_t(exponent[n]);
    }

    template <typename Mantissa>
    INLINE void store(const Ints* q, int group, int64_t line, int count, int64_t block) const {
        Mantissa* to = (Mantissa*)c.mantissas;
        if (sizeof(Mantissa) == 1) {
            const Ints word =
                (q[0] & 255) | (q[1] & 255) << 8 | (q[2] & 255) << 16 | q[3] << 24;
            if (c.packed) {
                memcpy(to + 4 * packed_index(line, block, group, groups), &word, sizeof word);
                return;
            }
            if (4 * group + 4 <= c.block_size) {
                to += (line * blocks + block) * c.block_size + 4 * group;
                int32_t four[LANES];
                memcpy(four, &word, sizeof four);
                for (int n = 0; n < count; ++n) memcpy(to + n * blocks * c.block_size, &four[n], 4);
                return;
            }
        }
        for (int n = 0; n < count; ++n)
            for (int k = 0; k < std::min(4, c.block_size - 4 * group); ++k)
                to[((line + n) * blocks + block) * c.block_size + 4 * group + k] =
                    Mantissa(q[k][n]);
    }

    // Index, in a packed operand, of item `item` of the `items` that a block of a line has.
    INLINE int64_t packed_index(int64_t line, int64_t block, int item, int items) const {
        const int64_t panel = line / MICROPANEL;
        return ((panel * blocks + block) * items + item) * MICROPANEL + line % MICROPANEL;
    }

    const ConvertCall& c;
    const int64_t blocks;
    const int groups;
    std::vector<Lane> transposed;  // vector k: lane k of each block
    std::vector<Word> words;
};

template <int ROUNDING>
INLINE void convert(const ConvertCall& c, int64_t first, int64_t last) {
    Converter converter(c);
    if (c.mantissa_bits <= 8)
        converter.convert<ROUNDING, int8_t>(first, last);
    else
        converter.convert<ROUNDING, int16_t>(first, last);
}

INLINE bool convert(const ConvertCall& c, int64_t first, int64_t last) {
    switch (c.rounding) {
        case NEAREST: convert<NEAREST>(c, first, last); return true;
        case STOCHASTIC: convert<STOCHASTIC>(c, first, last); return true;
        case TRUNCATE: convert<TRUNCATE>(c, first, last); return true;
        default: return false;
    }
}
