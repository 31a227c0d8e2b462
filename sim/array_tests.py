"""cocotb tests of the array, whose edges are driven as in an engine."""

from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray

from hbfp_hw.engine import Variant
from hbfp_hw.generation.payload import pack
from hbfp_hw.golden.accumulate import accumulate
from hbfp_hw.rtl.cell import Cell, CellFormat
from hbfp_hw.rtl.fields import fields_of
from hbfp_hw.rtl.passes import DIGIT_BITS
from hbfp_hw.sim import coverage, parameters
from hbfp_hw.sim.bench import assert_equal, description, design_parameters, generator
from hbfp_hw.sim.coverage import units
from hbfp_hw.sim.stimulus import bits, floats
from hbfp_hw.sim.stimulus.mixed import MixedBlocks, mixed_blocks, mixed_terms
from hbfp_hw.sim.streams import end_of_cycle, start_clock_and_reset

LONGEST_SUM = 5
"""Largest number of blocks in one sum."""

Words = NDArray[np.uint32]


@dataclass
class ArraySum:
    """One sum in every cell.

    Members:
        a, b: Blocks of each row and of each column, line by line along K.
        blocks: Number of blocks along K.
        c: Start values, shape (rows, columns).
    """

    a: MixedBlocks
    b: MixedBlocks
    blocks: int
    c: NDArray[np.float32]

    def operands(self) -> tuple[MixedBlocks, MixedBlocks]:
        """Return the pairs of blocks that meet, in the order row, column, block along K."""
        rows, columns = self.c.shape
        along = np.arange(self.blocks)
        left = np.arange(rows)[:, np.newaxis, np.newaxis] * self.blocks + along
        top = np.arange(columns)[:, np.newaxis] * self.blocks + along
        left, top = np.broadcast_arrays(left, top)
        return _take(self.a, left.ravel()), _take(self.b, top.ravel())

    def golden(self) -> NDArray[np.uint32]:
        """Return the bits of the results by the golden model, shape (rows, columns)."""
        terms = mixed_terms(*self.operands())
        return bits(accumulate(terms.reshape(*self.c.shape, -1), self.c))

    def cover(self) -> None:
        """Count the corner classes that the cells hit."""
        terms = units.mixed_terms(*self.operands())
        units.sums(terms.reshape(*self.c.shape, -1), self.c)


def _take(blocks: MixedBlocks, index: NDArray[np.intp]) -> MixedBlocks:
    return MixedBlocks(*(part[index] for part in blocks[:3]), blocks.exponent_bits)


class EdgeStimulus:
    """Values of the input ports in each cycle. A port without an operand gets random bits."""

    def __init__(self, rng: np.random.Generator, cycles: int):
        given = design_parameters()
        self.variant = Variant(given["variant"])
        self.rows, self.columns = int(given["rows"]), int(given["columns"])
        self.fmt = CellFormat(self.variant, given["block_size"], given["exponent_bits"])
        self._layouts = {
            name: fields_of(self.fmt.pass_layout(control=name == "a")) for name in "ab"
        }
        self.ports: dict[str, list[dict[str, NDArray[np.int64]]]] = {}
        for name, lines in (("a", self.rows), ("b", self.columns)):
            self.ports[name] = [
                {
                    field["name"]: rng.integers(0, 1 << field["width"], (cycles, field["count"]))
                    for field in self._layouts[name]
                }
                for _ in range(lines)
            ]
        for port in self.ports["a"]:
            port["control.complete"][:] = 0
        self.c = rng.integers(0, 1 << 32, (self.columns, cycles), np.uint32)

    def put(
        self, name: str, blocks: MixedBlocks, index: int, line: int, cycle: int, high: bool
    ) -> None:
        """Put one operand of a pass at the port of a line, ``line`` cycles after ``cycle``.

        Parameters:
            name: Operand, ``a`` or ``b``.
            blocks, index: Blocks of the operand, and the one to put.
            line: Row or column of the array.
            cycle: Cycle of the pass at the first line.
            high: Whether to put the high digit, in a mixed array.
        """
        port = self.ports[name][line]
        fmt, wide = self.fmt, bool(blocks.wide[index])
        magnitude = np.abs(blocks.mantissas[index].astype(np.int64))
        if self.variant is Variant.MIXED:
            magnitude = magnitude >> DIGIT_BITS if high else magnitude & ((1 << DIGIT_BITS) - 1)
        signs = blocks.mantissas[index] < 0
        port["lanes"][cycle + line] = magnitude | signs.astype(np.int64) << fmt.digit_bits
        exponent = int(blocks.exponents[index])
        if exponent == fmt.blocks.nan_exponent:
            scaled = fmt.scaled.nan_exponent
        else:
            scaled = exponent + (0 if wide or self.variant is Variant.NARROW else 2)
        port["exponent"][cycle + line] = scaled

    def words(self, name: str) -> list[Words]:
        """Return the payloads of the ports, one array (cycles, words) per line."""
        return [pack(self._layouts[name], port) for port in self.ports[name]]


