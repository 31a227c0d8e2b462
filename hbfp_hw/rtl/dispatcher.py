"""The dispatcher: descriptors, taken ahead and checked, to the parts of the engine."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import Engine
from hbfp_hw.rtl.bits import named
from hbfp_hw.rtl.descriptor import ProductControl, descriptor_layout, is_bad

SLOTS = 4
"""Products in work at once: one whose results leave, one in the array, one whose operands come, and
one that waits."""


class Dispatcher(wiring.Component):
    """Starts each part of the engine on the next product once it has finished the present one.

    Therefore operands of a product are loaded while the array still works on the one before, and
    the array does not wait between products. A bad descriptor waits until the engine is idle, is
    answered with the error flag, and reaches no part.

    Parameters:
        engine: Sizes of the engine.
        parts: Number of parts that follow products by themselves.

    Members:
        i: In. Stream of descriptors (:func:`~hbfp_hw.rtl.descriptor.descriptor_layout`).
        parts: Out. Control of each part (:class:`~hbfp_hw.rtl.descriptor.ProductControl`).
        finished: In. Strobe: a product's last result leaves in this cycle.
        in_work: Out. Asserted while there is a product whose status has not been taken.
        o: Out. Stream with one item for each descriptor, in order: ``error`` or not.
    """

    def __init__(self, engine: Engine, parts: int):
        self._engine = engine
        super().__init__(
            {
                "i": In(stream.Signature(descriptor_layout(engine.block_size, engine.depth))),
                "parts": Out(ProductControl(engine)).array(parts),
                "finished": In(1),
                "in_work": Out(1),
                "o": Out(stream.Signature(data.StructLayout({"error": unsigned(1)}))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layout = self.i.payload.shape()
        m.submodules.memory = memory = Memory(shape=layout, depth=SLOTS, init=[])
        # Places count modulo twice the slots, which distinguishes all full from all free.
        places = range(2 * SLOTS)
        written = Signal(places)
        ended = Signal(places)
        left = Signal(places)
        bad = is_bad(m, self.i.payload, self._engine.block_size, self._engine.depth)
        waiting_bad = Signal()
        taken = named(m, self.i.valid & self.i.ready, "taken")
        full = named(m, (written - left)[: len(left)] == SLOTS, "full")
        m.d.comb += [
            self.i.ready.eq(~full & ~waiting_bad),
            self.in_work.eq(written != left),
            self.o.valid.eq((ended != left) | (waiting_bad & ~self.in_work)),
            self.o.payload.error.eq(~self.in_work),
        ]
        write = memory.write_port()
        m.d.comb += [
            write.en.eq(taken & ~bad),
            write.addr.eq(written[:-1]),
            write.data.eq(self.i.payload),
        ]
        m.d.sync += [
            written.eq(written + (taken & ~bad)),
            ended.eq(ended + self.finished),
            left.eq(left + (self.o.valid & self.o.ready & self.in_work)),
        ]
        with m.If(taken):
            m.d.sync += waiting_bad.eq(bad)
        with m.Elif(self.o.ready & ~self.in_work):
            m.d.sync += waiting_bad.eq(0)
        for number, part in enumerate(self.parts):
            read = memory.read_port(domain="comb")
            place = Signal(places, name=f"place_{number}")
            begun = Signal(name=f"begun_{number}")
            m.d.comb += [
                read.addr.eq(place[:-1]),
                part.descriptor.eq(read.data),
                part.start.eq(~begun & (place != written)),
            ]
            # The descriptor stays valid for one more cycle, in which the last block is converted.
            m.d.sync += begun.eq(part.start | (begun & part.active))
            m.d.sync += place.eq(place + (begun & ~part.active))
        return m
