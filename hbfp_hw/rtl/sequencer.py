"""The sequencer: it decides in which cycle each tile, block and pass enters the array."""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import BANKS, START_DELAY, Engine, Variant
from hbfp_hw.rtl.bits import index_shape, is_value, named
from hbfp_hw.rtl.cell import CellFormat
from hbfp_hw.rtl.collector import ResultControl
from hbfp_hw.rtl.descriptor import ProductControl
from hbfp_hw.rtl.loader import BANK_CONTROL
from hbfp_hw.rtl.operand_buffer import bank_address, step_layout
from hbfp_hw.rtl.passes import pass_sequence
from hbfp_hw.rtl.start_values import StartControl
from hbfp_hw.rtl.tile_loop import TileLoop


class Sequencer(wiring.Component):
    """Walks through the tiles and, within each, through the blocks along K and their passes.

    A tile begins as soon as its operands and start values are in the buffers and there is room for
    its results; then it runs to its end without a pause, one pass per cycle. Results of successive
    tiles share the buses of their columns, so their sums must end at least R cycles apart. A tile
    with fewer passes than R first waits for the difference.

    The same holds for start values: the first blocks of tiles must be complete R cycles apart. In
    a product they are, since no tile has more passes than the one before. The first tile of the
    next product may have more; it waits until its start values come after those of the tile before.

    Parameters:
        engine: Sizes of the engine.
        fmt: Sizes of the array's cells.

    Members:
        control: In. The product (:class:`~hbfp_hw.rtl.descriptor.ProductControl`); ``active`` is
            asserted while tiles of it are to come.
        stepping: Out. A pass enters the array in this cycle.
        banks_x, banks_w: In. Full banks of the operands (:data:`~hbfp_hw.rtl.loader.BANK_CONTROL`).
        step_x, step_w: Out. Steps for the operand buffers
            (:func:`~hbfp_hw.rtl.operand_buffer.step_layout`). Address and ``high`` are meaningless
            while not ``stepping``; ``complete`` is then deasserted.
        results: Out. Tiles whose results will come (:class:`~hbfp_hw.rtl.collector.ResultControl`).
        start_values: Out. Use of start values (:class:`~hbfp_hw.rtl.start_values.StartControl`).
    """

    def __init__(self, engine: Engine, fmt: CellFormat):
        self._engine = engine
        self._fmt = fmt
        words_x, words_w = BANKS * engine.panel_tiles * engine.depth, BANKS * engine.depth
        super().__init__(
            {
                "control": In(ProductControl(engine)),
                "stepping": Out(1),
                "banks_x": In(BANK_CONTROL),
                "banks_w": In(BANK_CONTROL),
                "step_x": Out(step_layout(engine.rows, words_x, control=True)),
                "step_w": Out(step_layout(engine.columns, words_w, control=False)),
                "results": Out(ResultControl(engine)),
                "start_values": Out(StartControl(engine.rows)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows, product = self._engine.rows, self.control.descriptor
        start_values, results = self.start_values, self.results
        release_x, release_w = self.banks_x.release, self.banks_w.release
        m.submodules.loop = loop = TileLoop(self._engine)
        wiring.connect(m, wiring.flipped(self.control), loop.control)
        inside = Signal()
        age = Signal(index_shape(rows))
        block = Signal(index_shape(self._engine.depth))
        bank_x = Signal(range(BANKS))
        bank_w = Signal(range(BANKS))

        ready = (self.banks_x.full != 0) & (self.banks_w.full != 0) & results.room
        ready &= (start_values.full != 0) | ~start_values.needs
        m.d.comb += results.begin.eq(loop.control.active & ~inside & ready)
        running = named(m, inside | results.begin, "running")
        mixed = self._fmt.variant is Variant.MIXED
        doublings = product.wide_x + product.wide_w if mixed else 0
        work = named(m, loop.depth << doublings, "work")
        first_block = is_value(block, 0)
        # Row 0 reads its start value START_DELAY cycles after the first block's last pass. The tile
        # before is further ahead than that, so the reads of its start values have begun by now.
        until_read = (Const(1) << doublings) + (START_DELAY - 1)
        bus_free = ~first_block | ~start_values.playing | (start_values.row + until_read >= rows)
        stepping = named(m, running & (age + work >= rows) & bus_free, "stepping")
        now = pass_sequence(m, self._fmt.variant, product.wide_x, product.wide_w, stepping)

        last_block = named(m, block == loop.depth - 1, "last_block")
        end = named(m, stepping & now.last & last_block, "end")
        aged = named(m, is_value(age, rows - 1), "aged")
        m.d.sync += [
            inside.eq(running & ~end),
            age.eq(Mux(end | ~running, 0, Mux(aged, age, age + 1))),
        ]
        with m.If(stepping & now.last):
            m.d.sync += block.eq(Mux(last_block, 0, block + 1))
        with m.If(release_x):
            m.d.sync += bank_x.eq(~bank_x)
        with m.If(release_w):
            m.d.sync += bank_w.eq(~bank_w)

        control = self.step_x.control
        m.d.comb += [
            self.stepping.eq(stepping),
            loop.advance.eq(end),
            release_w.eq(end & loop.last_tile),
            release_x.eq(end & loop.last_tile & loop.last_column),
            results.record.rows.eq(loop.lines_rows),
            results.record.columns.eq(loop.lines_columns),
            results.record.last.eq(loop.last),
            self.step_x.address.eq(
                bank_address(block, loop.tile, bank_x, self._engine.panel_tiles)
            ),
            self.step_x.high.eq(now.high_a),
            self.step_x.lines.eq(loop.lines_rows),
            self.step_w.address.eq(bank_address(block, loop.tile, bank_w, 1)),
            self.step_w.high.eq(now.high_b),
            control.clear.eq(now.first),
            control.shift.eq(~now.high_b),
            control.complete.eq(stepping & now.last),
            control.first.eq(first_block),
            control.last.eq(last_block),
            start_values.needs.eq(product.accumulate | ~loop.first_chunk),
            start_values.take.eq(results.begin & start_values.needs),
            start_values.run.eq(stepping & now.last & first_block),
        ]
        return m
