"""Queue of results behind a pipeline that never stalls, with credits that prevent overflow."""

from amaranth.hdl import Module, Mux, ShapeLike, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.bits import any_bit

SPARE_PLACES = 4
"""Places that full throughput needs besides one for each stage of the pipeline: two for transfers
that ``room`` does not count yet, one for the transfer that it allows, one for the result in ``o``.
"""


class ResultQueue(wiring.Component):
    """Keeps results until they are taken, and allows a transfer while it has room for its result.

    Every place is a credit. A transfer into the pipeline takes one, and the transfer of its result
    returns it; thus every result in flight has a place. Both are counted one cycle later, so that
    no port has logic ahead of a counter. In exchange ``room`` is deasserted while a few credits
    are left.

    Parameters:
        shape: Payload.
        stages: Register stages of the pipeline.

    Members:
        room: Out. The pipeline may take a transfer in this cycle.
        taken: In. The pipeline takes a transfer. Only asserted with ``room``.
        valid: In. A result leaves the pipeline.
        payload: In. The result, valid with ``valid``.
        o: Out. Stream of results, each one cycle after ``valid`` at the earliest.
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
        # left is one above the true credit count: at 4, three remain, and two of them may be spent.
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
            # Valid if the level after this cycle is not 0.
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
