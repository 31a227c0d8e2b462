"""Combinational floating-point components of any format, for the analytic models.

They round to nearest even, support subnormals and infinities, and have one canonical NaN. The
complete units of this package do not use them: those have data paths of their own.
"""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.baseline.parts import add, multiply
from hbfp_hw.rtl.bits import any_bit, named, normalise, shift_right

GUARD_BITS = 3
"""Bits that the adder keeps below the last place; the lowest one is sticky."""

RADIX_4_FROM = 16
"""Shortest significand, in bits, for which a radix-4 multiplier is the smaller one."""


@dataclass(frozen=True)
class FloatFormat:
    """Binary interchange format: sign, exponent field, fraction.

    Members:
        exponent_bits, fraction_bits: Widths of the fields.
    """

    exponent_bits: int
    fraction_bits: int

    @property
    def width(self) -> int:
        """Width of a number in bits."""
        return 1 + self.exponent_bits + self.fraction_bits

    @property
    def bias(self) -> int:
        """Number that is added to the exponent of a normal number to give its exponent field."""
        return (1 << (self.exponent_bits - 1)) - 1

    @property
    def infinity(self) -> int:
        """Bit pattern of +infinity."""
        return ((1 << self.exponent_bits) - 1) << self.fraction_bits

    @property
    def nan(self) -> int:
        """Bit pattern of the canonical NaN."""
        return self.infinity | 1 << (self.fraction_bits - 1)


FLOATS = {"BF16": FloatFormat(8, 7), "FP16": FloatFormat(5, 10), "FP32": FloatFormat(8, 23)}
"""Formats whose components are measured."""


class _Fields:
    """Decoded number: sign, exponent, significand with its leading bit, and flags."""

    def __init__(self, fmt: FloatFormat, value: Value):
        fraction, field = value[: fmt.fraction_bits], value[fmt.fraction_bits : -1]
        normal = field.any()
        self.sign = value[-1]
        self.exponent = Cat(
            field[0] | ~normal, field[1:]
        )  # a subnormal has the exponent of field 1
        self.significand = Cat(fraction, normal)
        self.infinite = field.all() & ~fraction.any()
        self.nan = field.all() & fraction.any()
        self.zero = ~normal & ~fraction.any()


def round_float(
    m: Module, fmt: FloatFormat, sign: Value, magnitude: Value, ceiling: Value
) -> Signal:
    """Build logic that rounds a magnitude to the nearest float, and return the result.

    Ties go to even, subnormals are kept, and overflow gives infinity.

    Parameters:
        m: Module that gets the logic.
        fmt: Format of the result.
        sign: Sign of the result; a zero keeps it.
        magnitude: Unsigned number.
        ceiling: Signed exponent field of the result if the magnitude's top bit is set.
    """
    shifted, zeros = normalise(m, magnitude)
    field = named(m, ceiling - zeros, "field")
    normal = named(m, field > 0, "normal")
    kept = fmt.fraction_bits + 1
    if len(shifted) < kept + 2:
        shifted = Cat(Const(0, kept + 2 - len(shifted)), shifted)
    # A subnormal result has the exponent of field 1: shift right by the difference, to zero if far.
    right = named(m, Mux(normal, 0, 1 - field), "right")
    stages = (kept + 1).bit_length()
    far = named(m, any_bit(right[stages:]), "far")
    shifted, lost = shift_right(m, shifted, right[:stages])
    significand, rest = shifted[-kept:], shifted[:-kept]
    up = rest[-1] & (lost | rest[:-1].any() | significand[0]) & ~far
    top = fmt.width - 1
    exponent = Mux(normal, field, 0)[: fmt.exponent_bits]
    fraction = significand[:-1] & ~far.replicate(kept - 1)
    packed = named(m, (Cat(fraction, exponent) + up)[:top], "packed")
    huge = named(m, field >= (1 << fmt.exponent_bits) - 1, "huge")
    bits = Mux(magnitude.any(), Mux(huge, fmt.infinity, packed), 0)[:top]
    return named(m, Cat(bits, sign), "rounded")


