"""The unit ``mac``: one block dot product added to an FP32 number."""

from collections.abc import Mapping

from amaranth.hdl import Module, Value, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.blocks import block_shape, code_suffix
from hbfp_hw.rtl.dot import Dot
from hbfp_hw.rtl.fields import FP32_FIELDS
from hbfp_hw.rtl.normalise import Normaliser, term_layout
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.unit import PairUnit, Parameters, check_pipeline, format_suffix, pipeline_suffix


class MAC(PairUnit):
    """Multiply-accumulate of N pairs: exact block dot product, rounded once, added to C.

    Results equal those of ``dot`` and ``accumulate``. The running sum is not a register of the
    unit, but comes in as ``c``. Area is compared by means of this unit, as it has the arithmetic
    and nothing else.

    Parameters:
        a, b: Formats of the operands; only their mantissa widths may differ.
        pipeline: Register stages: 0 is combinational, 1 registers the result, 2 also the rounded
            dot product before it is added.
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
        check_pipeline(pipeline, 2)
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
