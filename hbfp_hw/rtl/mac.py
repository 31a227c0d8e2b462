"""The unit ``mac``: one block dot product added to an FP32 number."""

from collections.abc import Mapping

from amaranth.hdl import Module, Value, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.bits import elements, named
from hbfp_hw.rtl.blocks import block_shape, code_suffix
from hbfp_hw.rtl.dot import Dot
from hbfp_hw.rtl.fields import FP32_FIELDS
from hbfp_hw.rtl.multiplier_array import (
    Planes,
    largest_product,
    partial_products,
    signed_digits,
)
from hbfp_hw.rtl.normalise import Normaliser, term_layout
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.ranks import Ranks
from hbfp_hw.rtl.timed_heap import GATE, TimedHeap
from hbfp_hw.rtl.unit import PairUnit, Parameters, check_pipeline, format_suffix, pipeline_suffix


class MAC(PairUnit):
    """Multiply-accumulate of N pairs: exact block dot product, rounded once, added to C.

    Results equal those of ``dot`` and ``accumulate``. The running sum is not a register of the
    unit, but comes in as ``c``. Area is compared by means of this unit, as it has the arithmetic
    and nothing else.

    Parameters:
        a, b: Formats of the operands; only their mantissa widths may differ.
        pipeline: Register stages: 0 is combinational, 1 registers the result, 2 also the rounded
            dot product before it is added. 3 and 4 are built for a short clock period: both have a
            rank of registers before the last addition of the dot product and one before the last
            normalisation, and 4 has the rank of 2 as well.
        sign_magnitude: Whether mantissas come in as sign and magnitude, not in two's complement.

    Members:
        i: In. Stream with the fields ``a`` and ``b``, blocks, and ``c`` (FP32).
        o: Out. Stream of FP32 bit patterns.

    Raises:
        ValueError: The formats do not fit together, or ``pipeline`` is out of range.
    """

    unit = "mac"
    encodings = FP32_FIELDS
    meanings: Mapping[str, str] = {"i": "two blocks, and an FP32 addend", "o": "FP32 result"}

    def __init__(
        self,
        a: HBFPFormat,
        b: HBFPFormat | None = None,
        *,
        pipeline: int = 1,
        sign_magnitude: bool = False,
    ):
        b = a if b is None else b
        check_pair(a, b)
        check_pipeline(pipeline, 4)
        self.a = a
        self.b = b
        self.pipeline = pipeline
        self.sign_magnitude = sign_magnitude
        operands = {
            "a": block_shape(a, sign_magnitude),
            "b": block_shape(b, sign_magnitude),
            "c": unsigned(32),
        }
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout(operands))),
                "o": Out(stream.Signature(unsigned(32))),
            }
        )

    @property
    def parameters(self) -> Parameters:
        return super().parameters | {"sign_magnitude": self.sign_magnitude}

    @property
    def suffix(self) -> str:
        code = code_suffix(self.sign_magnitude)
        return format_suffix(self.a, self.b) + code + pipeline_suffix(self.pipeline)

    def elaborate(self, platform: object) -> Module:
        if self.pipeline > 2:
            return self._short_stages()
        m = Module()
        m.submodules.dot = dot = Dot(self.a, self.b, pipeline=0, sign_magnitude=self.sign_magnitude)
        m.submodules.normalise = normalise = Normaliser(self.a, self.b)
        layout = term_layout(self.a, self.b)
        m.submodules.accumulate = adder = Adder(layout)
        m.d.comb += [
            dot.i.payload.a.eq(self.i.payload.a),
            dot.i.payload.b.eq(self.i.payload.b),
            normalise.product.eq(dot.o.payload),
        ]
        pipeline = Pipeline(m, self.i)
        term, addend = normalise.term, self.i.payload.c
        if self.pipeline == 2:
            registered, addend = pipeline.cut([term.as_value(), addend])
            term = data.View(layout, registered)
        m.d.comb += [adder.addend.eq(addend), adder.term.eq(term)]
        total: Value = adder.total
        if self.pipeline:
            (total,) = pipeline.cut([total])
        m.d.comb += self.o.payload.eq(total)
        pipeline.connect(self.o)
        return m

    def _short_stages(self) -> Module:
        """Return the unit with 3 or 4 stages."""
        m = Module()
        m.submodules.multipliers = multipliers = Module()
        m.submodules.tree = tree = Module()
        m.submodules.normalise = normalise = Normaliser(self.a, self.b)
        layout = term_layout(self.a, self.b)
        m.submodules.accumulate = adder = Adder(layout, registered=True)
        pipeline = Pipeline(m, self.i)
        points = (1, 2, 3) if self.pipeline == 4 else (1, 3)
        enables = {point: pipeline.advance() for point in points}
        ranks = Ranks(m, enables)
        a, b = self.i.payload.a, self.i.payload.b
        planes = [
            Planes.of_lanes(
                multipliers, elements(self.i.payload, block, "mantissas"), self.sign_magnitude
            )
            for block in ("a", "b")
        ]
        product = normalise.product
        x, y = sum_in_two_rows(multipliers, tree, planes[0], planes[1], len(product.sum))
        nan = (a.exponent == self.a.nan_exponent) | (b.exponent == self.b.nan_exponent)
        m.d.comb += [
            product.sum.eq(ranks.carry(x, 1, 1) + ranks.carry(y, 1, 1)),
            product.exponent.eq(ranks.carry(named(m, a.exponent + b.exponent, "exponent"), 1, 1)),
            product.nan.eq(ranks.carry(named(m, nan, "nan"), 1, 1)),
            adder.term.eq(ranks.carry(normalise.term.as_value(), 2, 2)),
            adder.addend.eq(ranks.carry(self.i.payload.c, 1, 2)),
            adder.advance.eq(enables[3]),
        ]
        (total,) = pipeline.cut([adder.total])
        m.d.comb += self.o.payload.eq(total)
        pipeline.connect(self.o)
        return m


def sum_in_two_rows(products: Module, tree: Module, a: Planes, b: Planes, width: int) -> list[Value]:
    """Return two numbers whose sum modulo 2**width is the sum of the products of all lanes.

    It is a :class:`~hbfp_hw.rtl.multiplier_array.MultiplierArray` with a timed heap.

    Parameters:
        products, tree: Modules that get the logic of the lanes and of the bit heap.
        a, b: Operands.
        width: Bits of the rows.
    """
    signs = named(products, a.signs ^ b.signs, "signs")
    heap = TimedHeap(tree, width)
    for weight, product in partial_products(products, a, b, signs):
        heap.add(weight, product, 3 * GATE)
    size = len(signs).bit_length()
    negatives = TimedHeap(tree, size)
    negatives.add(0, signs, GATE)
    x, y = negatives.rows()
    count = named(tree, (x + y)[:size], "count")
    arrival = GATE * (2 + 2 * size)
    for weight, digit in signed_digits(-largest_product(a, b)):
        for bit in range(size):
            put = heap.add if digit > 0 else heap.subtract
            put(weight + bit, count[bit], arrival + GATE // 2 * bit)
    return heap.rows()
