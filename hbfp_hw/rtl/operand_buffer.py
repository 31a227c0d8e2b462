"""The operand buffer: blocks of one operand, one memory per row or column of the array."""

from collections.abc import Callable

from amaranth.hdl import (
    Cat,
    ClockSignal,
    Instance,
    Module,
    ResetSignal,
    ShapeLike,
    Signal,
    Value,
    unsigned,
)
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.bits import index_shape, is_value
from hbfp_hw.rtl.blocks import sign_magnitude_layout
from hbfp_hw.rtl.cell import CONTROL, CellFormat
from hbfp_hw.rtl.passes import digit


def bank_address(block: Value, tile: Value, bank: Value, tiles: int) -> Value:
    """Return the address of a block in the memory of its line."""
    return Cat(block, tile, bank) if tiles > 1 else Cat(block, bank)


def write_layout(fmt: CellFormat, lines: int, words: int) -> data.StructLayout:
    """Return the payload of a word to write.

    Fields: ``enable`` (the others are meaningless without it), ``line`` (number of the memory),
    ``address`` and ``block``.

    Parameters:
        fmt: Sizes of the cells.
        lines: Number of memories.
        words: Words of each memory; a word is one block.
    """
    return data.StructLayout(
        {
            "enable": unsigned(1),
            "line": index_shape(lines),
            "address": index_shape(words),
            "block": sign_magnitude_layout(fmt.scaled),
        }
    )


def step_layout(lines: int, words: int, *, control: bool) -> data.StructLayout:
    """Return the payload of a step of the array, which reads one word of each memory.

    Fields: ``address``, and ``high`` (take the high digits of wide mantissas). With control also
    ``lines`` (number of lines that take part) and ``control``
    (:data:`~hbfp_hw.rtl.cell.CONTROL`).
    """
    fields: dict[str, ShapeLike] = {"address": index_shape(words), "high": unsigned(1)}
    if control:
        fields |= {"lines": range(lines + 1), "control": CONTROL}
    return data.StructLayout(fields)


class OperandBuffer(wiring.Component):
    """Memories side by side that are read one after the other, as a systolic array needs it.

    A step reads the same address of every memory: of the first one in the cycle of ``step``, of
    each further one a cycle after the one before it. The words of a step reach the array's edge
    staggered, and no operand has to be delayed in registers.

    Parameters:
        fmt: Sizes of the cells that take the words.
        lines: Rows or columns of the array.
        words: Words of each memory; a word is one block.
        control: Whether the edge has control signals; lines beyond those that take part then never
            see a complete block.

    Members:
        write: In. Word to write at the end of the cycle (:func:`write_layout`).
        step: In. Word to read (:func:`step_layout`).
        edge: Out. Operands of the cells at the edge
            (:meth:`~hbfp_hw.rtl.cell.CellFormat.pass_layout`), one port per line. Line r carries
            the operands of a step r + 1 cycles after it, and anything else between steps.
    """

    _MustUse__silence = True  # an engine may be made only to be described

    def __init__(self, fmt: CellFormat, lines: int, words: int, *, control: bool):
        self._fmt = fmt
        self._control = control
        self._words = words
        self.lines = lines
        super().__init__(
            {
                "write": In(write_layout(fmt, lines, words)),
                "step": In(step_layout(lines, words, control=control)),
                "edge": Out(fmt.pass_layout(control=control)).array(lines),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        step = self.step
        for line in range(self.lines):
            # The next line has this step a cycle later, when this line's word has been read.
            late = Signal(self.step.shape(), name=f"step_{line}")
            m.d.sync += late.eq(step)
            edge = self.edge[line]
            lanes = Signal(len(edge.lanes.as_value()), name=f"lanes_{line}")
            m.submodules[f"line_{line}"] = Instance(
                self._line_name,
                ("i", "clk", ClockSignal()),
                ("i", "rst", ResetSignal()),
                ("i", "enable", self.write.enable & is_value(self.write.line, line)),
                ("i", "write_address", self.write.address),
                ("i", "block", self.write.block.as_value()),
                ("i", "read_address", step.address),
                ("i", "high", late.high),
                ("o", "lanes", lanes),
                ("o", "exponent", edge.exponent),
            )
            m.d.comb += edge.lanes.eq(lanes)
            if self._control:
                counted = late.lines > line
                m.d.comb += edge.control.eq(late.control)
                m.d.comb += edge.control.complete.eq(late.control.complete & counted)
            step = late
        return m

    @property
    def _line_name(self) -> str:
        return f"hbfp_line_{self._fmt.suffix}_w{self._words}"

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        """Makers of the modules that the buffer's Verilog instantiates, by name."""
        return {self._line_name: lambda: Line(self._fmt, self._words)}


class Line(wiring.Component):
    """The memory of one row or column, and the selection of digits of its mantissas.

    Parameters:
        fmt: Sizes of the cells that take the words.
        words: Words of the memory; a word is one block.

    Members:
        enable: In. Write ``block`` to ``write_address`` at the end of the cycle.
        write_address, block: In. Word to write; ignored without ``enable``.
        read_address: In. Word to read; it is at the outputs in the next cycle.
        high: In. Take the high digits of the word that is at the outputs.
        lanes, exponent: Out. Operand of a cell.
    """

    def __init__(self, fmt: CellFormat, words: int):
        self._fmt = fmt
        self._words = words
        operand = fmt.pass_layout(control=False)
        super().__init__(
            {
                "enable": In(1),
                "write_address": In(index_shape(words)),
                "block": In(sign_magnitude_layout(fmt.scaled)),
                "read_address": In(index_shape(words)),
                "high": In(1),
                "lanes": Out(operand["lanes"].shape),
                "exponent": Out(operand["exponent"].shape),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=self.block.shape(), depth=self._words, init=[])
        write = memory.write_port()
        read = memory.read_port()
        m.d.comb += [
            write.en.eq(self.enable),
            write.addr.eq(self.write_address),
            write.data.eq(self.block),
            read.addr.eq(self.read_address),
            self.exponent.eq(read.data.exponent),
        ]
        for lane in range(self._fmt.block_size):
            mantissa = read.data.mantissas[lane]
            m.d.comb += [
                self.lanes[lane].sign.eq(mantissa.sign),
                self.lanes[lane].magnitude.eq(
                    digit(self._fmt.variant, mantissa.magnitude, self.high)
                ),
            ]
        return m
