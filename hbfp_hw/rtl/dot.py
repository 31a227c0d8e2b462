"""The dot product of two blocks: exact, one pair per cycle."""

from amaranth.hdl import Module, Signal, Value, signed, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair, max_sum
from hbfp_hw.rtl.bits import named
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.unit import PairUnit, check_pipeline


def product_layout(a: HBFPFormat, b: HBFPFormat) -> data.StructLayout:
    """Payload of exact block dot products.

    Fields: ``sum`` and ``exponent``, whose value is ``sum * 2**(exponent - fraction_bits)`` with
    the fraction bits of both formats together, and ``nan``, which overrules them.
    """
    return data.StructLayout(
        {
            "sum": signed(max_sum(a, b).bit_length() + 1),
            "exponent": signed(a.exponent_bits + 1),
            "nan": unsigned(1),
        }
    )


class Dot(PairUnit):
    """Block dot product: N lanes of integer multipliers and a balanced adder tree.

    The sum is exact for every format; nothing is rounded or can overflow.

    Parameters:
        a, b: Formats of the operands; only their mantissa widths may differ.
        pipeline: Register stages, spread evenly over the multipliers and the levels of the tree;
            0 is combinational, and :attr:`levels` the most.

    Members:
        i: Stream of block pairs, fields ``a`` and ``b``.
        o: Stream of products (:func:`product_layout`).

    Raises:
        ValueError: The formats do not fit together, or the depth is out of range.
    """

    unit = "dot"

    def __init__(self, a: HBFPFormat, b: HBFPFormat | None = None, *, pipeline: int = 1):
        b = a if b is None else b
        check_pair(a, b)
        self.a = a
        self.b = b
        self.levels = 1 + (a.block_size - 1).bit_length()
        check_pipeline(pipeline, self.levels)
        self.pipeline = pipeline
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout({"a": a, "b": b}))),
                "o": Out(stream.Signature(product_layout(a, b))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pipeline = Pipeline(m, self.i)
        a, b = self.i.payload.a, self.i.payload.b
        exponent: Value = named(m, a.exponent + b.exponent, "exponent_sum")
        nan: Value = named(
            m, (a.exponent == self.a.nan_exponent) | (b.exponent == self.b.nan_exponent), "nan_pair"
        )
        values: list[Value] = [
            self._multiply(m, a.mantissas[lane], b.mantissas[lane])
            for lane in range(self.a.block_size)
        ]
        for level in range(1, self.levels + 1):
            # Stage s of the pipeline ends after level ceil(s * levels / pipeline).
            if level * self.pipeline // self.levels > (level - 1) * self.pipeline // self.levels:
                exponent, nan, *values = pipeline.cut([exponent, nan, *values])
            if level < self.levels:
                values = self._add_pairs(m, values)
        m.d.comb += [
            self.o.payload.sum.eq(values[0]),
            self.o.payload.exponent.eq(exponent),
            self.o.payload.nan.eq(nan),
        ]
        pipeline.connect(self.o)
        return m

    def _multiply(self, m: Module, a: Value, b: Value) -> Signal:
        """Product of two mantissas, which needs one bit less than two's complement would."""
        width = self.a.mantissa_bits + self.b.mantissa_bits - 1
        return named(m, (a * b)[:width].as_signed(), "product")

    def _add_pairs(self, m: Module, values: list[Value]) -> list[Value]:
        """One level of the tree, each sum one bit wider than its widest term."""
        sums: list[Value] = [
            named(m, x + y, "sum") for x, y in zip(values[::2], values[1::2], strict=False)
        ]
        return [*sums, values[-1]] if len(values) % 2 else sums
