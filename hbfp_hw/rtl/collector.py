"""The collector: results from the column buses of an array to a stream of rows."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import Engine
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.bits import index_shape, named


def result_layout(columns: int) -> data.StructLayout:
    """Return the payload of results: a row of a tile.

    Fields: ``values`` (FP32; columns beyond the product's edge are zero) and ``last``, set in the
    product's last row.
    """
    return data.StructLayout({"values": PackedArray(32, columns), "last": unsigned(1)})


def record_layout(rows: int, columns: int) -> data.StructLayout:
    """Return the record of a tile: its rows and columns, and whether it is the product's last."""
    return data.StructLayout(
        {"rows": range(rows + 1), "columns": range(columns + 1), "last": unsigned(1)}
    )


class ResultControl(wiring.Signature):
    """Announcement of tiles whose results will come, from the sequencer's point of view.

    Parameters:
        engine: Sizes of the engine.

    Members:
        begin: Out. Strobe: a tile begins. Only asserted with ``room``.
        record: Out. The tile (:func:`record_layout`). Valid with ``begin``.
        room: In. There is room for the results of one more tile.
    """

    def __init__(self, engine: Engine):
        super().__init__(
            {
                "begin": Out(1),
                "record": Out(record_layout(engine.rows, engine.columns)),
                "room": In(1),
            }
        )


class Collector(wiring.Component):
    """Gathers each row's results, which come column after column, and hands out whole rows.

    Parameters:
        engine: Sizes of the engine.

    Members:
        y, done: In. Column buses of the array; ``y`` is valid with ``done``.
        tiles: In. Tiles whose results come (:class:`ResultControl`).
        last_row: Out. The row in ``o`` is the last one of its tile. Valid with ``o.valid``.
        o: Out. Stream of rows (:func:`result_layout`), tile after tile.
    """

    def __init__(self, engine: Engine):
        self._rows = engine.rows
        self._columns = engine.columns
        self._tiles = engine.tiles_in_flight
        super().__init__(
            {
                "y": In(32).array(engine.columns),
                "done": In(1).array(engine.columns),
                "tiles": In(ResultControl(engine)),
                "last_row": Out(1),
                "o": Out(stream.Signature(result_layout(engine.columns))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layout = record_layout(self._rows, self._columns)
        m.submodules.records = records = SyncFIFO(width=layout.size, depth=self._tiles)
        record = data.View(layout, records.r_data)
        places = self._tiles * self._rows
        tiles = Signal(range(self._tiles + 1))
        rows = Signal(range(places + 1))
        row = Signal(index_shape(self._rows))
        place = Signal(index_shape(places))

        taken = named(m, self.o.valid & self.o.ready, "taken")
        last_row = named(m, row == record.rows - 1, "last_row")
        end_of_tile = named(m, taken & last_row, "end_of_tile")
        m.d.comb += [
            self.tiles.room.eq(tiles != self._tiles),
            records.w_en.eq(self.tiles.begin),
            records.w_data.eq(self.tiles.record),
            records.r_en.eq(end_of_tile),
            self.o.valid.eq(rows != 0),
            self.last_row.eq(last_row),
            self.o.payload.last.eq(last_row & record.last),
        ]
        m.d.sync += [
            tiles.eq(tiles + self.tiles.begin - end_of_tile),
            rows.eq(rows + self.done[self._columns - 1] - taken),
        ]
        with m.If(taken):
            m.d.sync += row.eq(Mux(last_row, 0, row + 1))
            m.d.sync += place.eq(Mux(place == places - 1, 0, place + 1))

        for column in range(self._columns):
            memory = Memory(shape=32, depth=places, init=[])
            m.submodules[f"memory_{column}"] = memory
            write = memory.write_port()
            read = memory.read_port(domain="comb")
            end = Signal(index_shape(places), name=f"end_{column}")
            with m.If(self.done[column]):
                m.d.sync += end.eq(Mux(end == places - 1, 0, end + 1))
            counted = named(m, record.columns > column, "counted")
            m.d.comb += [
                write.en.eq(self.done[column]),
                write.addr.eq(end),
                write.data.eq(self.y[column]),
                read.addr.eq(place),
                self.o.payload.values[column].eq(read.data & counted.replicate(32)),
            ]
        return m
