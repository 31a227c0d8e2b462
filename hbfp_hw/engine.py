"""The GEMM engine as its RTL, its cycle model and its drivers see it: sizes, and order of work."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat, check_integer

NARROW_BITS = 4
WIDE_BITS = 6
MOST_LINES = 64
"""Most rows or columns of an array."""
MOST = (1 << 16) - 1
"""Largest size of a product that the engine's counters hold."""


START_DELAY = 2
"""Cycles from a block's last pass at a cell's input to the addition that takes a start value."""
RESULT_DELAY = 3
"""Cycles from a sum's last pass at a cell's input to the sum at its output."""
BANKS = 2
"""Banks of each operand buffer: one is read while the other one is filled."""

START_TILES = 4
"""Tiles whose start values are held: those of one are read over more cycles than they come in."""


class Variant(Enum):
    """What kind of multipliers a processing element has."""

    MIXED = "mixed"
    """4-bit-class multipliers (3 x 3 magnitude bits); a 6-bit operand takes two passes."""
    NATIVE = "native"
    """6-bit multipliers (5 x 5 magnitude bits); every block takes one pass."""
    NARROW = "narrow"
    """4-bit multipliers and 4-bit blocks only; what a mixed one is compared with."""

    def passes(self, wide_a: bool, wide_b: bool) -> int:
        """Passes of a block dot product, given which operands have 6-bit mantissas."""
        return (1 + wide_a) * (1 + wide_b) if self is Variant.MIXED else 1


def check_power_of_two(thing: str, value: int, least: int, most: int) -> None:
    """Raise unless ``value`` is a power of two in ``least`` … ``most``."""
    check_integer(thing, value, least, most)
    if value & (value - 1):
        raise ValueError(f"{thing} must be a power of two, not {value!r}")


