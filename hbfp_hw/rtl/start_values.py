"""Start values C: from a stream to the column buses of an array."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import START_TILES, Engine
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.bits import index_shape, is_value, named
from hbfp_hw.rtl.cell import Cell
from hbfp_hw.rtl.descriptor import ProductControl
from hbfp_hw.rtl.tile_loop import TileLoop


class StartControl(wiring.Signature):
    """Use of start values by the tiles, from the sequencer's point of view.

    Parameters:
        rows: Rows of the array.

    Members:
        full: In. Number of tiles whose start values are there and not taken.
        take: Out. Strobe: a tile that needs start values begins. Only asserted while ``full`` is
            not 0.
        run: Out. Strobe, asserted with the step that completes a tile's first block.
        needs: Out. Valid with ``run``: the tile starts from its start values, not from +0.
        playing: In. Asserted while rows 1 and up of a tile are being read, or +0 in their place.
        row: In. Row that is being read now. Valid while ``playing``.
    """

    def __init__(self, rows: int):
        super().__init__(
            {
                "full": In(range(START_TILES + 1)),
                "take": Out(1),
                "run": Out(1),
                "needs": Out(1),
                "playing": In(1),
                "row": In(index_shape(rows)),
            }
        )


class StartValues(wiring.Component):
    """Takes the rows of C tile by tile ahead of their use, and plays them to the array in time.

    Parameters:
        engine: Sizes of the engine.

    Members:
        i: In. Stream of rows of C, one FP32 value per column of the array.
        control: In. The product (:class:`~hbfp_hw.rtl.descriptor.ProductControl`). If it is to
            accumulate, its first chunk of K has start values too; later chunks always have.
        last: Out. The next row is the last one of its tile. Valid while ``active``.
        keep: Out. Columns of the next row that belong to the product, a bit each. Valid while
            ``active``.
        use: In. Use of the values by the tiles (:class:`StartControl`).
        bus: Out. Start values, one bus per column; +0 for a tile that has none.
    """

    def __init__(self, engine: Engine):
        self._engine = engine
        self._rows = engine.rows
        self._columns = engine.columns
        super().__init__(
            {
                "i": In(stream.Signature(PackedArray(32, engine.columns))),
                "control": In(ProductControl(engine)),
                "last": Out(1),
                "keep": Out(engine.columns),
                "use": In(StartControl(engine.rows)),
                "bus": Out(32).array(engine.columns),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.loop = loop = TileLoop(self._engine)
        wiring.connect(m, wiring.flipped(self.control), loop.control)
        row = Signal(index_shape(self._rows))
        bank = Signal(range(START_TILES))
        held = Signal(range(START_TILES + 1))
        release = Signal()
        wanted = named(m, self.control.descriptor.accumulate | ~loop.first_chunk, "wanted")
        m.d.comb += self.i.ready.eq(loop.control.active & wanted & (held != START_TILES))
        taken = named(m, self.i.valid & self.i.ready, "taken")
        last_row = named(m, row == loop.lines_rows - 1, "last_row")
        end_of_tile = named(m, taken & last_row, "end_of_tile")
        for column in range(self._columns):
            m.d.comb += self.keep[column].eq(loop.lines_columns > column)
        m.d.comb += [
            self.last.eq(last_row),
            # The loop skips tiles without start values, one per cycle.
            loop.advance.eq(end_of_tile | ~wanted),
        ]
        with m.If(taken):
            m.d.sync += row.eq(Mux(last_row, 0, row + 1))
        with m.If(end_of_tile):
            m.d.sync += bank.eq(bank + 1)
        m.d.sync += [
            held.eq(held + end_of_tile - release),
            self.use.full.eq(self.use.full + end_of_tile - self.use.take),
        ]
        self._play(m, taken, Cat(row, bank), release)
        return m

    def _play(self, m: Module, taken: Signal, write_address: Cat, release: Signal) -> None:
        """Read a tile's rows one after the other, each column a cycle after the one before."""
        begins, needed = self.use.run, self.use.needs
        # A cell reads C START_DELAY cycles after its operands, which arrive a cycle after the step.
        # The memory of C takes a cycle too, so the step is delayed by START_DELAY registers.
        for _ in range(Cell.START_DELAY):
            late = Signal()
            late_needed = Signal()
            m.d.sync += [late.eq(begins), late_needed.eq(needed)]
            begins, needed = late, late_needed
        bank = Signal(range(START_TILES))
        needs = Signal()
        now = named(m, Mux(begins, 0, self.use.row), "now")
        plays: Value = named(m, Mux(begins, needed, self.use.playing & needs), "plays")
        m.d.sync += [
            self.use.row.eq(now + 1),
            self.use.playing.eq((begins | self.use.playing) & ~is_value(now, self._rows - 1)),
            needs.eq(plays),
            bank.eq(bank + (plays & is_value(now, self._rows - 1))),
        ]
        address: Value = Cat(now, bank)
        opens: Value = named(m, begins & needed, "opens")
        for column in range(self._columns):
            memory = Memory(shape=32, depth=START_TILES << len(self.use.row), init=[])
            m.submodules[f"memory_{column}"] = memory
            write = memory.write_port()
            read = memory.read_port()
            shown = Signal(name=f"shown_{column}")
            m.d.sync += shown.eq(plays)
            m.d.comb += [
                write.en.eq(taken),
                write.addr.eq(write_address),
                write.data.eq(self.i.payload[column]),
                read.addr.eq(address),
                self.bus[column].eq(read.data & shown.replicate(32)),
            ]
            if column == self._columns - 1:
                m.d.comb += release.eq(opens)
            later = [Signal(len(value), name=f"late_{column}") for value in (address, plays, opens)]
            m.d.sync += Cat(*later).eq(Cat(address, plays, opens))
            address, plays, opens = later
