"""Start values C: from a stream to the column buses of an array."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import START_TILES
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.bits import index_shape, is_value, named
from hbfp_hw.rtl.cell import Cell
from hbfp_hw.rtl.tile_loop import SIZE_BITS, TileLoop


class StartValues(wiring.Component):
    """Takes the rows of C tile by tile ahead of their use, and plays them to the array in time.

    Parameters:
        rows, columns: Cells of the array.
        panel_tiles, chunk_blocks: As of the tile loop.

    Members:
        i: Stream of rows of C, one FP32 value per column of the array.
        start: Begin a product with the settings that follow, which must stay.
        total_rows, total_columns, blocks, chunk: Sizes of the product and of a chunk.
        active: There are tiles to come.
        last, keep: Whether the next row is the last of its tile, and which columns count in it.
        accumulate: The first chunk of K has start values too; later chunks always have.
        full: Count of tiles that are there.
        take: A tile that needs start values begins.
        run: The step in this cycle completes the first block of a tile, which ``needs`` them or
            starts from +0.
        bus: Start values, one bus per column.
        playing, row: The rows of a tile are being read, or +0 in their place, and which one is now;
            from row 1 on.
    """

    def __init__(self, rows: int, columns: int, panel_tiles: int, chunk_blocks: int):
        self._rows = rows
        self._columns = columns
        self._loop = (rows, panel_tiles, columns, chunk_blocks)
        super().__init__(
            {
                "i": In(stream.Signature(PackedArray(32, columns))),
                "start": In(1),
                "total_rows": In(SIZE_BITS),
                "total_columns": In(SIZE_BITS),
                "blocks": In(SIZE_BITS),
                "chunk": In(range(self._loop[-1] + 1)),
                "accumulate": In(1),
                "active": Out(1),
                "last": Out(1),
                "keep": Out(columns),
                "full": Out(range(START_TILES + 1)),
                "take": In(1),
                "run": In(1),
                "needs": In(1),
                "bus": Out(32).array(columns),
                "playing": Out(1),
                "row": Out(index_shape(rows)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.loop = loop = TileLoop(*self._loop)
        row, bank = Signal(index_shape(self._rows)), Signal(range(START_TILES))
        held, release = Signal(range(START_TILES + 1)), Signal()
        wanted = named(m, self.accumulate | ~loop.first_chunk, "wanted")
        m.d.comb += self.i.ready.eq(loop.active & wanted & (held != START_TILES))
        taken = named(m, self.i.valid & self.i.ready, "taken")
        last_row = named(m, row == loop.lines_rows - 1, "last_row")
        end_of_tile = named(m, taken & last_row, "end_of_tile")
        for column in range(self._columns):
            m.d.comb += self.keep[column].eq(loop.lines_columns > column)
        m.d.comb += [
            self.active.eq(loop.active),
            self.last.eq(last_row),
            loop.start.eq(self.start),
            loop.rows.eq(self.total_rows),
            loop.columns.eq(self.total_columns),
            loop.blocks.eq(self.blocks),
            loop.chunk.eq(self.chunk),
            # Tiles without start values are passed over, one per cycle.
            loop.advance.eq(end_of_tile | ~wanted),
        ]
        with m.If(taken):
            m.d.sync += row.eq(Mux(last_row, 0, row + 1))
        with m.If(end_of_tile):
            m.d.sync += bank.eq(bank + 1)
        m.d.sync += [
            held.eq(held + end_of_tile - release),
            self.full.eq(self.full + end_of_tile - self.take),
        ]
        self._play(m, taken, Cat(row, bank), release)
        return m

    def _play(self, m: Module, taken: Signal, write_address: Cat, release: Signal) -> None:
        """Read a tile's rows one after the other, each column a cycle after the one before."""
        begins, needed = self.run, self.needs
        # A step's block is in the cell's hands two cycles later; a read takes one of those left.
        for _ in range(Cell.START_DELAY):
            late, late_needed = Signal(), Signal()
            m.d.sync += [late.eq(begins), late_needed.eq(needed)]
            begins, needed = late, late_needed
        bank, needs = Signal(range(START_TILES)), Signal()
        now = named(m, Mux(begins, 0, self.row), "now")
        plays: Value = named(m, Mux(begins, needed, self.playing & needs), "plays")
        m.d.sync += [
            self.row.eq(now + 1),
            self.playing.eq((begins | self.playing) & ~is_value(now, self._rows - 1)),
            needs.eq(plays),
            bank.eq(bank + (plays & is_value(now, self._rows - 1))),
        ]
        address: Value = Cat(now, bank)
        opens: Value = named(m, begins & needed, "opens")
        for column in range(self._columns):
            memory = Memory(shape=32, depth=START_TILES << len(self.row), init=[])
            m.submodules[f"memory_{column}"] = memory
            write, read = memory.write_port(), memory.read_port()
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