@dataclass(frozen=True)
class Engine:
    """Sizes of a GEMM engine.

    Parameters:
        variant: Kind of multipliers, mixed or native.
        rows, columns: Processing elements of the array, R and C, 1 to 64 each.
        block_size: Lanes N of a processing element.
        exponent_bits: Bits of the shared exponents, 5 to 11.
        depth: Most blocks along K in a chunk, a power of two, 2 to 4096.
        panel_tiles: Row tiles in a panel, a power of two up to 256; by default (0) the first one
            from C on, but 8 at least, with which one block of each operand per cycle keeps the
            whole array busy.

    Raises:
        TypeError: The variant is not a Variant, or a number is of the wrong kind.
        ValueError: A number is out of range.
    """

    variant: Variant
    rows: int
    columns: int
    block_size: int
    exponent_bits: int = 10
    depth: int = 32
    panel_tiles: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.variant, Variant):
            raise TypeError(f"Variant must be a Variant, not {self.variant!r}")
        if self.variant is Variant.NARROW:
            raise ValueError(f"Variant must be mixed or native, not {self.variant.value!r}")
        check_integer("Rows", self.rows, 1, MOST_LINES)
        check_integer("Columns", self.columns, 1, MOST_LINES)
        check_integer("Block size", self.block_size, 1, 1024)
        check_integer("Exponent width", self.exponent_bits, 5, 11)
        check_power_of_two("Depth", self.depth, 2, 4096)
        if self.panel_tiles == 0:
            object.__setattr__(self, "panel_tiles", self.default_panel_tiles)
        check_power_of_two("Panel tiles", self.panel_tiles, 1, 256)

    @property
    def default_panel_tiles(self) -> int:
        """Row tiles in a panel with which loading a column tile takes no longer than using it.

        Small arrays get more: there the cycle or two between two loads would count.
        """
        return max(8, 1 << (self.columns - 1).bit_length())

    @property
    def tiles_in_flight(self) -> int:
        """Tiles that may be between their begin and their last result without holding up others."""
        return 2 + -(-(self.rows + self.columns + RESULT_DELAY) // self.rows)

    def format(self, wide: bool) -> HBFPFormat:
        """Format of an operand in a product."""
        bits = WIDE_BITS if wide else NARROW_BITS
        return HBFPFormat(bits, self.block_size, self.exponent_bits)

    def schedule(self, rows: int, length: int, columns: int) -> "Schedule":
        """Order of work of a product with M = ``rows``, K = ``length`` and P = ``columns``.

        Raises:
            TypeError: A size is not an integer.
            ValueError: A size is out of the range of the engine's counters.
        """
        check_integer("Rows of the product", rows, 1, MOST)
        check_integer("Length of the product", length, 1, MOST * self.block_size)
        check_integer("Columns of the product", columns, 1, MOST)
        return Schedule(self, rows, -(-length // self.block_size), columns)


@dataclass(frozen=True)
class Schedule:
    """The tile loop of one product on one engine, see :meth:`Engine.schedule`.

    From the outside in: chunks of K, panels of rows, column tiles, row tiles of the panel. The
    hardware's counterpart is :class:`hbfp_hw.rtl.tile_loop.TileLoop`.

    Members:
        engine: Sizes of the engine.
        rows, blocks, columns: Sizes of the product: M, blocks along K, and P.
    """

    engine: Engine
    rows: int
    blocks: int
    columns: int

    @property
    def chunk(self) -> int:
        """Blocks in a chunk of K: as few chunks as the buffers allow, and all of about one size.

        A short last chunk would leave the array waiting for the row buses.
        """
        chunks = -(-self.blocks // self.engine.depth)
        return -(-self.blocks // chunks)

    @property
    def chunks(self) -> list[range]:
        """Blocks along K of each chunk."""
        return _parts(range(self.blocks), self.chunk)

    @property
    def panels(self) -> list[range]:
        """Rows of each panel."""
        return _parts(range(self.rows), self.engine.rows * self.engine.panel_tiles)

    @property
    def column_tiles(self) -> list[range]:
        """Columns of each column tile."""
        return _parts(range(self.columns), self.engine.columns)

    def x_order(self) -> NDArray[np.uint32]:
        """Which block of X each transfer carries, row by row numbered along K."""
        return np.concatenate([_lines(self.rows, self.blocks, chunk) for chunk in self.chunks])

    def w_order(self) -> NDArray[np.uint32]:
        """Which block of W each transfer carries, column by column numbered along K."""
        panels = len(self.panels)
        return np.concatenate(
            [np.tile(_lines(self.columns, self.blocks, chunk), panels) for chunk in self.chunks]
        )

    def result_rows(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and first column of each result of one chunk, in order."""
        rows, firsts = [], []
        for panel in self.panels:
            for columns in self.column_tiles:
                rows.append(np.arange(panel.start, panel.stop))
                firsts.append(np.full(len(panel), columns.start))
        return np.concatenate(rows), np.concatenate(firsts)

    def to_tiles(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """A matrix like Y as rows of tiles in the order of results, shape (rows, C)."""
        rows, columns = self._places()
        padded = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % self.engine.columns)))
        return padded[rows, columns]

    def from_tiles(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Y from the results of the last chunk, the inverse of :meth:`to_tiles`."""
        rows, columns = self._places()
        y = np.empty((self.rows, columns.max() + 1), np.float32)
        y[rows, columns] = tiles
        return np.ascontiguousarray(y[:, : self.columns])

    def _places(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column of each value of the rows of tiles."""
        rows, firsts = self.result_rows()
        return rows[:, np.newaxis], firsts[:, np.newaxis] + np.arange(self.engine.columns)


def _parts(whole: range, size: int) -> list[range]:
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _lines(count: int, blocks: int, chunk: range) -> NDArray[np.uint32]:
    first = np.arange(count)[:, np.newaxis] * blocks
    return (first + np.arange(chunk.start, chunk.stop)).astype(np.uint32).ravel()
