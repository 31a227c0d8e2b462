"""Normaliser for short clock periods: a sum in two rows becomes a term of an FP32 addition."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.rtl.baseline.parts import leading_zeros
from hbfp_hw.rtl.binary32 import INFINITE_FIELD, LOWEST_EXPONENT, SIGNIFICAND_BITS
from hbfp_hw.rtl.bits import named
from hbfp_hw.rtl.dot import product_layout
from hbfp_hw.rtl.normalise import Normaliser, round_small, term_layout

DISTANCE_BITS = 10
"""Bits of the distance of two exponents, which is signed."""


def rows_layout(a: HBFPFormat, b: HBFPFormat) -> data.StructLayout:
    """Return the payload of exact block dot products that are not added up.

    Fields: ``x`` and ``y``, whose sum modulo 2**width, as a signed number, is the exact sum less
    one; ``exponent`` and ``nan`` as in :func:`~hbfp_hw.rtl.dot.product_layout`.
    """
    members = product_layout(a, b).members
    row = unsigned(Shape.cast(members["sum"]).width)
    others = {name: members[name] for name in ("exponent", "nan")}
    return data.StructLayout({"x": row, "y": row} | others)


class RowNormaliser(wiring.Component):
    """Turn an exact sum in two rows into a term, rounded once to binary32; combinational.

    The term is that of a :class:`~hbfp_hw.rtl.normalise.Normaliser`, except that a zero may have
    any field. This normaliser is built for speed, not for area: two adders compute the sum and its
    negative, zeros are counted by a tree, the exponents are subtracted before the count is known,
    and a sum below FP32's smallest number is rounded beside the shifter.

    Parameters:
        a, b: Formats of the operands of the dot product.

    Members:
        product: In. Exact block dot product (:func:`rows_layout`).
        addend: In. Exponent field of the number that the term will be added to, 1 if subnormal.
        term: Out. The term (:func:`~hbfp_hw.rtl.normalise.term_layout`).
        zero: Out. Whether the term is zero because the sum is.
        distance: Out. Field of the term less that of the number; meaningless if the term is zero or
            infinite.
    """

    def __init__(self, a: HBFPFormat, b: HBFPFormat):
        self._formats = a, b
        self._lowest_weight = 2 * a.min_exponent - a.fraction_bits - b.fraction_bits
        self._fraction_bits = a.fraction_bits + b.fraction_bits
        super().__init__(
            {
                "product": In(rows_layout(a, b)),
                "addend": In(8),
                "term": Out(term_layout(a, b)),
                "zero": Out(1),
                "distance": Out(signed(DISTANCE_BITS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        x, y = self.product.x, self.product.y
        width = len(x) - 1
        whole = named(m, (Cat(Const(1, 1), x) + Cat(Const(1, 1), y))[1 : width + 2], "whole")
        if width > SIGNIFICAND_BITS:
            self._round(m, whole)
            return m
        less = named(m, (x + y)[: width + 1], "less_one")
        # If the sum less one is negative, its complement is the magnitude.
        negative = less[-1]
        magnitude = named(m, Mux(negative, ~less[:width], whole[:width]), "magnitude")

        # The sum counts units of 2**(weight - 149). A small one is rounded, not shifted.
        weight = named(m, self.product.exponent - (self._fraction_bits + LOWEST_EXPONENT), "weight")
        small = weight[-1] if self._lowest_weight < LOWEST_EXPONENT else Const(0, 1)
        missing = SIGNIFICAND_BITS - 1 - width
        base = named(m, Mux(small, 0, weight) - missing, "base")
        nearer = named(m, base - self.addend, "nearer")
        shifted, zeros = self._shift(m, magnitude)
        left = named(m, Cat(*zeros) & ~small.replicate(len(zeros)), "left")
        field = named(m, base - left, "field")
        significand: Value = shifted
        if self._lowest_weight < LOWEST_EXPONENT:
            kept = round_small(m, magnitude, weight, Const(1, 1))
            significand = Mux(small, kept, shifted)
        nonzero = named(m, magnitude.any(), "nonzero")
        m.d.comb += [
            self.term.significand.eq(significand),
            self.term.field.eq(field),
            self.term.sign.eq(negative & nonzero),
            self.term.infinite.eq(nonzero & (field >= INFINITE_FIELD)),
            self.term.nan.eq(self.product.nan),
            self.zero.eq(~nonzero),
            self.distance.eq(nearer - left),
        ]
        return m

    def _shift(self, m: Module, magnitude: Value) -> tuple[Value, list[Value]]:
        """Return a magnitude shifted to its first one, and the distance, lowest bit first."""
        places = (len(magnitude) - 1).bit_length()
        padding = [Const(1, 1)] * ((1 << places) - len(magnitude))
        _, zeros = leading_zeros(m, [*reversed(magnitude), *padding])
        value = magnitude
        for place in reversed(range(places)):
            moved = Cat(Const(0, 1 << place), value)[: len(value)]
            value = named(m, Mux(zeros[place], moved, value), "shifted")
        return value, zeros

    def _round(self, m: Module, total: Value) -> None:
        """Have a sum that is longer than a significand rounded by the other normaliser."""
        m.submodules.rounder = rounder = Normaliser(*self._formats)
        m.d.comb += [
            rounder.product.sum.eq(total),
            rounder.product.exponent.eq(self.product.exponent),
            rounder.product.nan.eq(self.product.nan),
            self.term.eq(rounder.term),
            self.distance.eq(rounder.term.field - self.addend),
        ]
