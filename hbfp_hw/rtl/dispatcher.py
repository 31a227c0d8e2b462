"""The dispatcher: descriptors, taken ahead and checked, to the parts of the engine."""

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.bits import is_value, named
from hbfp_hw.rtl.tile_loop import SIZE_BITS

SLOTS = 4
"""Products in work at once: one whose results leave, one in the array, one whose operands come."""


def descriptor_layout(block_size: int, depth: int) -> data.StructLayout:
    """Payload of descriptors, each of which starts a product Y = C + X·W.

    Fields: ``rows`` (M), ``columns`` (P), ``blocks`` (blocks along K), ``lanes`` (elements in the
    last of them, 1 to N) and ``chunk`` (blocks in a chunk of K, up to the engine's depth);
    ``wide_x`` and ``wide_w`` (6-bit operands, else 4-bit); ``rounding`` (a
    :class:`~hbfp_hw.format.Rounding` code) and ``seed``; ``accumulate`` (start from C, else +0).
    """
    return data.StructLayout(
        {
            "seed": unsigned(32),
            "rows": unsigned(SIZE_BITS),
            "columns": unsigned(SIZE_BITS),
            "blocks": unsigned(SIZE_BITS),
            "lanes": range(block_size + 1),
            "chunk": range(depth + 1),
            "rounding": unsigned(2),
            "wide_x": unsigned(1),
            "wide_w": unsigned(1),
            "accumulate": unsigned(1),
        }
    )


def is_bad(m: Module, descriptor: data.View, block_size: int, depth: int) -> Signal:
    """Whether no engine of these sizes can do what the descriptor says."""
    bad: Value = (
        is_value(descriptor.rows, 0)
        | is_value(descriptor.columns, 0)
        | is_value(descriptor.blocks, 0)
        | is_value(descriptor.lanes, 0)
        | is_value(descriptor.chunk, 0)
        | (descriptor.chunk > depth)
        | descriptor.rounding.all()
    )
    if (1 << len(descriptor.lanes)) - 1 > block_size:
        bad |= descriptor.lanes > block_size
    return named(m, bad, "bad")


class Dispatcher(wiring.Component):
    """Starts each part of the engine on the next product as soon as it has done with this one.

    So operands of a product are loaded while the array works on the one before, and the array need
    not wait between products. A bad descriptor waits until the engine is idle, is answered by the
    error flag, and reaches no part.

    Parameters:
        block_size, depth: As of :func:`descriptor_layout`.
        parts: Parts of the engine that follow a product by themselves.

    Members:
        i: Stream of descriptors.
        active: Whether each part is at work, from the cycle after its start on.
        start: Each part begins a product.
        descriptor: Of the product that each part is at.
        finished: A product's last result leaves.
        in_work: There is a product whose status has not been taken.
        o: Stream with one item for each descriptor: ``error`` or not.
    """

    def __init__(self, block_size: int, depth: int, parts: int):
        self._block_size = block_size
        self._depth = depth
        self._parts = parts
        layout = descriptor_layout(block_size, depth)
        super().__init__(
            {
                "i": In(stream.Signature(layout)),
                "active": In(parts),
                "start": Out(parts),
                "descriptor": Out(layout).array(parts),
                "finished": In(1),
                "in_work": Out(1),
                "o": Out(stream.Signature(data.StructLayout({"error": unsigned(1)}))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layout = self.i.payload.shape()
        m.submodules.memory = memory = Memory(shape=layout, depth=SLOTS, init=[])
        # Places count modulo twice the slots, which tells all full from all free.
        places = range(2 * SLOTS)
        written, ended, left = Signal(places), Signal(places), Signal(places)
        bad, waiting_bad = is_bad(m, self.i.payload, self._block_size, self._depth), Signal()
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
        for part in range(self._parts):
            read = memory.read_port(domain="comb")
            place, begun = Signal(places, name=f"place_{part}"), Signal(name=f"begun_{part}")
            m.d.comb += [
                read.addr.eq(place[:-1]),
                self.descriptor[part].eq(read.data),
                self.start[part].eq(~begun & (place != written)),
            ]
            # The descriptor stays for a cycle more, in which the last block is still converted.
            m.d.sync += begun.eq(self.start[part] | (begun & self.active[part]))
            m.d.sync += place.eq(place + (begun & ~self.active[part]))
        return m
