"""The GEMM engine: FP32 operand streams in, a product of any size, FP32 results out."""

from collections.abc import Callable, Mapping
from typing import Any

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import BANKS, Engine
from hbfp_hw.format import RANDOM_BITS, check_integer
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.cell import Cell
from hbfp_hw.rtl.collector import Collector, result_layout
from hbfp_hw.rtl.dispatcher import Dispatcher, descriptor_layout
from hbfp_hw.rtl.fields import FP32_FIELDS, ROUNDING_FIELD
from hbfp_hw.rtl.loader import Loader, operand_converter
from hbfp_hw.rtl.operand_buffer import OperandBuffer
from hbfp_hw.rtl.sequencer import Sequencer
from hbfp_hw.rtl.start_values import StartValues
from hbfp_hw.rtl.unit import Unit


class GEMM(Unit):
    """Converters, operand buffers, array and tile loop: one descriptor per product.

    Descriptors are taken ahead: while the array works on one product, the operands of the next are
    loaded.

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
        next_x, next_w, next_c: For who wraps the engine, not ports: of the next item of the stream,
            whether it is the ``last`` one of its part or tile, and which of its values to ``keep``.
        last_row, stepping, in_work: Likewise: the row in ``o`` is the last one of its tile; the
            array is fed; there is a product whose status has not been taken.

    Raises:
        TypeError: The engine is not an Engine, or the random bits are not an integer.
        ValueError: The random bits are out of range.
    """

    unit = "gemm"
    encodings = FP32_FIELDS | ROUNDING_FIELD
    meanings: Mapping[str, str] = {
        "i_descriptor": "descriptor of one product",
        "i_x": "FP32 values of one block of X",
        "i_w": "FP32 values of one block of W",
        "i_c": "FP32 start values of one row of a tile",
        "o": "FP32 results of one row of a tile",
        "o_status": "end of one product",
    }

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
            engine.variant, engine.rows, engine.columns, engine.block_size, exponent_bits
        )
        self.fmt = self._array.fmt
        self._buffers = (
            OperandBuffer(self.fmt, engine.rows, self._words(engine.panel_tiles), control=True),
            OperandBuffer(self.fmt, engine.columns, self._words(1), control=False),
        )
        operands = stream.Signature(PackedArray(32, engine.block_size))
        super().__init__(
            {
                "i_descriptor": In(
                    stream.Signature(descriptor_layout(engine.block_size, engine.depth))
                ),
                "i_x": In(operands),
                "i_w": In(operands),
                "i_c": In(stream.Signature(PackedArray(32, engine.columns))),
                "o": Out(stream.Signature(result_layout(engine.columns))),
                "o_status": Out(stream.Signature(data.StructLayout({"error": unsigned(1)}))),
            }
        )
        self.next_x, self.next_w, self.next_c = (
            Signal(data.StructLayout({"last": 1, "keep": values}), name=f"next_{name}")
            for name, values in (
                *(("x", engine.block_size), ("w", engine.block_size)),
                ("c", engine.columns),
            )
        )
        self.last_row, self.stepping, self.in_work = Signal(), Signal(), Signal()

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
        converter = operand_converter(self._blocks, self.random_bits)
        parts = [converter, *self._buffers, self._array]
        return {
            converter.design_name: lambda: operand_converter(self._blocks, self.random_bits),
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

        parts = (load_x, load_w, start_values, sequencer)
        m.submodules.dispatcher = dispatcher = Dispatcher(self.fmt.block_size, depth, len(parts))
        m.d.comb += dispatcher.finished.eq(self.o.valid & self.o.ready & self.o.payload.last)
        for number, part in enumerate(parts):
            descriptor = dispatcher.descriptor[number]
            m.d.comb += [
                dispatcher.active[number].eq(part.active),
                part.start.eq(dispatcher.start[number]),
                part.total_rows.eq(descriptor.rows),
                part.total_columns.eq(descriptor.columns),
                part.blocks.eq(descriptor.blocks),
                part.chunk.eq(descriptor.chunk),
            ]
        for number, part in enumerate((load_x, load_w)):
            descriptor = dispatcher.descriptor[number]
            m.d.comb += [
                part.lanes.eq(descriptor.lanes),
                part.wide.eq(descriptor.wide_w if number else descriptor.wide_x),
                part.rounding.eq(descriptor.rounding),
                # W's generator has the seed with every bit inverted, as in the golden model.
                part.seed.eq(~descriptor.seed if number else descriptor.seed),
            ]
        for number, part in enumerate((start_values, sequencer), 2):
            m.d.comb += part.accumulate.eq(dispatcher.descriptor[number].accumulate)
        wiring.connect(m, wiring.flipped(self.i_descriptor), dispatcher.i)
        wiring.connect(m, dispatcher.o, wiring.flipped(self.o_status))
        wiring.connect(m, collector.o, wiring.flipped(self.o))
        for coming, part in zip((self.next_x, self.next_w, self.next_c), parts, strict=False):
            m.d.comb += [coming.last.eq(part.last), coming.keep.eq(part.keep)]
        m.d.comb += [
            self.last_row.eq(collector.last_row),
            self.stepping.eq(sequencer.stepping),
            self.in_work.eq(dispatcher.in_work),
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
            sequencer.wide_a.eq(dispatcher.descriptor[3].wide_x),
            sequencer.wide_b.eq(dispatcher.descriptor[3].wide_w),
            sequencer.full_a.eq(load_x.full),
            sequencer.full_b.eq(load_w.full),
            sequencer.full_c.eq(start_values.full),
            sequencer.room.eq(collector.room),
            start_values.take.eq(sequencer.take_c),
            start_values.run.eq(sequencer.run_c),
            start_values.needs.eq(sequencer.needs_c),
            sequencer.playing.eq(start_values.playing),
            sequencer.row.eq(start_values.row),
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
