"""The GEMM engine: FP32 operand streams in, a product of any size, FP32 results out."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import BANKS, Engine
from hbfp_hw.format import RANDOM_BITS, check_integer
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.bits import is_value, named
from hbfp_hw.rtl.cell import Cell
from hbfp_hw.rtl.collector import Collector, result_layout
from hbfp_hw.rtl.loader import Loader, operand_converter
from hbfp_hw.rtl.operand_buffer import OperandBuffer
from hbfp_hw.rtl.sequencer import Sequencer
from hbfp_hw.rtl.start_values import StartValues
from hbfp_hw.rtl.tile_loop import SIZE_BITS
from hbfp_hw.rtl.unit import Unit


def descriptor_layout(block_size: int, depth: int) -> data.StructLayout:
    """Payload of descriptors, each of which starts a product Y = C + X·W.

    Fields: ``rows`` (M), ``columns`` (P), ``blocks`` (blocks along K), ``lanes`` (elements in the
    last of them, 1 to N) and ``chunk`` (blocks in a chunk of K, up to the engine's depth);
    ``wide_x`` and ``wide_w`` (6-bit operands, else 4-bit); ``rounding`` (a
    :class:`~hbfp_hw.format.Rounding` code) and ``seed``; ``accumulate`` (start from C, else +0).
    """
    return data.StructLayout(
        {
            "seed": unsigned(32),
            "rows": unsigned(SIZE_BITS),
            "columns": unsigned(SIZE_BITS),
            "blocks": unsigned(SIZE_BITS),
            "lanes": range(block_size + 1),
            "chunk": range(depth + 1),
            "rounding": unsigned(2),
            "wide_x": unsigned(1),
            "wide_w": unsigned(1),
            "accumulate": unsigned(1),
        }
    )


class GEMM(Unit):
    """Converters, operand buffers, array and tile loop: one descriptor per product.

    The order of the tile loop, from the outside in, is that of all streams: chunks of K (as many
    blocks as the descriptor says), panels of rows (``panel_tiles`` row tiles of R rows), column
    tiles (C columns), row tiles of the panel. X is loaded once per chunk, panel by panel; W once
    per chunk and panel, column tile by column tile; the blocks of a row (column) come along K.
    Results come tile by tile and row by row. If K has several chunks, the results of a chunk are
    the start values of the next: whoever drives the engine hands them back in the order in which
    they came.

    A bad descriptor (a size of 0, more lanes or blocks than there are, an unknown rounding mode) is
    answered with the error flag, and nothing else happens.

    Parameters:
        engine: Sizes.
        random_bits: Random bits of stochastic rounding, 1 to 16.

    Members:
        i_descriptor: Stream of descriptors (:func:`descriptor_layout`).
        i_x, i_w: Streams of FP32 blocks of X's rows and W's columns.
        i_c: Stream of start values, a row of a tile each.
        o: Stream of results (:func:`~hbfp_hw.rtl.collector.result_layout`).
        o_status: Stream with one item per descriptor, when all is done: ``error`` or not.

    Raises:
        TypeError: The engine is not an Engine, or the random bits are not an integer.
        ValueError: The random bits are out of range.
    """

    unit = "gemm"

    def __init__(self, engine: Engine, *, random_bits: int = RANDOM_BITS):
        if not isinstance(engine, Engine):
            raise TypeError(f"Engine must be an Engine, not {engine!r}")
        check_integer("Random bits", random_bits, 1, 16)
        self.engine = engine
        self.random_bits = random_bits
        self._blocks = engine.format(wide=True)
        # No finite number needs more: what a converter gives lies in -127 to 128.
        exponent_bits = min(engine.exponent_bits, 8)
        self._array = Array(
            *(engine.variant, engine.rows, engine.columns, engine.block_size, exponent_bits)
        )
        self.fmt = self._array.fmt
        self._buffers = (
            OperandBuffer(self.fmt, engine.rows, self._words(engine.panel_tiles), control=True),
            OperandBuffer(self.fmt, engine.columns, self._words(1), control=False),
        )
        operands = stream.Signature(data.ArrayLayout(32, engine.block_size))
        super().__init__(
            {
                "i_descriptor": In(
                    stream.Signature(descriptor_layout(engine.block_size, engine.depth))
                ),
                "i_x": In(operands),
                "i_w": In(operands),
                "i_c": In(stream.Signature(data.ArrayLayout(32, engine.columns))),
                "o": Out(stream.Signature(result_layout(engine.columns))),
                "o_status": Out(stream.Signature(data.StructLayout({"error": unsigned(1)}))),
            }
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            **self._array.parameters,
            "exponent_bits": self.engine.exponent_bits,
            "depth": self.engine.depth,
            "panel_tiles": self.engine.panel_tiles,
            "random_bits": self.random_bits,
        }

    @property
    def suffix(self) -> str:
        engine = self.engine
        changed = engine.panel_tiles != engine.default_panel_tiles
        tiles = f"_t{engine.panel_tiles}" if changed else ""
        random_bits = "" if self.random_bits == RANDOM_BITS else f"_r{self.random_bits}"
        sizes = f"{engine.rows}x{engine.columns}_{engine.variant.value}_n{engine.block_size}"
        return f"{sizes}_e{engine.exponent_bits}_d{engine.depth}{tiles}{random_bits}"

    @property
    def latency(self) -> int:
        """From the last step of a tile to its last row, see :mod:`hbfp_hw.cycles`."""
        return Cell.RESULT_DELAY + self.engine.rows + self.engine.columns

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        parts = [*self._buffers, self._array]
        converter = operand_converter(self._blocks, self.random_bits).design_name
        return {
            converter: lambda: operand_converter(self._blocks, self.random_bits),
            **{name: part for unit in parts for name, part in unit.instances.items()},
        }

    def _words(self, tiles: int) -> int:
        """Words in each memory of an operand buffer."""
        return BANKS * tiles * self.engine.depth

    @property
    def memory_bits(self) -> dict[str, int]:
        """Bits of the operand buffers."""
        blocks = self.fmt.scaled.bits
        return {
            "x": self._words(self.engine.panel_tiles) * self.engine.rows * blocks,
            "w": self._words(1) * self.engine.columns * blocks,
        }

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows, columns, depth = self.engine.rows, self.engine.columns, self.engine.depth
        panel_tiles = self.engine.panel_tiles
        m.submodules.array = array = self._array
        m.submodules.load_x = load_x = Loader(
            self._blocks,
            self.fmt,
            lines=rows,
            tiles=panel_tiles,
            depth=depth,
            columns=False,
            panel_rows=rows * panel_tiles,
            random_bits=self.random_bits,
        )
        m.submodules.load_w = load_w = Loader(
            self._blocks,
            self.fmt,
            lines=columns,
            tiles=1,
            depth=depth,
            columns=True,
            panel_rows=rows * panel_tiles,
            random_bits=self.random_bits,
        )
        buffer_x, buffer_w = self._buffers
        m.submodules.buffer_x, m.submodules.buffer_w = buffer_x, buffer_w
        m.submodules.start_values = start_values = StartValues(rows, columns, panel_tiles, depth)
        m.submodules.sequencer = sequencer = Sequencer(self.fmt, rows, columns, panel_tiles, depth)
        m.submodules.collector = collector = Collector(self.engine)

        start, descriptor = self._control(m, collector)
        for part, second in ((load_x, False), (load_w, True)):
            m.d.comb += [
                part.start.eq(start),
                part.rows.eq(descriptor.rows),
                part.columns.eq(descriptor.columns),
                part.blocks.eq(descriptor.blocks),
                part.chunk.eq(descriptor.chunk),
                part.lanes.eq(descriptor.lanes),
                part.wide.eq(descriptor.wide_w if second else descriptor.wide_x),
                part.rounding.eq(descriptor.rounding),
                # W's generator has the seed with every bit inverted, as in the golden model.
                part.seed.eq(~descriptor.seed if second else descriptor.seed),
            ]
        for follower in (start_values, sequencer):
            m.d.comb += [
                follower.start.eq(start),
                follower.total_rows.eq(descriptor.rows),
                follower.total_columns.eq(descriptor.columns),
                follower.blocks.eq(descriptor.blocks),
                follower.chunk.eq(descriptor.chunk),
                follower.accumulate.eq(descriptor.accumulate),
            ]
        wiring.connect(m, wiring.flipped(self.i_x), load_x.i)
        wiring.connect(m, wiring.flipped(self.i_w), load_w.i)
        wiring.connect(m, wiring.flipped(self.i_c), start_values.i)
        m.d.comb += [
            load_x.release.eq(sequencer.release_a),
            load_w.release.eq(sequencer.release_b),
            buffer_x.write.eq(load_x.write),
            buffer_w.write.eq(load_w.write),
            buffer_x.step.eq(sequencer.step_a),
            buffer_w.step.eq(sequencer.step_b),
            sequencer.wide_a.eq(descriptor.wide_x),
            sequencer.wide_b.eq(descriptor.wide_w),
            sequencer.full_a.eq(load_x.full),
            sequencer.full_b.eq(load_w.full),
            sequencer.full_c.eq(start_values.full),
            sequencer.room.eq(collector.room),
            start_values.take.eq(sequencer.take_c),
            start_values.run.eq(sequencer.run_c),
            start_values.needs.eq(sequencer.needs_c),
            collector.begin.eq(sequencer.begin),
            collector.record.eq(sequencer.record),
        ]
        for row in range(rows):
            m.d.comb += array.a[row].eq(buffer_x.edge[row])
        for column in range(columns):
            m.d.comb += [
                array.b[column].eq(buffer_w.edge[column]),
                array.c[column].eq(start_values.bus[column]),
                collector.y[column].eq(array.y[column]),
                collector.done[column].eq(array.done[column]),
            ]
        return m

    def _control(self, m: Module, collector: Collector) -> tuple[Signal, Signal]:
        """Take a descriptor, check it, start everything, and say when the product is done."""
        descriptor = Signal(descriptor_layout(self.fmt.block_size, self.engine.depth))
        start = Signal()
        bad = named(
            m,
            is_value(descriptor.rows, 0)
            | is_value(descriptor.columns, 0)
            | is_value(descriptor.blocks, 0)
            | is_value(descriptor.lanes, 0)
            | is_value(descriptor.chunk, 0)
            | (descriptor.chunk > self.engine.depth)
            | descriptor.rounding.all(),
            "bad_size",
        )
        if (1 << len(descriptor.lanes)) - 1 > self.fmt.block_size:
            bad = named(m, bad | (descriptor.lanes > self.fmt.block_size), "bad")
        error = self.o_status.payload.error
        busy, checking, done = Signal(), Signal(), Signal()
        finished = self.o.valid & self.o.ready & self.o.payload.last
        wiring.connect(m, collector.o, wiring.flipped(self.o))
        m.d.comb += [
            self.i_descriptor.ready.eq(~busy),
            start.eq(checking & ~bad),
            self.o_status.valid.eq(done),
        ]
        m.d.sync += checking.eq(self.i_descriptor.valid & ~busy)
        with m.If(self.i_descriptor.valid & ~busy):
            m.d.sync += [descriptor.eq(self.i_descriptor.payload), busy.eq(1)]
        with m.If(checking):
            m.d.sync += [error.eq(bad), done.eq(bad)]
        with m.If(finished):
            m.d.sync += done.eq(1)
        with m.If(done & self.o_status.ready):
            m.d.sync += [done.eq(0), busy.eq(0)]
        return start, descriptor
