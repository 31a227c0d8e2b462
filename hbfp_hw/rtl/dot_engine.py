"""The unit ``dot_engine``: FP32 operand blocks in, FP32 results out."""

from collections.abc import Callable, Mapping

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.rtl.accumulate import MARKER, Accumulate
from hbfp_hw.rtl.convert import Convert, operand_layout
from hbfp_hw.rtl.convert_lane import check_rounding, rounding_suffix
from hbfp_hw.rtl.dot import Dot
from hbfp_hw.rtl.fields import FP32_FIELDS, ROUNDING_FIELD
from hbfp_hw.rtl.unit import Parameters, Unit, format_suffix, pipeline_suffix


class DotEngine(Unit):
    """Chain of converters, dot product and accumulator: one output of a matrix product at a time.

    It takes one pair of operand blocks per cycle. Each of the three input streams may stall by
    itself; a marker is taken when the product of its blocks reaches the accumulator.

    Parameters:
        a, b: Formats of the operands; only their mantissa widths may differ.
        rounding: The only rounding mode to build, or None for all three, chosen block by block.
        random_bits: Random bits of stochastic rounding, 1 to 16.
        pipeline: Register stages of the dot product, 0 to :attr:`~hbfp_hw.rtl.dot.Dot.levels`.

    Members:
        i_a, i_b: In. Streams of FP32 operand blocks (:func:`~hbfp_hw.rtl.convert.operand_layout`).
        i_marker: In. Stream of :data:`~hbfp_hw.rtl.accumulate.MARKER`, one for each pair of blocks.
        o: Out. Stream of FP32 bit patterns, one for each block marked ``last``.

    Raises:
        TypeError: The rounding mode or a number is of the wrong kind.
        ValueError: The formats do not fit together, or a number is out of range.
    """

    unit = "dot_engine"
    encodings = FP32_FIELDS | ROUNDING_FIELD
    meanings: Mapping[str, str] = {
        "i_a": "FP32 values of one block of a",
        "i_b": "FP32 values of one block of b",
        "i_marker": "start value and limits of the sum that the blocks belong to",
        "o": "FP32 sum",
    }

    def __init__(
        self,
        a: HBFPFormat,
        b: HBFPFormat | None = None,
        *,
        rounding: Rounding | None = None,
        random_bits: int = RANDOM_BITS,
        pipeline: int = 1,
    ):
        b = a if b is None else b
        check_pair(a, b)
        check_rounding(rounding, random_bits)
        self.a = a
        self.b = b
        self.rounding = rounding
        self.random_bits = random_bits
        self.pipeline = pipeline
        self._convert_a, self._convert_b = self._converter(a), self._converter(b)
        self._dot = Dot(a, b, pipeline=pipeline, sign_magnitude=True)
        self._accumulate = Accumulate(a, b)
        operands = operand_layout(a.block_size, rounding)
        super().__init__(
            {
                "i_a": In(stream.Signature(operands)),
                "i_b": In(stream.Signature(operands)),
                "i_marker": In(stream.Signature(MARKER)),
                "o": Out(stream.Signature(32)),
            }
        )

    def _converter(self, fmt: HBFPFormat) -> Convert:
        return Convert(
            fmt, rounding=self.rounding, random_bits=self.random_bits, sign_magnitude=True
        )

    @property
    def parameters(self) -> Parameters:
        return {
            "mantissa_bits": [self.a.mantissa_bits, self.b.mantissa_bits],
            "block_size": self.a.block_size,
            "exponent_bits": self.a.exponent_bits,
            "rounding": "any" if self.rounding is None else self.rounding.name.lower(),
            "random_bits": self.random_bits,
            "pipeline": self.pipeline,
        }

    @property
    def suffix(self) -> str:
        rounding = rounding_suffix(self.rounding, self.random_bits)
        return format_suffix(self.a, self.b) + rounding + pipeline_suffix(self.pipeline)

    @property
    def latency(self) -> int:
        return self._convert_a.latency + self._dot.latency + self._accumulate.latency

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        return {**self._convert_a.instances, **self._convert_b.instances}

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.convert_a = convert_a = self._convert_a
        m.submodules.convert_b = convert_b = self._convert_b
        m.submodules.dot = dot = self._dot
        m.submodules.accumulate = accumulate = self._accumulate
        wiring.connect(m, wiring.flipped(self.i_a), convert_a.i)
        wiring.connect(m, wiring.flipped(self.i_b), convert_b.i)
        m.d.comb += [
            dot.i.valid.eq(convert_a.o.valid & convert_b.o.valid),
            convert_a.o.ready.eq(dot.i.ready & convert_b.o.valid),
            convert_b.o.ready.eq(dot.i.ready & convert_a.o.valid),
            dot.i.payload.a.eq(convert_a.o.payload),
            dot.i.payload.b.eq(convert_b.o.payload),
        ]
        wiring.connect(m, dot.o, accumulate.i)
        wiring.connect(m, wiring.flipped(self.i_marker), accumulate.i_marker)
        wiring.connect(m, accumulate.o, wiring.flipped(self.o))
        return m
