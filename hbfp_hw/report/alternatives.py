"""Dot products in textbook form, to compare their area with that of the unit ``dot``."""

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
    """Multiplier in each lane of a plain dot product."""

    TWOS_COMPLEMENT = "twos_complement"
    """Signed multiplier of two's complement mantissas."""
    SIGN_MAGNITUDE = "sign_magnitude"
    """Unsigned multiplier of magnitudes, and a negation of the product."""


class PlainDot(wiring.Component):
    """Exact dot product of two blocks in its textbook form: multipliers and a tree of adders.

    Parameters:
        fmt: Format of both operands; their exponents are ignored.
        lane: Multiplier in each lane.

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
        # Only the most negative code, which is no mantissa, would need the tree's top bit: drop it.
        m.d.comb += self.o.eq(total)
        return m

    def _multiply(self, m: Module, a: Any, b: Any) -> Value:
        """Return the product of two mantissas in the code of the lane."""
        if self.lane is LaneMultiplier.TWOS_COMPLEMENT:
            return a * b
        product = named(m, a.magnitude * b.magnitude, "magnitude")
        return Mux(a.sign ^ b.sign, -product, product)[: len(product) + 1].as_signed()
