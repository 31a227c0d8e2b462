"""The GEMM engine: FP32 operand streams in, a product of any size, FP32 results out."""

from collections.abc import Callable, Mapping

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import BANKS, Engine
from hbfp_hw.format import RANDOM_BITS, check_integer
from hbfp_hw.helpers.packed_array import PackedArray
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.cell import Cell
from hbfp_hw.rtl.collector import Collector, result_layout
from hbfp_hw.rtl.descriptor import descriptor_layout
from hbfp_hw.rtl.dispatcher import Dispatcher
from hbfp_hw.rtl.fields import FP32_FIELDS, ROUNDING_FIELD
from hbfp_hw.rtl.loader import Loader, operand_converter
from hbfp_hw.rtl.operand_buffer import OperandBuffer
from hbfp_hw.rtl.sequencer import Sequencer
from hbfp_hw.rtl.start_values import StartValues
from hbfp_hw.rtl.unit import Parameters, Unit


class GEMM(Unit):
    """Engine for products of any size: one descriptor starts one product Y = C + X·W.

    It holds converters, operand buffers, an array and the tile loop. Descriptors are taken ahead:
    while the array works on one product, the operands of the next are loaded.

    All streams follow the tile loop, from the outside in: chunks of K (as many blocks as the
    descriptor says), panels of rows (``panel_tiles`` row tiles of R rows), column tiles (C
    columns), row tiles of the panel. X is loaded once per chunk, panel by panel; W once per chunk
    and panel, column tile by column tile; the blocks of a row (column) come along K. Results leave
    tile by tile and row by row. If K has several chunks, the results of a chunk are the start
    values of the next: the driver of the engine hands them back in the order in which they came.

    A bad descriptor (a size of 0, more lanes than N, a chunk of more blocks than the buffers hold,
    an unknown rounding mode) is answered with the error flag and has no other effect.

    Parameters:
        engine: Sizes.
        random_bits: Random bits of stochastic rounding, 1 to 16.

    Members:
        i_descriptor: In. Stream of descriptors
            (:func:`~hbfp_hw.rtl.descriptor.descriptor_layout`).
        i_x, i_w: In. Streams of FP32 blocks of X's rows and W's columns.
        i_c: In. Stream of start values, a row of a tile each.
        o: Out. Stream of results (:func:`~hbfp_hw.rtl.collector.result_layout`).
        o_status: Out. Stream with one item per descriptor, valid when its last result has left:
            ``error`` or not.
        next_x, next_w, next_c: Not ports, but signals for a component around the engine. They
            describe the next item of the stream: whether it is the ``last`` one of its panel,
            column tile or tile, and which of its values to ``keep``. Valid while the stream is
            ready.
        last_row, stepping, in_work: Signals, not ports. The row in ``o`` is the last one of its
            tile; the array is fed in this cycle; there is a product whose status has not been
            taken.

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
        # Exponents of converted FP32 values lie in -127 to 128, so wider fields would be unused.
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
                ("x", engine.block_size),
                ("w", engine.block_size),
                ("c", engine.columns),
            )
        )
        self.last_row = Signal()
        self.stepping = Signal()
        self.in_work = Signal()

    @property
    def parameters(self) -> Parameters:
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
        """Cycles from the last step of a tile to its last row, see :mod:`hbfp_hw.cycles`."""
        return Cell.RESULT_DELAY + self.engine.rows + self.engine.columns

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        converter = operand_converter(self.engine, self.random_bits)
        parts = [converter, *self._buffers, self._array]
        return {
            converter.design_name: lambda: operand_converter(self.engine, self.random_bits),
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
        engine, array = self.engine, self._array
        load_x = Loader(engine, self.fmt, of_w=False, random_bits=self.random_bits)
        load_w = Loader(engine, self.fmt, of_w=True, random_bits=self.random_bits)
        start_values, sequencer = StartValues(engine), Sequencer(engine, self.fmt)
        buffer_x, buffer_w = self._buffers
        collector = Collector(engine)
        parts = load_x, load_w, start_values, sequencer
        dispatcher = Dispatcher(engine, len(parts))
        m.submodules.array = array
        m.submodules.load_x, m.submodules.load_w = load_x, load_w
        m.submodules.buffer_x, m.submodules.buffer_w = buffer_x, buffer_w
        m.submodules.start_values, m.submodules.sequencer = start_values, sequencer
        m.submodules.collector, m.submodules.dispatcher = collector, dispatcher

        for control, part in zip(dispatcher.parts, parts, strict=True):
            wiring.connect(m, control, part.control)
        for inner, outer in (
            (dispatcher.i, self.i_descriptor),
            (load_x.i, self.i_x),
            (load_w.i, self.i_w),
            (start_values.i, self.i_c),
            (collector.o, self.o),
            (dispatcher.o, self.o_status),
        ):
            wiring.connect(m, inner, wiring.flipped(outer))
        wiring.connect(m, load_x.banks, sequencer.banks_x)
        wiring.connect(m, load_w.banks, sequencer.banks_w)
        wiring.connect(m, sequencer.start_values, start_values.use)
        wiring.connect(m, sequencer.results, collector.tiles)
        m.d.comb += [
            dispatcher.finished.eq(self.o.valid & self.o.ready & self.o.payload.last),
            buffer_x.write.eq(load_x.write),
            buffer_w.write.eq(load_w.write),
            buffer_x.step.eq(sequencer.step_x),
            buffer_w.step.eq(sequencer.step_w),
            self.last_row.eq(collector.last_row),
            self.stepping.eq(sequencer.stepping),
            self.in_work.eq(dispatcher.in_work),
        ]
        for coming, part in (
            (self.next_x, load_x),
            (self.next_w, load_w),
            (self.next_c, start_values),
        ):
            m.d.comb += [coming.last.eq(part.last), coming.keep.eq(part.keep)]
        m.d.comb += [array.a[row].eq(edge) for row, edge in enumerate(buffer_x.edge)]
        for column in range(engine.columns):
            m.d.comb += [
                array.b[column].eq(buffer_w.edge[column]),
                array.c[column].eq(start_values.bus[column]),
                collector.y[column].eq(array.y[column]),
                collector.done[column].eq(array.done[column]),
            ]
        return m
