"""The sequencer: when which tile, block and pass enters the array."""

from amaranth.hdl import Const, Module, Mux, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import BANKS, START_DELAY, START_TILES, Variant
from hbfp_hw.rtl.bits import index_shape, is_value, named
from hbfp_hw.rtl.cell import CellFormat
from hbfp_hw.rtl.operand_buffer import bank_address, step_layout
from hbfp_hw.rtl.pe import pass_sequence
from hbfp_hw.rtl.tile_loop import SIZE_BITS, TileLoop


def record_layout(rows: int, columns: int) -> data.StructLayout:
    """What becomes of a tile's results: how many rows and columns, and is it the last tile?"""
    return data.StructLayout(
        {"rows": range(rows + 1), "columns": range(columns + 1), "last": unsigned(1)}
    )


class Sequencer(wiring.Component):
    """Walks through the tiles and, within each, through the blocks along K and their passes.

    A tile begins as soon as its operands and start values are in the buffers and there is room for
    its results; then it runs to its end without a pause, one pass per cycle. A tile with fewer
    passes than the array has rows first waits for the difference: the sums of tiles must end that
    far apart, since the rows' results share their columns' buses.

    So do start values, and the first blocks of tiles must be complete as far apart. In a product
    they are, since no tile has more passes than the one before. The first tile of the next product
    may have more; it waits until its start values come after those of the tile before.

    Parameters:
        fmt: Sizes of the array's cells.
        rows, columns: Cells of the array.
        panel_tiles, depth: Row tiles in a panel and blocks along K in a chunk, powers of two.

    Members:
        start: Begin a product with the settings that follow, which must stay.
        total_rows, total_columns, blocks, chunk: Sizes of the product and of a chunk.
        wide_a, wide_b, accumulate: Widths of the operands, and whether the first chunk starts from
            C.
        active: There are tiles to come.
        stepping: A pass enters the array.
        full_a, full_b, full_c: Full banks of the operands, and start values of how many tiles.
        room: The results of another tile have room.
        step_a, step_b: Steps for the operand buffers.
        release_a, release_b: A bank has been read.
        begin: A tile begins, with the ``record`` of its results.
        take_c: A tile begins that starts from C.
        run_c, needs_c: The step completes the first block of a tile, and whether it starts from C.
        playing, row: Start values of an earlier tile are being read, and those of which row.
    """

    def __init__(self, fmt: CellFormat, rows: int, columns: int, panel_tiles: int, depth: int):
        self._fmt = fmt
        self._rows = rows
        self._loop = (rows, panel_tiles, columns, depth)
        depth_a, depth_b = BANKS * panel_tiles * depth, BANKS * depth
        super().__init__(
            {
                "start": In(1),
                "total_rows": In(SIZE_BITS),
                "total_columns": In(SIZE_BITS),
                "blocks": In(SIZE_BITS),
                "chunk": In(range(self._loop[-1] + 1)),
                "wide_a": In(1),
                "wide_b": In(1),
                "accumulate": In(1),
                "active": Out(1),
                "stepping": Out(1),
                "full_a": In(range(BANKS + 1)),
                "full_b": In(range(BANKS + 1)),
                "full_c": In(range(START_TILES + 1)),
                "room": In(1),
                "step_a": Out(step_layout(rows, depth_a, control=True)),
                "step_b": Out(step_layout(columns, depth_b, control=False)),
                "release_a": Out(1),
                "release_b": Out(1),
                "begin": Out(1),
                "record": Out(record_layout(rows, columns)),
                "take_c": Out(1),
                "run_c": Out(1),
                "needs_c": Out(1),
                "playing": In(1),
                "row": In(index_shape(rows)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.loop = loop = TileLoop(*self._loop)
        inside = Signal()
        age, block = Signal(index_shape(self._rows)), Signal(index_shape(self._loop[-1]))
        bank_a, bank_b = Signal(range(BANKS)), Signal(range(BANKS))

        ready = (self.full_a != 0) & (self.full_b != 0) & self.room
        ready &= (self.full_c != 0) | ~self.needs_c
        m.d.comb += self.begin.eq(loop.active & ~inside & ready)
        running = named(m, inside | self.begin, "running")
        doublings = self.wide_a + self.wide_b if self._fmt.variant is Variant.MIXED else 0
        work = named(m, loop.depth << doublings, "work")
        first_block = is_value(block, 0)
        # Row 0 reads its start value START_DELAY cycles after the first block's last pass. Products
        # are further than that apart: the tile before is being read by now, or has been.
        until_read = (Const(1) << doublings) + (START_DELAY - 1)
        bus_free = ~first_block | ~self.playing | (self.row + until_read >= self._rows)
        stepping = named(m, running & (age + work >= self._rows) & bus_free, "stepping")
        high_a, high_b, clear, complete = self._passes(m, stepping)

        last_block = named(m, block == loop.depth - 1, "last_block")
        end = named(m, stepping & complete & last_block, "end")
        aged = named(m, is_value(age, self._rows - 1), "aged")
        m.d.sync += [
            inside.eq(running & ~end),
            age.eq(Mux(end | ~running, 0, Mux(aged, age, age + 1))),
        ]
        with m.If(stepping & complete):
            m.d.sync += block.eq(Mux(last_block, 0, block + 1))
        with m.If(self.release_a):
            m.d.sync += bank_a.eq(~bank_a)
        with m.If(self.release_b):
            m.d.sync += bank_b.eq(~bank_b)

        control = self.step_a.control
        m.d.comb += [
            self.active.eq(loop.active),
            self.stepping.eq(stepping),
            loop.start.eq(self.start),
            loop.rows.eq(self.total_rows),
            loop.columns.eq(self.total_columns),
            loop.blocks.eq(self.blocks),
            loop.chunk.eq(self.chunk),
            loop.advance.eq(end),
            self.release_b.eq(end & loop.last_tile),
            self.release_a.eq(end & loop.last_tile & loop.last_column),
            self.record.rows.eq(loop.lines_rows),
            self.record.columns.eq(loop.lines_columns),
            self.record.last.eq(loop.last),
            self.step_a.address.eq(bank_address(block, loop.tile, bank_a, self._loop[1])),
            self.step_a.high.eq(high_a),
            self.step_a.lines.eq(loop.lines_rows),
            self.step_b.address.eq(bank_address(block, loop.tile, bank_b, 1)),
            self.step_b.high.eq(high_b),
            control.clear.eq(clear),
            control.shift.eq(~high_b),
            control.complete.eq(stepping & complete),
            control.first.eq(first_block),
            control.last.eq(last_block),
            self.needs_c.eq(self.accumulate | ~loop.first_chunk),
            self.take_c.eq(self.begin & self.needs_c),
            self.run_c.eq(stepping & complete & first_block),
        ]
        return m

    def _passes(self, m: Module, stepping: Signal) -> tuple:
        if self._fmt.variant is Variant.MIXED:
            return pass_sequence(m, self.wide_a, self.wide_b, stepping)
        return Signal(), Signal(), Signal(init=1), Signal(init=1)
