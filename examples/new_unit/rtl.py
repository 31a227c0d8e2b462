"""relu in hardware: N FP32 values per transfer, one transfer per cycle."""

from amaranth.hdl import Module, Mux, unsigned
from amaranth.lib import data, stream
from amaranth.lib.wiring import In, Out

from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl import Unit
from hbfp_hw.rtl.pipeline import Pipeline
from hbfp_hw.rtl.unit import Parameters


class ReLU(Unit):
    """Replace FP32 values below zero by +0.

    Parameters:
        lanes: Number N of values in a transfer.

    Members:
        i, o: Streams of N FP32 bit patterns, field ``values``.
    """

    unit = "relu"

    def __init__(self, lanes: int):
        self.lanes = lanes
        self.encodings = {"values": "fp32"}  # for the .json
        self.meanings = {"i": "FP32 values", "o": "FP32 values, none below +0"}
        payload = data.StructLayout({"values": PackedArray(unsigned(32), lanes)})
        super().__init__({"i": In(stream.Signature(payload)), "o": Out(stream.Signature(payload))})

    @property
    def parameters(self) -> Parameters:
        return {"lanes": self.lanes}

    @property
    def suffix(self) -> str:
        return f"n{self.lanes}"

    @property
    def latency(self) -> int:
        return 1

    def elaborate(self, platform: object) -> Module:
        m = Module()
        pipeline = Pipeline(m, self.i)
        values = pipeline.cut([self.i.payload.values[lane] for lane in range(self.lanes)])
        for lane, value in enumerate(values):
            nan = value[:31] > 0x7F800000
            positive = Mux(value[31], 0, value)
            m.d.comb += self.o.payload.values[lane].eq(Mux(nan, 0x7FC00000, positive))
        pipeline.connect(self.o)
        return m
