"""The loader: FP32 operand blocks from a stream, converted, into an operand buffer."""

from amaranth.hdl import ClockSignal, Const, Instance, Module, Mux, ResetSignal, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import BANKS, NARROW_BITS, Engine
from hbfp_hw.format import RANDOM_BITS
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.bits import index_shape, named
from hbfp_hw.rtl.blocks import scaled_exponent
from hbfp_hw.rtl.cell import CellFormat
from hbfp_hw.rtl.convert import Convert
from hbfp_hw.rtl.descriptor import ProductControl
from hbfp_hw.rtl.operand_buffer import bank_address, write_layout
from hbfp_hw.rtl.tile_loop import TileLoop

BANK_CONTROL = wiring.Signature({"full": Out(range(BANKS + 1)), "release": In(1)})
"""Hand-over of buffer banks to the sequencer, from the loader's point of view.

Members:
    full: Out. Number of banks that are completely written and not released, oldest first.
    release: In. Strobe: the oldest full bank has been read and may be overwritten. Never asserted
        while ``full`` is 0.
"""


def operand_converter(engine: Engine, random_bits: int) -> Convert:
    """Return the converter of either operand, whose module the loaders instantiate by name."""
    return Convert(
        engine.format(wide=True),
        random_bits=random_bits,
        narrow_bits=NARROW_BITS,
        sign_magnitude=True,
        short=True,
    )


class Loader(wiring.Component):
    """Takes the blocks of X or W in the order of the tile loop and fills buffer banks ahead.

    A bank holds one part of the operand: the rows of a panel of X, or the columns of a column tile
    of W. The blocks of a part come line by line (row by row or column by column), those of a line
    along K, one per cycle; the stream stalls while both banks are full. A word is written the
    cycle after its block was taken, and may be read from the cycle after that.

    Parameters:
        engine: Sizes of the engine.
        fmt: Sizes of the array's cells.
        of_w: Whether this is the loader of W, whose lines are columns, and not that of X.
        random_bits: Random bits of stochastic rounding.

    Members:
        i: In. Stream of FP32 blocks.
        control: In. The product (:class:`~hbfp_hw.rtl.descriptor.ProductControl`); ``active`` is
            asserted while blocks of it are to come.
        last: Out. The next block is the last one of its part. Valid while ``active``.
        keep: Out. Lanes of the next block that belong to the product, a bit each; the other lanes
            are ignored. Valid while ``active``.
        banks: Out. Hand-over of full banks (:data:`BANK_CONTROL`).
        write: Out. Word for the operand buffer (:func:`~hbfp_hw.rtl.operand_buffer.write_layout`);
            meaningless without ``enable``.
    """

    def __init__(
        self, engine: Engine, fmt: CellFormat, *, of_w: bool, random_bits: int = RANDOM_BITS
    ):
        self._engine = engine
        self._blocks = engine.format(wide=True)
        self._fmt = fmt
        self._of_w = of_w
        self._lines = engine.columns if of_w else engine.rows
        self._tiles = 1 if of_w else engine.panel_tiles
        self._random_bits = random_bits
        size = fmt.block_size
        words = BANKS * self._tiles * engine.depth
        super().__init__(
            {
                "i": In(stream.Signature(PackedArray(32, size))),
                "control": In(ProductControl(engine)),
                "last": Out(1),
                "keep": Out(size),
                "banks": Out(BANK_CONTROL),
                "write": Out(write_layout(fmt, self._lines, words)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # The loader of X sees all columns as one tile, that of W all rows of a panel as one.
        if self._of_w:
            panel_rows = self._engine.rows * self._engine.panel_tiles
            loop = TileLoop(self._engine, tile_rows=panel_rows, panel_tiles=1)
        else:
            loop = TileLoop(self._engine, all_columns=True)
        count = loop.lines_columns if self._of_w else loop.lines_rows
        m.submodules.loop = loop
        wiring.connect(m, wiring.flipped(self.control), loop.control)
        line = Signal(index_shape(self._lines))
        block = Signal(index_shape(self._engine.depth))
        bank = Signal(range(BANKS))
        held = Signal(range(BANKS + 1))

        m.d.comb += self.i.ready.eq(loop.control.active & (held != BANKS))
        taken = named(m, self.i.valid & self.i.ready, "taken")
        last_block = named(m, block == loop.depth - 1, "last_block")
        last_line = named(m, line == count - 1, "last_line")
        end_of_tile = named(m, taken & last_block & last_line, "end_of_tile")
        end_of_part = named(m, taken & self.last, "end_of_part")
        m.d.comb += [
            loop.advance.eq(end_of_tile),
            self.last.eq(last_block & last_line & loop.last_tile),
        ]
        with m.If(taken):
            m.d.sync += block.eq(Mux(last_block, 0, block + 1))
            with m.If(last_block):
                m.d.sync += line.eq(Mux(last_line, 0, line + 1))
        m.d.sync += held.eq(held + end_of_part - self.banks.release)
        with m.If(end_of_part):
            m.d.sync += bank.eq(~bank)

        self._convert(m, loop, taken & last_block, end_of_tile, block)
        # These registers delay what belongs to a block by the cycle that its conversion takes.
        written = Signal()
        closed = Signal()
        m.d.sync += [
            written.eq(taken),
            closed.eq(end_of_part),
            self.write.line.eq(line),
            self.write.address.eq(bank_address(block, loop.tile, bank, self._tiles)),
            self.banks.full.eq(self.banks.full + closed - self.banks.release),
        ]
        m.d.comb += self.write.enable.eq(written)
        return m

    def _convert(
        self, m: Module, loop: TileLoop, end_of_line: Value, end_of_tile: Signal, block: Signal
    ) -> None:
        """Add the converter, the generator's step of each block, and the word to write."""
        product = self.control.descriptor
        wide = product.wide_w if self._of_w else product.wide_x
        convert = operand_converter(self._engine, self._random_bits)
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
        # Lines that come again have the same random numbers as before.
        again = loop.last_column if self._of_w else loop.last_tile & loop.last_panel
        with m.If(end_of_tile & again):
            m.d.sync += base.eq(0)
        with m.Elif(end_of_line):
            m.d.sync += base.eq(base + product.blocks)
        with m.If(self.control.start):
            m.d.sync += base.eq(0)

        short = named(m, loop.last_chunk & (block == loop.depth - 1), "short")
        for lane in range(self._fmt.block_size):
            m.d.comb += self.keep[lane].eq(~short | (product.lanes > lane))
        m.d.comb += [
            payload.keep.eq(self.keep),
            payload.values.eq(self.i.payload),
            # W's generator has the seed with every bit inverted, as in the golden model.
            payload.seed.eq(~product.seed if self._of_w else product.seed),
            payload.step.eq(base + loop.offset + block),
            payload.rounding.eq(product.rounding),
            payload.narrow.eq(~wide),
            self.write.block.mantissas.eq(converted.mantissas),
            self.write.block.exponent.eq(
                scaled_exponent(m, self._blocks, self._fmt.scaled, converted.exponent, wide)
            ),
        ]
