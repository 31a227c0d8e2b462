"""Normaliser: the exact sum of a block becomes a term of an FP32 addition.

A term is an FP32 number taken apart, with an exponent that may leave FP32's range at both ends. A
sum of up to 24 bits becomes a term without rounding, unless it reaches below FP32's smallest
number. A subnormal number needs no shift here, because the adder aligns its operands anyway.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair, max_sum
from hbfp_hw.rtl.binary32 import BIAS, INFINITE_FIELD, LOWEST_EXPONENT, SIGNIFICAND_BITS
from hbfp_hw.rtl.bits import any_bit, named, normalise, shift_right
from hbfp_hw.rtl.dot import product_layout


def term_layout(a: HBFPFormat, b: HBFPFormat) -> data.StructLayout:
    """Return the payload of a term: the exact sum of a block, rounded to binary32.

    Fields: ``significand`` (24 bits, or those of the sum if it has fewer), whose highest bit has
    the weight 2**(``field`` - 127); ``field``, signed; ``sign``; ``infinite`` and ``nan``, with
    which the number is an infinity or NaN instead.

    The highest bit of the significand is one, except in zero and in a number whose field is 1 or
    less. With ``infinite`` the field is meaningless.
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
    """Turn an exact sum into a term, rounded once to binary32; combinational.

    It rounds to nearest even, with gradual underflow (a negative sum that underflows gives -0) and
    overflow to infinity; a zero sum gives +0. The sum's most negative code must not occur.

    Parameters:
        a, b: Formats of the operands of the dot product.

    Members:
        product: In. Exact block dot product (:func:`~hbfp_hw.rtl.dot.product_layout`).
        term: Out. The term (:func:`term_layout`).
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
        """Return significand and field of a sum that fits; bits below 2**-149 are rounded first."""
        width = len(magnitude)
        # The sum counts units of 2**(weight - 149).
        weight = named(m, self.product.exponent - (self.fraction_bits + LOWEST_EXPONENT), "weight")
        counts: Value = Const(1, 1)
        if self.lowest_weight < LOWEST_EXPONENT:
            small = named(m, weight[-1], "small")
            magnitude = round_small(m, magnitude, weight, small)
            counts = ~small
        nonzero = named(m, magnitude.any(), "nonzero")
        weight = named(m, Mux(counts & nonzero, weight, 0), "limited_weight")
        significand, zeros = normalise(m, magnitude)
        missing = named(m, zeros + (SIGNIFICAND_BITS - 1 - width), "missing")
        return significand, named(m, weight - missing, "field")

    def _rounded(self, m: Module, magnitude: Value) -> tuple[Value, Value]:
        """Return significand and field of a sum that is longer than a significand."""
        width = len(magnitude)
        shifted, zeros = normalise(m, magnitude)
        ceiling = self.product.exponent + (width - 1 + BIAS - self.fraction_bits)
        field = named(m, ceiling - zeros, "unlimited_field")
        normal = named(m, (field > 0) & shifted[-1], "normal")

        # A subnormal number has the field 1; its significand moves right accordingly.
        right = named(m, Mux(normal, 0, 1 - field), "right")
        far = named(m, any_bit(right[5:-1]), "far")
        head = shifted[-SIGNIFICAND_BITS - 1 :]
        head, lost = shift_right(m, head, named(m, right[:5] | far.replicate(5), "distance"))
        sticky = lost | any_bit(shifted[: width - SIGNIFICAND_BITS - 1])
        up = head[0] & (sticky | head[1])
        rounded = named(m, head[1:] + up, "rounded")
        significand = Cat(rounded[:-2], rounded[-2] | rounded[-1])
        return significand, named(m, Mux(normal, field, 1) + rounded[-1], "field")


def round_small(m: Module, magnitude: Value, weight: Value, small: Value) -> Value:
    """Round a sum with a negative weight to a multiple of 2**-149."""
    width = len(magnitude)
    # A negative weight is a shift by -weight places: one, and ~weight more.
    more = named(m, Mux(small, ~weight, 0)[:-1], "more")
    stages = (width - 1).bit_length()
    padded = Cat(Const(0, 1), magnitude)
    once, lost_once = shift_right(m, padded, small)
    shifted, lost = shift_right(m, once, more[:stages])
    up = shifted[0] & (lost_once | lost | shifted[1])
    rounded = named(m, (shifted[1:] + up)[:width], "rounded")
    far = named(m, any_bit(more[stages:]), "far")
    return named(m, rounded & ~far.replicate(width), "kept")
