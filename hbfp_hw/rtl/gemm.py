"""The GEMM engine: FP32 operand streams in, a product of any size, FP32 results out."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.cycles.schedule import Schedule
from hbfp_hw.format import check_integer
from hbfp_hw.golden.convert import RANDOM_BITS
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.bits import is_value, named
from hbfp_hw.rtl.cell import Cell, Variant
from hbfp_hw.rtl.collector import Collector, result_layout
from hbfp_hw.rtl.loader import Loader
from hbfp_hw.rtl.operand_buffer import BANKS, OperandBuffer
from hbfp_hw.rtl.sequencer import Sequencer
from hbfp_hw.rtl.start_values import StartValues
from hbfp_hw.rtl.tile_loop import SIZE_BITS
from hbfp_hw.rtl.unit import Unit


def descriptor_layout(block_size: int) -> data.StructLayout:
    """Payload of descriptors, each of which starts a product Y = C + X·W.

    Fields: ``rows`` (M), ``columns`` (P), ``blocks`` (blocks along K) and ``lanes`` (elements in
    the last of them, 1 to N); ``wide_x`` and ``wide_w`` (6-bit operands, else 4-bit); ``rounding``
    (a :class:`~hbfp_hw.format.Rounding` code) and ``seed``; ``accumulate`` (start from C, else +0).
    """
    return data.StructLayout(
        {
            "seed": unsigned(32),
            "rows": unsigned(SIZE_BITS),
            "columns": unsigned(SIZE_BITS),
            "blocks": unsigned(SIZE_BITS),
            "lanes": range(block_size + 1),
            "rounding": unsigned(2),
            "wide_x": unsigned(1),
            "wide_w": unsigned(1),
            "accumulate": unsigned(1),
        }
    )


class GEMM(Unit):
    """Converters, operand buffers, array and tile loop: one descriptor per product.

    The order of the tile loop, from the outside in, is that of all streams: chunks of K (``depth``
    blocks each), panels of rows (``panel_tiles`` row tiles of R rows), column tiles (C columns),
    row tiles of the panel. X is loaded once per chunk, panel by panel; W once per chunk and panel,
    column tile by column tile; the blocks of a row (column) come along K. Results come tile by tile
    and row by row. If K has several chunks, the results of a chunk are the start values of the
    next: whoever drives the engine hands them back in the order in which they came.

    A bad descriptor (a size of 0, more lanes than a block has, an unknown rounding mode) is
    answered with the error flag, and nothing else happens.

    Parameters:
        variant: Kind of multipliers, mixed or native.
        rows, columns: Cells of the array, R and C.
        block_size: Lanes N of a cell.
        exponent_bits: Bits of the shared exponents, 5 to 11.
        depth: Blocks along K in a chunk, a power of two.
        panel_tiles: Row tiles in a panel, a power of two; by default the first one from C on, with
            which one block of each operand per cycle keeps the whole array busy.
        random_bits: Random bits of stochastic rounding, 1 to 16.

    Members:
        i_descriptor: Stream of descriptors (:func:`descriptor_layout`).
        i_x, i_w: Streams of FP32 blocks of X's rows and W's columns.
        i_c: Stream of start values, a row of a tile each.
        o: Stream of results (:func:`~hbfp_hw.rtl.collector.result_layout`).
        o_status: Stream with one item per descriptor, when all is done: ``error`` or not.

    Raises:
        TypeError: The variant is not a Variant, or a number is of the wrong kind.
        ValueError: A number is out of range.
    """

    unit = "gemm"

    def __init__(
        self,
        variant: Variant,
        rows: int,
        columns: int,
        block_size: int,
        exponent_bits: int = 10,
        *,
        depth: int = 32,
        panel_tiles: int | None = None,
        random_bits: int = RANDOM_BITS,
    ):
        if variant is Variant.NARROW:
            raise ValueError(f"Variant must be mixed or native, not {variant.value!r}")
        self._array = Array(variant, rows, columns, block_size, exponent_bits)
        check_integer("Random bits", random_bits, 1, 16)
        if panel_tiles is None:
            panel_tiles = 1 << (columns - 1).bit_length()
        check_power_of_two("Depth", depth, 2, 4096)
        check_power_of_two("Panel tiles", panel_tiles, 1, 256)
        self.fmt = self._array.fmt
        self.rows = rows
        self.columns = columns
        self.depth = depth
        self.panel_tiles = panel_tiles
        self.random_bits = random_bits
        self._buffers = (
            OperandBuffer(self.fmt, rows, BANKS * panel_tiles * depth, control=True),
            OperandBuffer(self.fmt, columns, BANKS * depth, control=False),
        )
        operands = stream.Signature(data.ArrayLayout(32, block_size))
        super().__init__(
            {
                "i_descriptor": In(stream.Signature(descriptor_layout(block_size))),
                "i_x": In(operands),
                "i_w": In(operands),
                "i_c": In(stream.Signature(data.ArrayLayout(32, columns))),
                "o": Out(stream.Signature(result_layout(columns))),
                "o_status": Out(stream.Signature(data.StructLayout({"error": unsigned(1)}))),
            }
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            **self._array.parameters,
            "depth": self.depth,
            "panel_tiles": self.panel_tiles,
            "random_bits": self.random_bits,
        }

    @property
    def suffix(self) -> str:
        default = 1 << (self.columns - 1).bit_length()
        tiles = "" if self.panel_tiles == default else f"_t{self.panel_tiles}"
        random_bits = "" if self.random_bits == RANDOM_BITS else f"_r{self.random_bits}"
        return f"{self._array.suffix}_d{self.depth}{tiles}{random_bits}"

    @property
    def latency(self) -> int:
        """From the last step of a tile to its last row, see :mod:`hbfp_hw.cycles`."""
        return 1 + Cell.RESULT_DELAY + self.rows + self.columns - 1

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        parts = [*self._buffers, self._array]
        return {name: part for unit in parts for name, part in unit.instances.items()}

    def schedule(self, rows: int, length: int, columns: int) -> Schedule:
        """Order of the streams for a product of M = ``rows``, K = ``length``, P = ``columns``."""
        blocks = -(-length // self.fmt.block_size)
        return Schedule(
            *(rows, columns, blocks, self.rows, self.columns), self.depth, self.panel_tiles
        )

    @property
    def memory_bits(self) -> dict[str, int]:
        """Bits of the operand buffers."""
        blocks = self.fmt.scaled.bits
        return {
            "x": BANKS * self.panel_tiles * self.depth * self.rows * blocks,
            "w": BANKS * self.depth * self.columns * blocks,
        }

    def elaborate(self, platform: object) -> Module:
        m = Module()
        size = {"panel_tiles": self.panel_tiles, "depth": self.depth}
        panel_rows = self.rows * self.panel_tiles
        m.submodules.array = array = self._array
        m.submodules.load_x = load_x = Loader(
            self.fmt,
            lines=self.rows,
            tiles=self.panel_tiles,
            depth=self.depth,
            columns=False,
            panel_rows=panel_rows,
            random_bits=self.random_bits,
        )
        m.submodules.load_w = load_w = Loader(
            self.fmt,
            lines=self.columns,
            tiles=1,
            depth=self.depth,
            columns=True,
            panel_rows=panel_rows,
            random_bits=self.random_bits,
        )
        buffer_x, buffer_w = self._buffers
        m.submodules.buffer_x, m.submodules.buffer_w = buffer_x, buffer_w
        m.submodules.start_values = start_values = StartValues(
            self.rows, self.columns, self.panel_tiles, self.depth
        )
        m.submodules.sequencer = sequencer = Sequencer(self.fmt, self.rows, self.columns, **size)
        m.submodules.collector = collector = Collector(self.rows, self.columns)

        start, descriptor = self._control(m, collector)
        for part, columns in ((load_x, False), (load_w, True)):
            m.d.comb += [
                part.start.eq(start),
                part.rows.eq(descriptor.rows),
                part.columns.eq(descriptor.columns),
                part.blocks.eq(descriptor.blocks),
                part.lanes.eq(descriptor.lanes),
                part.wide.eq(descriptor.wide_w if columns else descriptor.wide_x),
                part.rounding.eq(descriptor.rounding),
                # W's generator has the seed with every bit inverted, as in the golden model.
                part.seed.eq(~descriptor.seed if columns else descriptor.seed),
            ]
        for follower in (start_values, sequencer):
            m.d.comb += [
                follower.start.eq(start),
                follower.total_rows.eq(descriptor.rows),
                follower.total_columns.eq(descriptor.columns),
                follower.blocks.eq(descriptor.blocks),
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
        for row in range(self.rows):
            m.d.comb += array.a[row].eq(buffer_x.edge[row])
        for column in range(self.columns):
            m.d.comb += [
                array.b[column].eq(buffer_w.edge[column]),
                array.c[column].eq(start_values.bus[column]),
                collector.y[column].eq(array.y[column]),
                collector.done[column].eq(array.done[column]),
            ]
        return m

    def _control(self, m: Module, collector: Collector) -> tuple[Signal, Signal]:
        """Take a descriptor, check it, start everything, and say when the product is done."""
        descriptor = Signal(descriptor_layout(self.fmt.block_size))
        start = Signal()
        bad = named(
            m,
            is_value(descriptor.rows, 0)
            | is_value(descriptor.columns, 0)
            | is_value(descriptor.blocks, 0)
            | is_value(descriptor.lanes, 0)
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


def check_power_of_two(thing: str, value: int, least: int, most: int) -> None:
    """Raise unless ``value`` is a power of two in ``least`` … ``most``."""
    check_integer(thing, value, least, most)
    if value & (value - 1):
        raise ValueError(f"{thing} must be a power of two, not {value!r}")
