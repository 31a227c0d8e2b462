"""Items from the beats of an AXI4-Stream, with a check of every beat."""

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.core.packets import beats
from hbfp_hw.core.registers import STREAM_ERRORS
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.axi.ports import coming_layout, part_of, stream_ports
from hbfp_hw.rtl.bits import any_bit, index_shape, is_value, named


class StreamIn(wiring.Component):
    """Gathers the beats of an item; the last one passes straight through with those before it.

    An item of one beat passes without delay. No output of the bus depends on an input of the same
    cycle.

    Parameters:
        values: FP32 values in an item.
        size: Bytes of a beat, a multiple of 4.

    Members:
        ...: AXI4-Stream (:func:`~hbfp_hw.rtl.axi.ports.stream_ports`).
        o: Out. Stream of items. Its ``ready``, once asserted, must stay until an item is taken.
        coming: In. The next item (:func:`~hbfp_hw.rtl.axi.ports.coming_layout`); valid while
            ``o.ready`` is asserted.
        drop: In. Take and drop every beat.
        errors: Out. Errors of the beat that is taken in this cycle, a bit for each of
            :data:`~hbfp_hw.core.registers.STREAM_ERRORS`; zero in a cycle without one.
    """

    def __init__(self, values: int, size: int):
        self._values = values
        self._words = size // 4
        self._beats = beats(32 * values, 8 * size)
        self.ports = stream_ports(size, In)
        super().__init__(
            {
                **self.ports,
                "o": Out(stream.Signature(PackedArray(32, values))),
                "coming": In(coming_layout(values)),
                "drop": In(1),
                "errors": Out(len(STREAM_ERRORS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        last = self._beats - 1
        beat = Signal(index_shape(self._beats))
        taken = named(m, self.tvalid & self.tready & ~self.drop, "taken")
        last_beat = named(m, is_value(beat, last) if last else Const(1, 1), "last_beat")
        parts: list[Value] = []
        for number in range(last):
            part = Signal(len(self.tdata), name=f"part_{number}")
            with m.If(taken & is_value(beat, number)):
                m.d.sync += part.eq(self.tdata)
            parts.append(part)
        item: Value = Cat(*parts, self.tdata)
        m.d.comb += [
            self.tready.eq(self.drop | self.o.ready),
            self.o.valid.eq(self.tvalid & last_beat & ~self.drop),
            self.o.payload.as_value().eq(item[: 32 * self._values]),
        ]
        if last:
            with m.If(self.drop | (taken & last_beat)):
                m.d.sync += beat.eq(0)
            with m.Elif(taken):
                m.d.sync += beat.eq(beat + 1)

        end = named(m, last_beat & self.coming.last, "end")
        needed = Cat(self.coming.keep, Const(0, self._beats * self._words - self._values))
        words = part_of(m, needed, beat, self._words, "words")
        lost = [words[word] & ~self.tkeep[4 * word :][:4].all() for word in range(self._words)]
        m.d.comb += self.errors.eq(
            Cat(self.tlast & ~end, ~self.tlast & end, any_bit(Cat(*lost)))
            & taken.replicate(len(self.errors))
        )
        return m