class Multiplier(wiring.Component):
    """Multiplier of two floats; the product is rounded once.

    Parameters:
        fmt: Format of operands and product.

    Members:
        a, b: Operands.
        o: Product.
    """

    def __init__(self, fmt: FloatFormat):
        self.fmt = fmt
        super().__init__({"a": In(fmt.width), "b": In(fmt.width), "o": Out(fmt.width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fmt = self.fmt
        a, b = _Fields(fmt, self.a), _Fields(fmt, self.b)
        sign = named(m, a.sign ^ b.sign, "sign")
        product = named(m, self._multiply(m, a.significand, b.significand), "product")
        ceiling = Cat(a.exponent + b.exponent, 0).as_signed() + (1 - fmt.bias)
        rounded = round_float(m, fmt, sign, product, ceiling)
        nan = a.nan | b.nan | (a.infinite & b.zero) | (a.zero & b.infinite)
        with m.If(nan):
            m.d.comb += self.o.eq(fmt.nan)
        with m.Elif(a.infinite | b.infinite):
            m.d.comb += self.o.eq(Cat(Const(fmt.infinity, fmt.width - 1), sign))
        with m.Else():
            m.d.comb += self.o.eq(rounded)
        return m

    def _multiply(self, m: Module, a: Value, b: Value) -> Value:
        """Return the product of two significands."""
        # Radix 4 is smaller for long significands, `*` for short ones.
        return multiply(m, a, b) if len(a) >= RADIX_4_FROM else a * b


class Adder(wiring.Component):
    """Adder of two floats; the sum is rounded once.

    Parameters:
        fmt: Format of operands and sum.

    Members:
        a, b: Operands.
        o: Sum.
    """

    def __init__(self, fmt: FloatFormat):
        self.fmt = fmt
        super().__init__({"a": In(fmt.width), "b": In(fmt.width), "o": Out(fmt.width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        fmt = self.fmt
        swap = named(m, self.a[:-1] < self.b[:-1], "swap")
        large = _Fields(fmt, named(m, Mux(swap, self.b, self.a), "large"))
        small = _Fields(fmt, named(m, Mux(swap, self.a, self.b), "small"))
        subtract = named(m, large.sign ^ small.sign, "subtract")

        width = fmt.fraction_bits + 1 + GUARD_BITS
        distance = named(m, (large.exponent - small.exponent)[: fmt.exponent_bits], "distance")
        stages = min(width.bit_length(), fmt.exponent_bits)
        far = named(m, any_bit(distance[stages:]), "far")
        aligned, lost = shift_right(
            m, Cat(Const(0, GUARD_BITS), small.significand), distance[:stages]
        )
        # An operand that is shifted out entirely still sets the sticky bit, unless it is zero.
        sticky = Mux(far, small.significand.any(), lost | aligned[0])
        term = named(m, Cat(sticky, aligned[1:] & ~far.replicate(width - 1)), "term")
        operand = Cat(Const(0, GUARD_BITS), large.significand)
        addend = named(m, term ^ subtract.replicate(width), "addend")
        total = add(m, operand, addend, subtract)
        # The top bit is the carry of an addition; after a subtraction it has no meaning.
        raw = named(m, Cat(total[:width], total[width] & ~subtract), "raw")

        shifted, left = normalise(m, raw, limit=large.exponent)
        kept, rest = shifted[GUARD_BITS + 1 :], shifted[: GUARD_BITS + 1]
        up = rest[-1] & (rest[:-1].any() | kept[0])
        some = named(m, raw.any(), "some")
        # The leading one of a normalised significand adds one to the exponent field.
        reduced = named(m, (large.exponent - left)[: fmt.exponent_bits], "reduced")
        field = add(m, reduced & some.replicate(fmt.exponent_bits), kept[-1])[: fmt.exponent_bits]
        top = fmt.width - 1
        packed = named(m, (Cat(kept[:-1], field) + up)[:top], "packed")
        overflow = named(m, field.all(), "overflow")
        sign = Mux(some, large.sign, self.a[-1] & self.b[-1])
        nan = large.nan | small.nan | (large.infinite & small.infinite & subtract)
        with m.If(nan):
            m.d.comb += self.o.eq(fmt.nan)
        with m.Elif(large.infinite | overflow):
            m.d.comb += self.o.eq(Cat(Const(fmt.infinity, top), large.sign))
        with m.Else():
            m.d.comb += self.o.eq(Cat(packed, sign))
        return m


class FromFixed(wiring.Component):
    """Converter of a block's sum, ``fixed * 2**(exponent - width + 2)``, to the nearest float.

    Parameters:
        fmt: Format of the result.
        width: Bits of the sum with its sign; the most negative code must not occur.
        exponent_bits: Bits of the exponent.

    Members:
        fixed, exponent: Signed operands.
        o: Result; +0 for a sum of zero.
    """

    def __init__(self, fmt: FloatFormat, width: int, exponent_bits: int):
        self.fmt = fmt
        super().__init__(
            {"fixed": In(signed(width)), "exponent": In(signed(exponent_bits)), "o": Out(fmt.width)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sign = self.fixed[-1]
        magnitude = named(m, Mux(sign, -self.fixed, self.fixed)[: len(self.fixed) - 1], "magnitude")
        rounded = round_float(m, self.fmt, sign, magnitude, self.exponent + self.fmt.bias)
        m.d.comb += self.o.eq(rounded)
        return m


class Accumulator(wiring.Component):
    """Accumulator: in each cycle ``total`` becomes ``total + i``, or ``i`` where a sum begins.

    Parameters:
        fmt: Format of terms and sum.

    Members:
        i: Term.
        first: Strobe, asserted with the first term of a sum.
        total: Register of the sum.
    """

    def __init__(self, fmt: FloatFormat):
        self.fmt = fmt
        super().__init__({"i": In(fmt.width), "first": In(1), "total": Out(fmt.width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.adder = adder = Adder(self.fmt)
        sum_so_far = Signal(unsigned(self.fmt.width), reset_less=True)
        m.d.comb += [
            adder.a.eq(self.i),
            adder.b.eq(sum_so_far & ~self.first.replicate(self.fmt.width)),
            self.total.eq(sum_so_far),
        ]
        m.d.sync += sum_so_far.eq(adder.o)
        return m


class ReLU(wiring.Component):
    """Rectifier: any operand with its sign set, a NaN too, becomes +0.

    Parameters:
        fmt: Format of operand and result.

    Members:
        i: Operand.
        o: Result.
    """

    def __init__(self, fmt: FloatFormat):
        self.fmt = fmt
        super().__init__({"i": In(fmt.width), "o": Out(fmt.width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.o.eq(self.i & ~self.i[-1].replicate(self.fmt.width))
        return m
