"""The loader: FP32 operand blocks from a stream, converted, into an operand buffer."""

from amaranth.hdl import ClockSignal, Const, Instance, Module, Mux, ResetSignal, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import BANKS, NARROW_BITS
from hbfp_hw.format import RANDOM_BITS, HBFPFormat
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.bits import index_shape, named
from hbfp_hw.rtl.cell import CellFormat
from hbfp_hw.rtl.convert import Convert
from hbfp_hw.rtl.operand_buffer import bank_address, write_layout
from hbfp_hw.rtl.pe import scaled_exponent
from hbfp_hw.rtl.tile_loop import SIZE_BITS, TileLoop


def operand_converter(blocks: HBFPFormat, random_bits: int) -> Convert:
    """The converter of either operand, whose module the loaders instantiate by name."""
    return Convert(
        blocks,
        random_bits=random_bits,
        narrow_bits=NARROW_BITS,
        sign_magnitude=True,
        short=True,
    )


class Loader(wiring.Component):
    """Takes the blocks of one operand in the order of the tile loop and fills buffer banks ahead.

    A bank holds one part of the operand: the rows of a panel, or the columns of a column tile. The
    blocks of a part come line by line, those of a line along K, one per cycle; the stream waits
    while both banks are full. A word is written the cycle after its block was taken, and may be
    read from the cycle after that.

    Parameters:
        blocks: Widest format of the operand's blocks.
        fmt: Sizes of the array's cells.
        lines: Rows or columns of the array.
        tiles: Tiles in a bank, a power of two.
        depth: Blocks along K in a tile, a power of two.
        columns: Whether this is the second operand, whose lines are columns.
        panel_rows: Rows in a panel, after which the columns come again; for the second operand.
        random_bits: Random bits of stochastic rounding.

    Members:
        i: Stream of FP32 blocks.
        start: Begin a product with the settings that follow, which must stay.
        total_rows, total_columns, blocks, chunk: Sizes of the product, in rows, columns and blocks
            along K, and of a chunk.
        lanes: Elements in the last block of a line; what else it carries is ignored.
        wide, rounding, seed: How to convert.
        active: There are blocks to come.
        last, keep: Whether the next block is the last of its part, and which lanes count in it.
        release: The oldest full bank has been read.
        full: Count of full banks.
        write: Word for the operand buffer.
    """

    def __init__(
        self,
        blocks: HBFPFormat,
        fmt: CellFormat,
        *,
        lines: int,
        tiles: int,
        depth: int,
        columns: bool,
        panel_rows: int,
        random_bits: int = RANDOM_BITS,
    ):
        self._blocks = blocks
        self._fmt = fmt
        self._lines = lines
        self._tiles = tiles
        self._depth = depth
        self._columns = columns
        self._panel_rows = panel_rows
        self._random_bits = random_bits
        size = fmt.block_size
        super().__init__(
            {
                "i": In(stream.Signature(PackedArray(32, size))),
                "start": In(1),
                "total_rows": In(SIZE_BITS),
                "total_columns": In(SIZE_BITS),
                "blocks": In(SIZE_BITS),
                "chunk": In(range(self._depth + 1)),
                "lanes": In(range(size + 1)),
                "wide": In(1),
                "rounding": In(2),
                "seed": In(32),
                "active": Out(1),
                "last": Out(1),
                "keep": Out(size),
                "release": In(1),
                "full": Out(range(BANKS + 1)),
                "write": Out(write_layout(fmt, lines, BANKS * tiles * depth)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if self._columns:
            loop = TileLoop(self._panel_rows, 1, self._lines, self._depth)
            count = loop.lines_columns
        else:
            loop = TileLoop(self._lines, self._tiles, None, self._depth)
            count = loop.lines_rows
        m.submodules.loop = loop
        line, block = Signal(index_shape(self._lines)), Signal(index_shape(self._depth))
        bank, held = Signal(range(BANKS)), Signal(range(BANKS + 1))

        m.d.comb += self.i.ready.eq(loop.active & (held != BANKS))
        taken = named(m, self.i.valid & self.i.ready, "taken")
        last_block = named(m, block == loop.depth - 1, "last_block")
        last_line = named(m, line == count - 1, "last_line")
        end_of_tile = named(m, taken & last_block & last_line, "end_of_tile")
        end_of_part = named(m, taken & self.last, "end_of_part")
        m.d.comb += [
            loop.start.eq(self.start),
            loop.rows.eq(self.total_rows),
            loop.columns.eq(self.total_columns),
            loop.blocks.eq(self.blocks),
            loop.chunk.eq(self.chunk),
            loop.advance.eq(end_of_tile),
            self.active.eq(loop.active),
            self.last.eq(last_block & last_line & loop.last_tile),
        ]
        with m.If(taken):
            m.d.sync += block.eq(Mux(last_block, 0, block + 1))
            with m.If(last_block):
                m.d.sync += line.eq(Mux(last_line, 0, line + 1))
        m.d.sync += held.eq(held + end_of_part - self.release)
        with m.If(end_of_part):
            m.d.sync += bank.eq(~bank)

        self._convert(m, loop, taken & last_block, end_of_tile, block)
        # What belongs to a block waits while the block is converted.
        written, closed = Signal(), Signal()
        m.d.sync += [
            written.eq(taken),
            closed.eq(end_of_part),
            self.write.line.eq(line),
            self.write.address.eq(bank_address(block, loop.tile, bank, self._tiles)),
            self.full.eq(self.full + closed - self.release),
        ]
        m.d.comb += self.write.enable.eq(written)
        return m

    def _convert(
        self, m: Module, loop: TileLoop, end_of_line: object, end_of_tile: Signal, block: Signal
    ) -> None:
        """The converter, with the generator's step of each block, and the word it writes."""
        size = self._fmt.block_size
        convert = operand_converter(self._blocks, self._random_bits)
        payload = Signal(convert.i.payload.shape(), name="operands")
        converted = Signal(convert.o.payload.shape(), name="converted")
        m.submodules.convert = Instance(
            convert.design_name,
            ("i", "clk", ClockSignal()),
            ("i", "rst", ResetSignal()),
            ("i", "i__payload", payload),
            ("i", "i__valid", Const(1)),
            ("o", "i__ready", Signal()),
            ("o", "o__payload", converted),
            ("o", "o__valid", Signal()),
            ("i", "o__ready", Const(1)),
        )
        base = Signal(32)
        again = loop.last_column if self._columns else loop.last_tile & loop.last_panel
        with m.If(end_of_tile & again):
            m.d.sync += base.eq(0)
        with m.Elif(end_of_line):
            m.d.sync += base.eq(base + self.blocks)
        with m.If(self.start):
            m.d.sync += base.eq(0)

        short = named(m, loop.last_chunk & (block == loop.depth - 1), "short")
        for lane in range(size):
            m.d.comb += self.keep[lane].eq(~short | (self.lanes > lane))
        m.d.comb += [
            payload.keep.eq(self.keep),
            payload.values.eq(self.i.payload),
            payload.seed.eq(self.seed),
            payload.step.eq(base + loop.offset + block),
            payload.rounding.eq(self.rounding),
            payload.narrow.eq(~self.wide),
            self.write.block.mantissas.eq(converted.mantissas),
            self.write.block.exponent.eq(
                scaled_exponent(m, self._blocks, self._fmt.scaled, converted.exponent, self.wide)
            ),
        ]
