"""The unit ``mac``: one block dot product added to an FP32 number."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Module, Value, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.baseline.floats import Number, Term, add_rounded
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
from hbfp_hw.rtl.row_normaliser import DISTANCE_BITS, RowNormaliser
from hbfp_hw.rtl.timed_heap import GATE, Cut, TimedHeap
from hbfp_hw.rtl.unit import PairUnit, Parameters, check_pipeline, format_suffix, pipeline_suffix

CUT_POINTS = {3: (1, 3), 4: (1, 2, 5)}
"""Cut points that have a rank of registers, by pipeline depth; the last rank registers the result.

Point 1 lies within the bit heap of the dot product, the others within the addition
(:func:`~hbfp_hw.rtl.baseline.floats.add_rounded`).
"""
DEADLINE = 38
"""Latest arrival of a bit before cut point 1: with 4-bit mantissas and 64 lanes it gives the first
stage the length of the others."""


class MAC(PairUnit):
    """Multiply-accumulate of N pairs: exact block dot product, rounded once, added to C.

    Results equal those of ``dot`` and ``accumulate``. The running sum is not a register of the
    unit, but comes in as ``c``. Area is compared by means of this unit, as it has the arithmetic
    and nothing else.

    Parameters:
        a, b: Formats of the operands; only their mantissa widths may differ.
        pipeline: Register stages: 0 is combinational, 1 registers the result, 2 also the rounded
            dot product before it is added. 3 and 4 are built for a short clock period, with
            registers at :data:`CUT_POINTS`.
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
        check_pipeline(pipeline, max(CUT_POINTS))
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
        m.submodules.normalise = normalise = RowNormaliser(self.a, self.b)
        m.submodules.accumulate = accumulate = Module()
        pipeline = Pipeline(m, self.i)
        enables = {point: pipeline.advance() for point in CUT_POINTS[self.pipeline]}
        ranks = Ranks(m, {1: enables.pop(1)})
        a, b = self.i.payload.a, self.i.payload.b
        planes = [
            Planes.of_lanes(
                multipliers, elements(self.i.payload, block, "mantissas"), self.sign_magnitude
            )
            for block in ("a", "b")
        ]
        product = normalise.product
        cut = Cut(ranks, DEADLINE)
        x, y = sum_in_two_rows(multipliers, tree, planes[0], planes[1], len(product.x), cut)
        nan = (a.exponent == self.a.nan_exponent) | (b.exponent == self.b.nan_exponent)
        m.d.comb += [
            product.x.eq(x),
            product.y.eq(y),
            product.exponent.eq(ranks.carry(named(m, a.exponent + b.exponent, "exponent"), 1, 1)),
            product.nan.eq(ranks.carry(named(m, nan, "nan"), 1, 1)),
        ]
        number = Number(accumulate, ranks.carry(self.i.payload.c, 1, 1))
        m.d.comb += normalise.addend.eq(number.exponent)
        term = term_of(accumulate, normalise)
        total = add_rounded(accumulate, term, number, Ranks(accumulate, enables))
        (total,) = pipeline.cut([total])
        m.d.comb += self.o.payload.eq(total)
        pipeline.connect(self.o)
        return m


def term_of(m: Module, found: RowNormaliser) -> Term:
    """Return a normalised dot product as a term of the baselines' addition."""
    exponent = named(m, found.term.field, "exponent")
    return Term(
        sign=found.term.sign,
        significand=found.term.significand,
        exponent=Cat(exponent, exponent[-1].replicate(DISTANCE_BITS - len(exponent))),
        gap=0,
        lowest=len(found.term.significand) - 1,
        zero=found.zero,
        infinite=found.term.infinite,
        nan=found.term.nan,
        distance=found.distance,
    )


def sum_in_two_rows(
    products: Module, tree: Module, a: Planes, b: Planes, width: int, cut: Cut
) -> list[Value]:
    """Return two numbers whose sum modulo 2**width is the sum of all lanes' products, less one.

    It is a :class:`~hbfp_hw.rtl.multiplier_array.MultiplierArray` with a timed heap.

    Parameters:
        products, tree: Modules that get the logic of the lanes and of the bit heap.
        a, b: Operands.
        width: Bits of the rows.
        cut: Cut point within the heap; the rows lie behind it.
    """
    signs = named(products, a.signs ^ b.signs, "signs")
    heap = TimedHeap(tree, width, cut)
    for weight, product in partial_products(products, a, b, signs):
        heap.add(weight, product, 3 * GATE)
    negatives = TimedHeap(tree, len(signs).bit_length(), cut)
    negatives.add(0, signs, GATE)
    columns = enumerate(negatives.compress(1))
    counts = [(place, bit) for place, column in columns for bit in column]
    for weight, digit in signed_digits(-largest_product(a, b)):
        put = heap.add if digit > 0 else heap.subtract
        for place, bit in counts:
            put(weight + place, bit.value, bit.arrival, behind=bit.behind)
    heap.add_constant(-1)
    return heap.rows()
