"""The unit ``dot``: the exact dot product of two blocks, one pair per cycle."""

from collections.abc import Mapping

from amaranth.hdl import Const, Module, Value, signed, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair, max_sum
from hbfp_hw.rtl.bits import elements, named
from hbfp_hw.rtl.blocks import block_shape, code_suffix
from hbfp_hw.rtl.multiplier_array import MultiplierArray, Planes
from hbfp_hw.rtl.pipeline import FreePipeline, Pipeline
from hbfp_hw.rtl.unit import PairUnit, Parameters, check_pipeline, format_suffix, pipeline_suffix


def product_layout(a: HBFPFormat, b: HBFPFormat) -> data.StructLayout:
    """Return the payload of exact block dot products.

    Fields: ``sum`` and ``exponent``, with the value ``sum * 2**(exponent - fraction_bits)``, where
    ``fraction_bits`` is the sum of those of both formats; ``nan``, with which the value is NaN.
    """
    return data.StructLayout(
        {
            "sum": signed(max_sum(a, b).bit_length() + 1),
            "exponent": signed(a.exponent_bits + 1),
            "nan": unsigned(1),
        }
    )


class Dot(PairUnit):
    """Exact dot product of two blocks: N multipliers, whose partial products share one sum.

    Nothing is rounded, and the sum cannot overflow.

    Parameters:
        a, b: Formats of the operands; only their mantissa widths may differ.
        pipeline: Register stages, 0 (combinational) to :attr:`levels`, spread evenly over the
            levels of logic.
        free_running: Whether the stages never stall and results wait in a queue
            (:class:`~hbfp_hw.rtl.pipeline.FreePipeline`), which adds one cycle of latency.
        sign_magnitude: Whether mantissas come in as sign and magnitude, not in two's complement.

    Members:
        i: In. Stream of block pairs, fields ``a`` and ``b``.
        o: Out. Stream of products (:func:`product_layout`).
        levels: Levels of logic, and so the largest ``pipeline``; not a port.

    Raises:
        ValueError: The formats do not fit together, or ``pipeline`` is out of range.
    """

    unit = "dot"
    meanings: Mapping[str, str] = {"i": "two blocks", "o": "exact dot product"}

    def __init__(
        self,
        a: HBFPFormat,
        b: HBFPFormat | None = None,
        *,
        pipeline: int = 1,
        free_running: bool = False,
        sign_magnitude: bool = False,
    ):
        b = a if b is None else b
        check_pair(a, b)
        self.a = a
        self.b = b
        self.levels = MultiplierArray.levels(a, b)
        check_pipeline(pipeline, self.levels)
        self.pipeline = pipeline
        self.free_running = free_running
        self.sign_magnitude = sign_magnitude
        operands = {"a": block_shape(a, sign_magnitude), "b": block_shape(b, sign_magnitude)}
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout(operands))),
                "o": Out(stream.Signature(product_layout(a, b))),
            }
        )

    @property
    def parameters(self) -> Parameters:
        return super().parameters | {
            "free_running": self.free_running,
            "sign_magnitude": self.sign_magnitude,
        }

    @property
    def suffix(self) -> str:
        code = code_suffix(self.sign_magnitude)
        stages = pipeline_suffix(self.pipeline, self.free_running)
        return format_suffix(self.a, self.b) + code + stages

    @property
    def latency(self) -> int:
        return self.pipeline + self.free_running

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.exponent = exponents = Module()
        m.submodules.multipliers = multipliers = Module()
        m.submodules.tree = tree = Module()
        pipeline: Pipeline | FreePipeline
        if self.free_running:
            pipeline = FreePipeline(m, self.i, self.o.payload.shape(), self.pipeline)
            results = pipeline.results
        else:
            pipeline, results = Pipeline(m, self.i), self.o.payload
        a, b = self.i.payload.a, self.i.payload.b
        exponent: Value = named(exponents, a.exponent + b.exponent, "exponent_sum")
        nan: Value = named(
            exponents,
            (a.exponent == self.a.nan_exponent) | (b.exponent == self.b.nan_exponent),
            "nan_pair",
        )
        left, right = (
            Planes.of_lanes(
                multipliers, elements(self.i.payload, block, "mantissas"), self.sign_magnitude
            )
            for block in ("a", "b")
        )
        lanes = MultiplierArray(multipliers, tree, left, right, len(self.o.payload.sum))
        total: Value = Const(0)
        for level in range(1, self.levels + 1):
            if level == self.levels:
                total = lanes.total()
            elif level > 1:
                lanes.step()
            # Stage s of the pipeline ends after level ceil(s * levels / pipeline).
            if level * self.pipeline // self.levels > (level - 1) * self.pipeline // self.levels:
                values = [total] if level == self.levels else lanes.vectors
                exponent, nan, *values = pipeline.cut([exponent, nan, *values])
                if level == self.levels:
                    (total,) = values
                else:
                    lanes.vectors = values
        m.d.comb += [
            results.sum.eq(total),
            results.exponent.eq(exponent),
            results.nan.eq(nan),
        ]
        pipeline.connect(self.o)
        return m
