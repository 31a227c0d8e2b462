"""The unit ``fp32``: an exact sum rounded to binary32 and added to an FP32 number."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Module, Value, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.binary32 import MINUS_ZERO
from hbfp_hw.rtl.dot import product_layout
from hbfp_hw.rtl.fields import FP32_FIELDS
from hbfp_hw.rtl.normalise import Normaliser, term_layout
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.unit import PairUnit, check_pipeline


class FP32(PairUnit):
    """Round an exact block dot product, and add the result to an FP32 number.

    Parameters:
        a, b: Formats of the operands of the dot product.
        pipeline: Register stages: 0 is combinational, 1 registers the results.

    Members:
        i: In. Stream with the fields ``product`` (:func:`~hbfp_hw.rtl.dot.product_layout`) and
            ``addend`` (FP32).
        o: Out. Stream with the fields ``value``, the rounded product, and ``total``, which is
            ``value + addend``.

    Raises:
        ValueError: The formats do not fit together, or ``pipeline`` is out of range.
    """

    unit = "fp32"
    encodings = FP32_FIELDS
    meanings: Mapping[str, str] = {
        "i": "exact dot product, and an FP32 addend",
        "o": "rounded dot product, and its sum with the addend",
    }

    def __init__(self, a: HBFPFormat, b: HBFPFormat | None = None, *, pipeline: int = 1):
        b = a if b is None else b
        check_pair(a, b)
        check_pipeline(pipeline, 1)
        self.a = a
        self.b = b
        self.pipeline = pipeline
        operands = data.StructLayout({"product": product_layout(a, b), "addend": unsigned(32)})
        results = data.StructLayout({"value": unsigned(32), "total": unsigned(32)})
        super().__init__({"i": In(stream.Signature(operands)), "o": Out(stream.Signature(results))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.normalise = normalise = Normaliser(self.a, self.b)
        m.submodules.pack = pack = Adder(term_layout(self.a, self.b))
        m.submodules.accumulate = accumulate = Adder(term_layout(self.a, self.b))
        m.d.comb += [
            normalise.product.eq(self.i.payload.product),
            pack.addend.eq(MINUS_ZERO),
            pack.term.eq(normalise.term),
            accumulate.addend.eq(self.i.payload.addend),
            accumulate.term.eq(normalise.term),
        ]
        pipeline = Pipeline(m, self.i)
        results: list[Value] = [pack.total, accumulate.total]
        if self.pipeline:
            results = list(pipeline.cut(results))
        m.d.comb += self.o.payload.as_value().eq(Cat(*results))
        pipeline.connect(self.o)
        return m