def _orders(wide_a: bool, wide_b: bool, variant: Variant) -> list[tuple[bool, bool]]:
    """Return for each pass, in order, whether it takes the high digit of a and of b."""
    if variant is not Variant.MIXED:
        return [(False, False)]
    parts_a, parts_b = ([True, False] if wide else [False] for wide in (wide_a, wide_b))
    return [(high_a, high_b) for high_a in parts_a for high_b in parts_b]


def _sums(rng: np.random.Generator, total: int, edges: EdgeStimulus) -> list[ArraySum]:
    """Draw sums of random lengths and widths."""
    made = []
    given = design_parameters()
    for _ in range(total):
        blocks = int(rng.integers(1, LONGEST_SUM + 1))
        # The widths change from block to block, the same for all rows and for all columns.
        wide = rng.integers(0, 2, (2, blocks)) == 1
        wide &= edges.variant is not Variant.NARROW
        a, b = (
            mixed_blocks(rng, np.tile(w, lines), given["block_size"], given["exponent_bits"])
            for w, lines in zip(wide, (edges.rows, edges.columns), strict=True)
        )
        shape = (edges.rows, edges.columns)
        c = floats(rng.integers(0x30000000, 0x50000000, shape) | rng.integers(0, 2, shape) << 31)
        made.append(ArraySum(a, b, blocks, c))
    return made


def _schedule(sums: list[ArraySum], edges: EdgeStimulus, slack: NDArray[np.int64]) -> list[int]:
    """Put all sums at the edges, as close to each other as an array allows, plus some slack.

    Parameters:
        sums: The sums, in order.
        edges: Stimulus that gets them.
        slack: Further cycles before each sum.

    Returns:
        The cycle of the last step of each sum, at the first row and column.
    """
    rows, ends, free, first_end = edges.rows, [], 0, -edges.rows
    for item, extra in zip(sums, slack.tolist(), strict=True):
        steps = [
            (block, order, high)
            for block in range(item.blocks)
            for orders in [_orders(item.a.wide[block], item.b.wide[block], edges.variant)]
            for order, high in enumerate(orders)
        ]
        opening = sum(block == 0 for block, *_ in steps) - 1
        start = max(free, first_end + rows - opening)
        start = max(start, ends[-1] + rows - len(steps) + 1 if ends else 0) + extra
        for cycle, (block, order, (high_a, high_b)) in enumerate(steps, start):
            passes = sum(other == block for other, *_ in steps)
            for row in range(rows):
                edges.put("a", item.a, row * item.blocks + block, row, cycle, high_a)
                control = {
                    "clear": order == 0,
                    "shift": not high_b,
                    "complete": order == passes - 1,
                    "first": block == 0,
                    "last": block == item.blocks - 1,
                }
                for name, value in control.items():
                    edges.ports["a"][row][f"control.{name}"][cycle + row] = value
            for column in range(edges.columns):
                edges.put("b", item.b, column * item.blocks + block, column, cycle, high_b)
        first_end = start + opening
        for column in range(edges.columns):
            read = first_end + Cell.START_DELAY + column
            edges.c[column, read : read + rows] = bits(item.c[:, column])
        free = start + len(steps)
        ends.append(free - 1)
    return ends


