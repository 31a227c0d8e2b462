"""From the exact sum of a block to a term of an FP32 addition.

A term is an FP32 number taken apart, with an exponent that may leave FP32's range at both ends.
Sums of up to 24 bits need no rounding to become one, unless they reach below FP32's smallest
number; and nobody shifts a small term into place for a subnormal number, since the adder aligns its
operands anyway.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair, max_sum
from hbfp_hw.rtl.bits import any_bit, named, normalise, shift_right
from hbfp_hw.rtl.dot import product_layout

BIAS = 127
SIGNIFICAND_BITS = 24
LOWEST_EXPONENT = -149
"""Exponent of the smallest positive FP32 number."""
INFINITE_FIELD = 255
"""Biased exponent from which on a number counts as infinite."""


def term_layout(a: HBFPFormat, b: HBFPFormat) -> data.StructLayout:
    """A term of an FP32 addition: the exact sum of a block, rounded to binary32.

    Fields: ``significand``, whose highest bit has the weight 2**(``field`` - 127), of 24 bits or
    as many as the sum has, if fewer; ``field``, signed; ``sign``; ``infinite`` and ``nan``, which
    overrule the number.

    The highest bit of the significand is one, unless the field is 1 or the number is zero; then
    the field is 1 or less. With ``infinite`` the field means nothing.
    """
    width = max_sum(a, b).bit_length()
    return data.StructLayout(
        {
            "significand": unsigned(min(width, SIGNIFICAND_BITS)),
            "field": Shape.cast(range(-2 * SIGNIFICAND_BITS, INFINITE_FIELD)),
            "sign": unsigned(1),
            "infinite": unsigned(1),
            "nan": unsigned(1),
        }
    )


class Normaliser(wiring.Component):
    """Make a term of an exact sum, rounded once to binary32; combinational.

    Nearest even, gradual underflow (a negative sum that underflows gives -0), overflow to infinity;
    a zero sum gives +0. The sum's most negative code must not occur.

    Parameters:
        a, b: Formats of the operands of the dot product.

    Members:
        product: Exact block dot product (:func:`~hbfp_hw.rtl.dot.product_layout`).
        term: The term (:func:`term_layout`).
    """

    def __init__(self, a: HBFPFormat, b: HBFPFormat):
        check_pair(a, b)
        self.lowest_weight = 2 * a.min_exponent - a.fraction_bits - b.fraction_bits
        self.fraction_bits = a.fraction_bits + b.fraction_bits
        super().__init__({"product": In(product_layout(a, b)), "term": Out(term_layout(a, b))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sign = self.product.sum[-1]
        width = len(self.product.sum) - 1
        magnitude = named(
            m, ((self.product.sum[:width] ^ sign.replicate(width)) + sign)[:width], "magnitude"
        )
        convert = self._exact if width <= SIGNIFICAND_BITS else self._rounded
        significand, field = convert(m, magnitude)
        m.d.comb += [
            self.term.significand.eq(significand),
            self.term.field.eq(field),
            self.term.sign.eq(sign),
            self.term.infinite.eq(field >= INFINITE_FIELD),
            self.term.nan.eq(self.product.nan),
        ]
        return m

    def _exact(self, m: Module, magnitude: Value) -> tuple[Value, Value]:
        """A sum that fits into a significand; what is below 2**-149 is rounded first."""
        width = len(magnitude)
        # The sum counts units of 2**(weight - 149).
        weight = named(m, self.product.exponent - (self.fraction_bits + LOWEST_EXPONENT), "weight")
        counts: Value = Const(1, 1)
        if self.lowest_weight < LOWEST_EXPONENT:
            small = named(m, weight[-1], "small")
            magnitude = self._drop(m, magnitude, weight, small)
            counts = ~small
        nonzero = named(m, magnitude.any(), "nonzero")
        weight = named(m, Mux(counts & nonzero, weight, 0), "limited_weight")
        significand, zeros = normalise(m, magnitude)
        missing = named(m, zeros + (SIGNIFICAND_BITS - 1 - width), "missing")
        return significand, named(m, weight - missing, "field")

    def _drop(self, m: Module, magnitude: Value, weight: Value, small: Value) -> Value:
        """Round to a multiple of 2**-149 a sum whose weight is negative."""
        width = len(magnitude)
        # A negative weight is one place at least, and its complement says how many more.
        more = named(m, Mux(small, ~weight, 0)[:-1], "more")
        stages = (width - 1).bit_length()
        padded = Cat(Const(0, 1), magnitude)
        once, lost_once = shift_right(m, padded, small)
        shifted, lost = shift_right(m, once, more[:stages])
        up = shifted[0] & (lost_once | lost | shifted[1])
        rounded = named(m, (shifted[1:] + up)[:width], "rounded")
        far = named(m, any_bit(more[stages:]), "far")
        return named(m, rounded & ~far.replicate(width), "kept")

    def _rounded(self, m: Module, magnitude: Value) -> tuple[Value, Value]:
        """A sum that is longer than a significand."""
        width = len(magnitude)
        shifted, zeros = normalise(m, magnitude)
        ceiling = self.product.exponent + (width - 1 + BIAS - self.fraction_bits)
        field = named(m, ceiling - zeros, "unlimited_field")
        normal = named(m, (field > 0) & shifted[-1], "normal")

        # A subnormal number has the field 1 and moves right for it, into nothing if far away.
        right = named(m, Mux(normal, 0, 1 - field), "right")
        far = named(m, any_bit(right[5:-1]), "far")
        head = shifted[-SIGNIFICAND_BITS - 1 :]
        head, lost = shift_right(m, head, named(m, right[:5] | far.replicate(5), "distance"))
        sticky = lost | any_bit(shifted[: width - SIGNIFICAND_BITS - 1])
        up = head[0] & (sticky | head[1])
        rounded = named(m, head[1:] + up, "rounded")
        significand = Cat(rounded[:-2], rounded[-2] | rounded[-1])
        return significand, named(m, Mux(normal, field, 1) + rounded[-1], "field")
