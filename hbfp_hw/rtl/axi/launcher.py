"""Launcher: checks the descriptor in the registers and queues it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from hbfp_hw.core.registers import DESCRIPTOR, REGISTERS, WORD_BITS
from hbfp_hw.rtl.axi.ports import part_of
from hbfp_hw.rtl.axi.register_file import TABLE_BITS
from hbfp_hw.rtl.bits import index_shape, named
from hbfp_hw.rtl.descriptor import descriptor_layout, is_bad

REFUSALS = ("descriptor", "queue_full", "refused")
"""Reasons to refuse a start, in the order of the lowest bits of the register ``error``."""


class Launcher(wiring.Component):
    """Checks a descriptor when it is started, and queues it unless there is a reason to refuse.

    Parameters:
        block_size, depth: Arguments of :func:`~hbfp_hw.rtl.descriptor.descriptor_layout`.
        layers: Entries of the mode table.

    Members:
        <name>: In. One port for each register of a descriptor, with its reserved bits.
        layer: Out. Entry of the mode table that the descriptor selects.
        modes: In. Content of that entry, in the same cycle.
        start: In. Strobe: start the descriptor.
        blocked: In. No descriptor may be started now.
        full: In. The queue has no free place.
        queue: Out. Strobe: put ``descriptor`` into the queue. Only asserted with ``start``.
        descriptor: Out. The descriptor. Valid with ``queue``.
        refusals: Out. Reasons why ``start`` is refused, a bit for each of :data:`REFUSALS`; zero
            without ``start``.
    """

    def __init__(self, block_size: int, depth: int, layers: int):
        self._block_size = block_size
        self._depth = depth
        self._layers = layers
        words: dict[str, Member] = {name: In(WORD_BITS) for name in DESCRIPTOR}
        super().__init__(
            {
                **words,
                "layer": Out(index_shape(layers)),
                "modes": In(TABLE_BITS),
                "start": In(1),
                "blocked": In(1),
                "full": In(1),
                "queue": Out(1),
                "descriptor": Out(descriptor_layout(block_size, depth)),
                "refusals": Out(len(REFUSALS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        mode = {
            field.name: self.mode[field.offset : field.offset + field.width]
            for field in REGISTERS["mode"].fields
        }
        reserved = self.mode & ~Const(REGISTERS["mode"].mask, WORD_BITS)
        strange: Value = reserved.any()
        strange |= mode["from_table"] & ((mode["layer"] >= self._layers) | mode["product"].all())
        tabled = part_of(m, self.modes, mode["product"], len(mode["word"]), "tabled")
        descriptor = self.descriptor
        m.d.comb += [
            self.layer.eq(mode["layer"]),
            Cat(descriptor.rounding, descriptor.wide_x, descriptor.wide_w).eq(
                Mux(mode["from_table"], tabled, mode["word"])
            ),
            descriptor.accumulate.eq(mode["accumulate"]),
        ]
        for name in DESCRIPTOR:
            if name == "mode":
                continue
            word, field = getattr(self, name), descriptor[name]
            m.d.comb += field.eq(word)
            # Reserved bits, and bits beyond those of the engine's field.
            if len(field) < WORD_BITS:
                strange |= word[len(field) :].any()
        illegal = named(
            m, strange | is_bad(m, descriptor, self._block_size, self._depth), "illegal"
        )
        wrong = Signal(len(REFUSALS))
        with m.If(self.blocked):
            m.d.comb += wrong.eq(1 << REFUSALS.index("refused"))
        with m.Elif(illegal):
            m.d.comb += wrong.eq(1 << REFUSALS.index("descriptor"))
        with m.Elif(self.full):
            m.d.comb += wrong.eq(1 << REFUSALS.index("queue_full"))
        m.d.comb += [
            self.queue.eq(self.start & ~wrong.any()),
            self.refusals.eq(wrong & self.start.replicate(len(wrong))),
        ]
        return m
