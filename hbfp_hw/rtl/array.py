"""The array: rows and columns of cells that pass their operands on."""

from collections.abc import Callable, Mapping
from typing import Any

from amaranth.hdl import ClockSignal, Const, Instance, Module, ResetSignal, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import MAX_LINES, RESULT_DELAY, START_DELAY, Variant
from hbfp_hw.format import check_integer
from hbfp_hw.rtl.bits import reduce_balanced
from hbfp_hw.rtl.cell import Cell, CellFormat
from hbfp_hw.rtl.fields import FP32_FIELDS, described
from hbfp_hw.rtl.unit import Parameters, PortDetails, Unit


class Array(Unit):
    """Output-stationary systolic array of R rows and C columns of cells.

    The cell in row r and column c accumulates the dot products of the blocks of X that enter row r
    from the left and the blocks of W that enter column c from the top. In each pass, the operand of
    row r (column c) must enter r (c) cycles after that of row 0 (column 0). There is no
    handshake and no stall: the control says in each cycle what the array does.

    Results leave on one bus per column, row by row, and start values come in the same way. Two
    rows would drive a bus at once if sums came too close: the last blocks of a cell's successive
    sums must be complete at least R cycles apart, and their first blocks too.

    Parameters:
        variant: Kind of multipliers.
        rows, columns: Cells R and C, 1 to 64 each.
        block_size: Lanes N of a cell.
        exponent_bits: Bits of the shared exponents, 5 to 11.

    Members:
        a: In. Operands of the rows, one port per row
            (:meth:`~hbfp_hw.rtl.cell.CellFormat.pass_layout`, with control).
        b: In. Operands of the columns, one port per column, without control.
        c: In. FP32 start values, one bus per column. Row r reads it r cycles after row 0, which
            reads it :data:`~hbfp_hw.engine.START_DELAY` cycles after a first block's last pass;
            ignored in other cycles.
        y: Out. FP32 results, one bus per column, valid with ``done`` and zero otherwise.
        done: Out. Strobe: ``y`` of this column is a result.

    Raises:
        TypeError: The variant is not a Variant, or a number is of the wrong kind.
        ValueError: A number is out of range.
    """

    unit = "array"
    encodings = FP32_FIELDS
    meanings: Mapping[str, str] = {
        "a": "one pass of operand a for row {}",
        "b": "one pass of operand b for column {}",
        "c": "FP32 start values of column {}",
        "y": "FP32 results of column {}",
        "done": "asserted while y__{} has a result",
    }

    def __init__(
        self, variant: Variant, rows: int, columns: int, block_size: int, exponent_bits: int = 10
    ):
        check_integer("Rows", rows, 1, MAX_LINES)
        check_integer("Columns", columns, 1, MAX_LINES)
        self.fmt = CellFormat(variant, block_size, exponent_bits)
        self.rows = rows
        self.columns = columns
        super().__init__(
            {
                "a": In(self.fmt.pass_layout(control=True)).array(rows),
                "b": In(self.fmt.pass_layout(control=False)).array(columns),
                "c": In(32).array(columns),
                "y": Out(32).array(columns),
                "done": Out(1).array(columns),
            }
        )

    @property
    def parameters(self) -> Parameters:
        return {
            "variant": self.fmt.variant.value,
            "rows": self.rows,
            "columns": self.columns,
            "block_size": self.fmt.block_size,
            "exponent_bits": self.fmt.exponent_bits,
        }

    @property
    def suffix(self) -> str:
        return f"{self.rows}x{self.columns}_{self.fmt.suffix}"

    @property
    def latency(self) -> int:
        """Cycles from the last operands at the last row and column to the last result."""
        return Cell.RESULT_DELAY + min(self.rows, self.columns) - 1

    def describe_port(self, path: tuple[str | int, ...]) -> PortDetails:
        """Return the fields of a port, and its delays after the step that it belongs to."""
        name, line = str(path[0]), int(path[1])
        shape = self.signature.members[name].shape
        encodings = {} if name == "done" else self.encodings
        delays = {"a": 0, "b": 0, "c": START_DELAY, "y": RESULT_DELAY, "done": RESULT_DELAY}
        return {
            "fields": described(shape, encodings),
            "delay": delays[name] + line,
            "row_delay": 0 if name in "ab" else 1,
        }

    @property
    def instances(self) -> dict[str, Callable[[], wiring.Component]]:
        return {self.fmt.cell_name: lambda: Cell(self.fmt)}

    def elaborate(self, platform: object) -> Module:
        m = Module()
        right = [self._planes(m, self.a[row], control=True) for row in range(self.rows)]
        down = [self._planes(m, self.b[column], control=False) for column in range(self.columns)]
        for column in range(self.columns):
            results: list[Value] = []
            ends: list[Value] = []
            for row in range(self.rows):
                a_out = Signal(len(right[row]), name=f"a_{row}_{column}")
                b_out = Signal(len(down[column]), name=f"b_{row}_{column}")
                y = Signal(32, name=f"y_{row}_{column}")
                done = Signal(name=f"done_{row}_{column}")
                m.submodules[f"cell_{row}_{column}"] = Instance(
                    self.fmt.cell_name,
                    ("i", "clk", ClockSignal()),
                    ("i", "rst", ResetSignal()),
                    ("i", "enable", Const(1)),
                    ("i", "a", right[row]),
                    ("i", "b", down[column]),
                    ("i", "c", self.c[column]),
                    ("o", "a_out", a_out),
                    ("o", "b_out", b_out),
                    ("o", "y", y),
                    ("o", "done", done),
                )
                right[row], down[column] = a_out, b_out
                results.append(y)
                ends.append(done)
            # A cell's result is zero while it has none.
            m.d.comb += [
                self.y[column].eq(reduce_balanced(results, lambda x, y: x | y)),
                self.done[column].eq(reduce_balanced(ends, lambda x, y: x | y)),
            ]
        return m

    def _planes(self, m: Module, operand: "data.View[Any]", *, control: bool) -> Value:
        """Return an operand at the edge of the array as cells pass it on."""
        planes = Signal(self.fmt.plane_layout(control=control), name="planes")
        m.d.comb += self.fmt.to_planes(operand, planes)
        return planes.as_value()
