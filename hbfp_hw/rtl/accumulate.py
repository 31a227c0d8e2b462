"""The unit ``accumulate``: exact block dot products in, FP32 sums out."""

from collections.abc import Mapping

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.dot import product_layout
from hbfp_hw.rtl.fields import FP32_FIELDS
from hbfp_hw.rtl.normalise import Normaliser, term_layout
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.unit import PairUnit, check_pipeline

MARKER = data.StructLayout({"c": unsigned(32), "first": unsigned(1), "last": unsigned(1)})
"""Payload of markers, one for each block: ``first`` starts a sum from ``c``, ``last`` ends it."""


class Accumulate(PairUnit):
    """Round each block dot product to FP32 and add it to a running FP32 sum.

    A sum starts from C at the block marked ``first`` and leaves after the block marked ``last``.
    The unit takes one block per cycle, with no bubble between sums. It takes a product and its
    marker together, in a cycle in which both are valid.

    Parameters:
        a, b: Formats of the operands of the dot products.
        pipeline: Register stages between rounding and addition: 0 or 1.

    Members:
        i: In. Stream of products (:func:`~hbfp_hw.rtl.dot.product_layout`).
        i_marker: In. Stream of :data:`MARKER`, one for each product.
        o: Out. Stream of FP32 bit patterns, one for each block marked ``last``.

    Raises:
        ValueError: The formats do not fit together, or ``pipeline`` is out of range.
    """

    unit = "accumulate"
    encodings = FP32_FIELDS
    meanings: Mapping[str, str] = {
        "i": "exact dot product",
        "i_marker": "start value and limits of the sum that the product belongs to",
        "o": "FP32 sum",
    }

    def __init__(self, a: HBFPFormat, b: HBFPFormat | None = None, *, pipeline: int = 1):
        b = a if b is None else b
        check_pair(a, b)
        check_pipeline(pipeline, 1)
        self.a = a
        self.b = b
        self.pipeline = pipeline
        super().__init__(
            {
                "i": In(stream.Signature(product_layout(a, b))),
                "i_marker": In(stream.Signature(MARKER)),
                "o": Out(stream.Signature(unsigned(32))),
            }
        )

    @property
    def latency(self) -> int:
        return self.pipeline + 1

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layout = term_layout(self.a, self.b)
        m.submodules.normalise = normalise = Normaliser(self.a, self.b)
        m.submodules.accumulate = adder = Adder(layout)
        m.d.comb += normalise.product.eq(self.i.payload)

        pairs = stream.Signature(MARKER).create()
        m.d.comb += [
            pairs.valid.eq(self.i.valid & self.i_marker.valid),
            self.i.ready.eq(pairs.ready & self.i_marker.valid),
            self.i_marker.ready.eq(pairs.ready & self.i.valid),
        ]
        pipeline = Pipeline(m, pairs)
        term, marker = normalise.term, self.i_marker.payload
        if self.pipeline:
            registered = pipeline.cut([term.as_value(), marker.as_value()])
            term, marker = data.View(layout, registered[0]), data.View(MARKER, registered[1])

        total = Signal(32, reset_less=True)
        complete = Signal()
        sums = stream.Signature(unsigned(32)).create()
        pipeline.connect(sums)
        m.d.comb += [
            adder.addend.eq(Mux(marker.first, marker.c, total)),
            adder.term.eq(term),
            sums.ready.eq(~complete | self.o.ready),
            self.o.valid.eq(complete),
            self.o.payload.eq(total),
        ]
        # The running sum is also the output register: a complete sum stays until it is taken.
        with m.If(sums.ready):
            m.d.sync += complete.eq(sums.valid & marker.last)
            with m.If(sums.valid):
                m.d.sync += total.eq(adder.total)
        return m
