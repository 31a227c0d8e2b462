"""A queue of results behind a pipeline that never stops, and the credits that keep it from
overflowing."""

from amaranth.hdl import Module, Mux, ShapeLike, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.bits import any_bit

SPARE_PLACES = 4
"""Places besides the stages of the pipeline that full throughput needs: two for transfers that
``room`` has not seen, one for the transfer that it allows, one for the result at the output."""


class ResultQueue(wiring.Component):
    """Keeps results until they are taken, and says when there is room for one more.

    Every place is a credit. A transfer into the pipeline takes one and the transfer of its result
    gives it back, so whatever is on the way has a place. Both are counted a cycle later, so that no
    port has logic ahead of a counter, and ``room`` falls while some credits are left.

    Parameters:
        shape: Payload.
        stages: Register stages of the pipeline.

    Members:
        room: Whether the pipeline may take a transfer.
        taken: Whether it takes one.
        valid, payload: The result that leaves it in this cycle.
        o: Stream of results, one cycle later at the earliest.
    """

    def __init__(self, shape: ShapeLike, stages: int):
        self._places = 1 << (stages + SPARE_PLACES - 1).bit_length()
        super().__init__(
            {
                "room": Out(1),
                "taken": In(1),
                "valid": In(1),
                "payload": In(shape),
                "o": Out(stream.Signature(shape)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(
            shape=self.payload.shape(), depth=self._places, init=[]
        )
        write = memory.write_port()
        read = memory.read_port(domain="comb")  # as the lookup tables of an FPGA can
        returned = Signal()
        level = Signal(range(self._places + 1))
        taken_before = Signal()
        returned_before = Signal()
        # One is counted too many: at 4 or more, 3 are left, of which 2 may be taken already.
        left = Signal(range(self._places + 2), init=self._places + 1)
        m.d.comb += [
            write.en.eq(self.valid),
            write.data.eq(self.payload),
            returned.eq(self.o.valid & self.o.ready),
            self.o.payload.eq(read.data),
        ]
        m.d.sync += [
            taken_before.eq(self.taken),
            returned_before.eq(returned),
            self.room.eq(any_bit(left[2:])),
            # As level is next: more than one, or one more, or one that stays.
            self.o.valid.eq(self.valid | any_bit(level[1:]) | (self.o.valid & ~returned)),
        ]
        with m.If(taken_before != returned_before):
            m.d.sync += left.eq(left + Mux(taken_before, -1, 1))
        with m.If(self.valid != returned):
            m.d.sync += level.eq(level + Mux(self.valid, 1, -1))
        with m.If(self.valid):
            m.d.sync += write.addr.eq(write.addr + 1)
        with m.If(returned):
            m.d.sync += read.addr.eq(read.addr + 1)
        return m
