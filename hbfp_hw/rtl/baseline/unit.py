"""Base class of the multiply-add units: N pairs and an addend in, one result out."""

from abc import abstractmethod

from amaranth.hdl import Instance, Module, ShapeLike, Signal, Value
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import check_integer
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.baseline.multiply_add import multiply_add
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.ranks import Ranks
from hbfp_hw.rtl.unit import Unit, check_pipeline, pipeline_suffix

MOST_LANES = 1024
CUT_POINTS = {2: (4,), 3: (2, 5), 4: (2, 4, 7), 5: (1, 2, 4, 6)}
"""Cut points of :func:`~hbfp_hw.rtl.baseline.multiply_add.multiply_add` that have a rank of
registers, by pipeline depth; the last rank registers the result."""
DEEPEST = max(CUT_POINTS)
"""Largest pipeline depth of a single fused multiply-add."""


class Baseline(Unit):
    """Multiply-add of N pairs.

    Members:
        lanes: Pairs N.
        pipeline: Register stages.
    """

    lanes: int
    pipeline: int

    def __init__(
        self, lanes: int, factor: ShapeLike, addend: ShapeLike, pipeline: int, deepest: int = 1
    ):
        check_integer("Lanes", lanes, 1, MOST_LANES)
        check_pipeline(pipeline, deepest if lanes == 1 else 1)
        self.lanes = lanes
        self.pipeline = pipeline
        factors = PackedArray(factor, lanes)
        operands = data.StructLayout({"a": factors, "b": factors, "c": addend})
        super().__init__(
            {
                "i": In(stream.Signature(operands)),
                "o": Out(stream.Signature(addend)),
            }
        )

    @property
    def suffix(self) -> str:
        return f"n{self.lanes}{pipeline_suffix(self.pipeline)}"

    @property
    def latency(self) -> int:
        return self.pipeline

    @abstractmethod
    def compute(self, m: Module, a: list[Value], b: list[Value], c: Value) -> Value:
        """Return the result; combinational."""

    def elaborate(self, platform: object) -> Module:
        m = Module()
        operands = self.i.payload
        a, b = list(operands.a), list(operands.b)
        if self.pipeline > 1:
            pipeline = Pipeline(m, self.i)
            points = CUT_POINTS[self.pipeline]
            ranks = Ranks(m, {point: pipeline.advance() for point in points})
            result = multiply_add(m, a[0], b[0], operands.c, ranks)
        else:
            result = self.compute(m, a, b, operands.c)
            pipeline = Pipeline(m, self.i)
        if self.pipeline:
            (result,) = pipeline.cut([result])
        m.d.comb += self.o.payload.eq(result)
        pipeline.connect(self.o)
        return m


def apply(m: Module, part: str, width: int, **operands: Value) -> Signal:
    """Instantiate a module and return its result."""
    o = Signal(width, name="partial")
    m.submodules += Instance(
        part, *(("i", name, value) for name, value in operands.items()), ("o", "o", o)
    )
    return o
