"""Vectors of the array. Its ports are driven in every cycle, as in an engine."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import Batch, FieldArrays, count_classes
from hbfp_hw.cosim.vectors.sums import draw_mixed
from hbfp_hw.engine import RESULT_DELAY, START_DELAY, Variant
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.golden.accumulate import accumulate
from hbfp_hw.rtl.cell import CellFormat
from hbfp_hw.rtl.fields import Field, fields_of
from hbfp_hw.rtl.passes import DIGIT_BITS
from hbfp_hw.sim.stimulus import bits, near_pairs
from hbfp_hw.sim.stimulus.mixed import MixedBlocks, mixed_terms

LONGEST = 5
"""Most blocks of a product along K."""

SLACK = 4
"""Most idle cycles between two products beyond those that the array needs."""

WORD = [Field(name="value", offset=0, width=32, count=1, signed=False)]
BIT = [Field(name="value", offset=0, width=1, count=1, signed=False)]

Ints = NDArray[np.int64]


class ArrayVectors:
    """Products that follow each other as closely as the array allows, or after idle cycles.

    The widths of the mantissas change from block to block. Inputs that belong to no product are
    random.
    """

    meaning = "one product, an element in every cell"
    batch_size = 512

    def __init__(self, description: DesignDescription):
        given = description.parameters
        self.variant = Variant(given["variant"])
        self.rows, self.columns = given["rows"], given["columns"]
        self.format = CellFormat(self.variant, given["block_size"], given["exponent_bits"])
        a, b = (fields_of(self.format.pass_layout(control=given)) for given in (True, False))
        across = range(self.columns)
        self.fields: dict[str, list[Field]] = {
            **{f"a__{row}": a for row in range(self.rows)},
            **{f"b__{column}": b for column in across},
            **{f"{name}__{column}": WORD for name in "cy" for column in across},
            **{f"done__{column}": BIT for column in across},
        }

    def draw(self, rng: Generator, count: int) -> Batch:
        """Draw vectors; see :class:`~hbfp_hw.cosim.batch.Vectors`."""
        lengths = rng.integers(1, LONGEST + 1, count)
        blocks = int(lengths.sum())
        wide_a, wide_b = (rng.integers(0, 2, (2, blocks)) == 1) & (
            self.variant is not Variant.NARROW
        )
        sizes = self.format.block_size, self.format.exponent_bits
        a, of_a = draw_mixed(rng, "a.", np.tile(wide_a, self.rows), *sizes)
        b, of_b = draw_mixed(rng, "b.", np.tile(wide_b, self.columns), *sizes)
        terms = self._terms(a, b)
        begins = np.cumsum(lengths) - lengths
        c = near_pairs(rng, terms[:, :, begins])

        passes = np.ones(blocks, np.int64)
        if self.variant is Variant.MIXED:
            passes = (1 + wide_a) * (1 + wide_b.astype(np.int64))
        block = np.repeat(np.arange(blocks), passes)  # block of each pass
        order = np.arange(len(block)) - np.repeat(np.cumsum(passes) - passes, passes)
        slack = rng.integers(0, SLACK + 1, count) * (rng.random(count) < 0.3)
        starts, ends, openings = self._schedule(lengths, passes, slack)
        steps = ends - starts + 1
        first_steps = np.repeat(np.cumsum(steps) - steps, steps)
        cycle = np.repeat(starts, steps) + np.arange(len(block)) - first_steps
        cycles = int(ends[-1]) + self.rows + self.columns + RESULT_DELAY + 2

        split = self.variant is Variant.MIXED
        high_a = split & wide_a[block] & (order // (1 + wide_b[block]) == 0)
        high_b = split & wide_b[block] & (order % (1 + wide_b[block]) == 0)
        place = np.arange(blocks) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        control = {
            "clear": order == 0,
            "shift": ~high_b,
            "complete": order == passes[block] - 1,
            "first": (place == 0)[block],
            "last": (place == np.repeat(lengths, lengths) - 1)[block],
        }
        inputs: dict[str, FieldArrays] = {}
        for name, lines, operand, high in (
            ("a", self.rows, a, high_a),
            ("b", self.columns, b, high_b),
        ):
            lanes, exponents = self._pass_operands(operand, lines, block, high)
            for line in range(lines):
                port = self.noise(rng, f"{name}__{line}", cycles)
                port["lanes"][cycle + line] = lanes[line]
                port["exponent"][cycle + line] = exponents[line]
                if name == "a":
                    for key, values in control.items():
                        port[f"control.{key}"][cycle + line] = values
                inputs[f"{name}__{line}"] = port

        y = self._golden(terms, c, lengths)
        expected: dict[str, FieldArrays] = {}
        down = np.arange(self.rows)
        for column in range(self.columns):
            port = self.noise(rng, f"c__{column}", cycles)
            port["value"][openings[:, np.newaxis] + START_DELAY + column + down] = bits(
                c[:, column]
            ).T
            inputs[f"c__{column}"] = port
            places = ends[:, np.newaxis] + RESULT_DELAY + column + down
            results, done = np.zeros(cycles, np.uint32), np.zeros(cycles, np.uint8)
            results[places], done[places] = y[:, column].T, 1
            expected |= {f"y__{column}": {"value": results}, f"done__{column}": {"value": done}}
        modes = [f"passes.{number}" for number in (1, 2, 4)]
        drawn = count_classes("", modes, np.log2(passes).astype(int))
        whole = dict.fromkeys([*inputs, *expected], np.array([0, cycles]))
        return Batch(inputs, expected, of_a | of_b | drawn, whole)

    def _schedule(self, lengths: Ints, passes: Ints, slack: Ints) -> tuple[Ints, Ints, Ints]:
        """Return three cycles of each product at the first row and column.

        Parameters:
            lengths: Blocks of each product.
            passes: Passes of each block.
            slack: Idle cycles before each product.

        Returns:
            Cycles of the first pass, of the last pass, and of the last pass of the first block.
        """
        begins = np.cumsum(lengths) - lengths
        steps = np.add.reduceat(passes, begins)
        times = []
        free, opened, ended = 0, -self.rows, -self.rows
        for first, count, extra in zip(
            passes[begins].tolist(), steps.tolist(), slack.tolist(), strict=True
        ):
            # The rows of a column share one bus for results and one for start values, so each
            # product must leave the bus to the product before it for one cycle per row.
            start = max(free, opened + self.rows - first + 1, ended + self.rows - count + 1) + extra
            opened, ended = start + first - 1, start + count - 1
            free = start + count
            times.append((start, ended, opened))
        starts, ends, openings = np.array(times).T
        return starts, ends, openings

    def _pass_operands(
        self, operand: MixedBlocks, lines: int, block: Ints, high: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """Return lanes and exponents of every pass at every row or column of the array.

        Parameters:
            operand: Blocks of all lines, line by line.
            lines: Rows or columns of the array.
            block: Block of each pass.
            high: For each pass, whether it takes the high digit.
        """
        mantissas = operand.mantissas.reshape(lines, -1, self.format.block_size)[:, block]
        magnitude = np.abs(mantissas).astype(np.uint8)
        if self.variant is Variant.MIXED:
            upper = high[:, np.newaxis]
            magnitude = np.where(
                upper, magnitude >> DIGIT_BITS, magnitude & ((1 << DIGIT_BITS) - 1)
            )
        lanes = magnitude | (mantissas < 0).astype(np.uint8) << self.format.digit_bits
        narrow = ~operand.wide & (self.variant is not Variant.NARROW)
        exponents = operand.exponents + np.where(narrow, 2, 0).astype(np.int16)
        nan = operand.exponents == self.format.blocks.nan_exponent
        exponents[nan] = self.format.scaled.nan_exponent
        return lanes, exponents.reshape(lines, -1)[:, block]

    def noise(self, rng: Generator, port: str, cycles: int) -> dict[str, NDArray[Any]]:
        """Return random payloads of a port that complete no block."""
        made = {}
        for field in self.fields[port]:
            width, shape = field["width"], (cycles, field["count"])
            dtype = np.uint8 if width <= 8 else np.uint32 if width == 32 else np.int32
            values = rng.integers(0, 1 << width, shape, dtype)
            made[field["name"]] = values.squeeze(axis=1 if field["count"] == 1 else ())
        if "control.complete" in made:
            made["control.complete"][:] = 0
        return made

    def _terms(self, a: MixedBlocks, b: MixedBlocks) -> NDArray[np.float32]:
        """Return the rounded dot products of all pairs of blocks, shape (rows, columns, blocks)."""
        blocks = np.arange(len(a.wide) // self.rows)
        left = np.arange(self.rows)[:, np.newaxis, np.newaxis] * len(blocks) + blocks
        top = np.arange(self.columns)[:, np.newaxis] * len(blocks) + blocks
        left, top = np.broadcast_arrays(left, top)
        return mixed_terms(_take(a, left.ravel()), _take(b, top.ravel())).reshape(left.shape)

    def _golden(
        self, terms: NDArray[np.float32], c: NDArray[np.float32], lengths: Ints
    ) -> NDArray[np.uint32]:
        """Return the results, shape (rows, columns, products)."""
        begins = np.cumsum(lengths) - lengths
        y = np.empty(c.shape, np.float32)
        for length in np.unique(lengths):
            chosen = lengths == length
            parts = begins[chosen, np.newaxis] + np.arange(length)
            y[:, :, chosen] = accumulate(terms[:, :, parts], c[:, :, chosen])
        return bits(y)


def _take(blocks: MixedBlocks, index: NDArray[np.intp]) -> MixedBlocks:
    return MixedBlocks(*(part[index] for part in blocks[:3]), blocks.exponent_bits)