async def _run(dut: Any, edges: EdgeStimulus) -> tuple[Words, NDArray[np.bool_]]:
    """Drive the ports. Return results and ``done`` flags, shape (cycles, columns)."""
    ports = []
    for name in "ab":
        for line, words in enumerate(edges.words(name)):
            values = [int.from_bytes(row.tobytes(), "little") for row in words]
            ports.append((getattr(dut, f"{name}__{line}"), values))
    ports += [(getattr(dut, f"c__{k}"), column.tolist()) for k, column in enumerate(edges.c)]
    results = [
        (getattr(dut, f"y__{column}"), getattr(dut, f"done__{column}"))
        for column in range(edges.columns)
    ]
    cycles = edges.c.shape[1]
    y = np.zeros((cycles, edges.columns), np.uint32)
    done = np.zeros((cycles, edges.columns), bool)
    for cycle in range(cycles):
        for port, values in ports:
            port.value = values[cycle]
        await end_of_cycle(dut)
        for column, (value, mark) in enumerate(results):
            y[cycle, column], done[cycle, column] = int(value.value), int(mark.value)
    return y, done


def _expected(
    sums: list[ArraySum], ends: list[int], edges: EdgeStimulus
) -> tuple[Words, NDArray[np.bool_]]:
    """Return the expected results and ``done`` flags of every cycle."""
    y = np.zeros(edges.c.shape[::-1], np.uint32)
    done = np.zeros(y.shape, bool)
    for item, end in zip(sums, ends, strict=True):
        golden = item.golden()
        for column in range(edges.columns):
            first = end + column + Cell.RESULT_DELAY
            assert not done[first : first + edges.rows, column].any(), "sums too near"
            y[first : first + edges.rows, column] = golden[:, column]
            done[first : first + edges.rows, column] = True
    return y, done


async def _check(dut: Any, name: str, total: int, slack: int) -> int:
    """Check random sums with up to ``slack`` extra cycles before each. Return the latency."""
    rng = generator(name)
    longest = 4 * LONGEST_SUM + int(design_parameters()["rows"]) + slack
    edges = EdgeStimulus(rng, total * longest + 200)
    sums = _sums(rng, total, edges)
    ends = _schedule(sums, edges, rng.integers(0, slack + 1, total))
    edges.c = edges.c[:, : ends[-1] + edges.rows + edges.columns + 20]
    y, done = await _run(dut, edges)
    expected, marks = _expected(sums, ends, edges)
    assert_equal(done, marks, "marks")
    assert_equal(y, expected, "sums")
    for item in sums:
        item.cover()
    coverage.write()
    last_result = np.flatnonzero(done.any(axis=1))[-1]
    return int(last_result) - (ends[-1] + max(edges.rows, edges.columns) - 1)


@cocotb.test()
async def sums_at_the_least_distance(dut: Any) -> None:
    await start_clock_and_reset(dut)
    latency = await _check(dut, "least distance", parameters()["count"], 0)
    assert latency == description().latency


@cocotb.test()
async def sums_apart(dut: Any) -> None:
    await start_clock_and_reset(dut)
    await _check(dut, "apart", parameters()["count"], 30)


@cocotb.test()
async def reset_drops_everything(dut: Any) -> None:
    """A reset drops the sums in flight, and the next ones are right."""
    await start_clock_and_reset(dut)
    rng = generator("before the reset")
    edges = EdgeStimulus(rng, 200)
    sums = _sums(rng, 2, edges)
    ends = _schedule(sums, edges, np.zeros(2, np.int64))
    edges.c = edges.c[:, : ends[0] + 2]
    await _run(dut, edges)
    dut.rst.value = 1
    await end_of_cycle(dut)
    dut.rst.value = 0
    await _check(dut, "after the reset", 10, 0)
