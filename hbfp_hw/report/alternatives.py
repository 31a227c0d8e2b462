"""Dot products built in ways that lost, to show what the way that won is worth."""

from enum import Enum
from typing import Any

from amaranth.hdl import Module, Mux, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.rtl.bits import named, reduce_balanced
from hbfp_hw.rtl.blocks import sign_magnitude_layout


class LaneMultiplier(Enum):
    """How a lane of a plain dot product multiplies."""

    TWOS_COMPLEMENT = "twos_complement"
    """A signed multiplier on two's complement."""
    SIGN_MAGNITUDE = "sign_magnitude"
    """An unsigned multiplier on sign and magnitude, and a negation of its product."""


class PlainDot(wiring.Component):
    """Exact dot product of two blocks as one would write it down: multipliers and a tree of adders.

    Parameters:
        fmt: Format of both operands; their exponents are not looked at.
        lane: How a lane multiplies.

    Members:
        a, b: Blocks.
        o: Sum of the products of mantissas.
    """

    def __init__(self, fmt: HBFPFormat, lane: LaneMultiplier):
        self.fmt = fmt
        self.lane = lane
        shape = fmt if lane is LaneMultiplier.TWOS_COMPLEMENT else sign_magnitude_layout(fmt)
        width = max_sum(fmt, fmt).bit_length() + 1
        super().__init__({"a": In(shape), "b": In(shape), "o": Out(signed(width))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        products: list[Value] = [
            named(m, self._multiply(m, self.a.mantissas[lane], self.b.mantissas[lane]), "product")
            for lane in range(self.fmt.block_size)
        ]
        total = reduce_balanced(products, lambda x, y: named(m, x + y, "sum"))
        m.d.comb += self.o.eq(total)  # the top bit serves the most negative code, which is none
        return m

    def _multiply(self, m: Module, a: Any, b: Any) -> Value:
        if self.lane is LaneMultiplier.TWOS_COMPLEMENT:
            return a * b
        product = named(m, a.magnitude * b.magnitude, "magnitude")
        return Mux(a.sign ^ b.sign, -product, product)[: len(product) + 1].as_signed()
