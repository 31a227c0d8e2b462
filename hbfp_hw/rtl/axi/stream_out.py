"""Beats of an AXI4-Stream from rows of results."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.core.packets import beats
from hbfp_hw.rtl.axi.ports import part_of, stream_ports
from hbfp_hw.rtl.bits import index_shape, is_value, named
from hbfp_hw.rtl.collector import result_layout


class StreamOut(wiring.Component):
    """Holds a row and sends it in beats; the next row may come with the last beat's transfer.

    A beat, once offered, stays until it is taken, even when the engine is reset. A packet that is
    cut off ends with one more beat, which has ``tlast`` and no bytes.

    Parameters:
        values: FP32 values in a row.
        size: Bytes of a beat, a multiple of 4.

    Members:
        ...: AXI4-Stream (:func:`~hbfp_hw.rtl.axi.ports.stream_ports`).
        i: In. Stream of rows (:func:`~hbfp_hw.rtl.collector.result_layout`).
        last_row: In. The row in ``i`` is the last one of its packet. Valid with ``i.valid``.
        drop: In. Take no rows, and end the packet.
        done: Out. Strobe: the last beat of a product is taken.
        busy: Out. There is a beat that has not been taken, or a packet to end.
    """

    def __init__(self, values: int, size: int):
        self._values = values
        self._size = size
        self._beats = beats(32 * values, 8 * size)
        self.ports = stream_ports(size, Out)
        super().__init__(
            {
                **self.ports,
                "i": In(stream.Signature(result_layout(values))),
                "last_row": In(1),
                "drop": In(1),
                "done": Out(1),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        last = self._beats - 1
        row = Signal(32 * self._values)
        ends_packet = Signal()
        ends_product = Signal()
        beat = Signal(index_shape(self._beats))
        full = Signal()
        open_packet = Signal()
        cut = Signal()
        closing = Signal()
        last_beat = named(m, is_value(beat, last) if last else Const(1, 1), "last_beat")
        taken = named(m, full & self.tready, "taken")
        stopping = named(m, self.drop | cut, "stopping")
        padding = 8 * self._size * self._beats - len(row)
        shown = part_of(m, Cat(row, Const(0, padding)), beat, 8 * self._size, "shown")
        kept = Mux(last_beat, (1 << (self._size - padding // 8)) - 1, (1 << self._size) - 1)
        m.d.comb += [
            self.i.ready.eq(~stopping & (~full | (taken & last_beat))),
            self.tvalid.eq(full | closing),
            self.tdata.eq(shown),
            self.tkeep.eq(kept & full.replicate(self._size)),
            self.tlast.eq((last_beat & ends_packet) | closing),
            self.done.eq(taken & last_beat & ends_product),
            self.busy.eq(full | closing | (cut & open_packet)),
        ]
        with m.If(taken):
            m.d.sync += [beat.eq(beat + 1), open_packet.eq(~self.tlast)]
            with m.If(last_beat | stopping):
                m.d.sync += [full.eq(0), beat.eq(0)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                full.eq(1),
                row.eq(self.i.payload.values.as_value()),
                ends_packet.eq(self.last_row),
                ends_product.eq(self.i.payload.last),
            ]
        # The sink may take the rest of a packet that is cut off only after the reset has ended.
        m.d.sync += cut.eq(self.drop | (cut & (full | open_packet)))
        with m.If(stopping & ~full & open_packet):
            m.d.sync += closing.eq(1)
        with m.If(closing & self.tready):
            m.d.sync += [closing.eq(0), open_packet.eq(0)]
        return m
