"""Sizes of the GEMM engine and its order of work, shared by RTL, cycle model and drivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import cast

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat, Rounding, check_integer, rounding_code

NARROW_BITS = 4
WIDE_BITS = 6
MAX_LINES = 64
"""Largest number of rows or of columns of an array."""
MAX_SIZE = (1 << 16) - 1
"""Largest M, P or number of blocks along K that the engine's counters hold."""

ENGINE_SIZES = ("rows", "columns", "block_size", "exponent_bits", "depth", "panel_tiles")
"""Integer parameters of an engine, by their names in the ``.json`` of a design."""

START_DELAY = 2
"""Cycles from a block's last pass at a cell's input to the addition of its start value."""
RESULT_DELAY = 3
"""Cycles from a sum's last pass at a cell's input to the sum at its output."""
BANKS = 2
"""Banks of each operand buffer: the array reads one while the loader fills the other one."""

START_TILES = 4
"""Tiles whose start values the engine holds.

The array reads the start values of a tile over more cycles than the loader takes to receive them.
"""


class Variant(Enum):
    """Kind of multipliers in a cell of the array."""

    MIXED = "mixed"
    """4-bit multipliers (3 x 3 magnitude bits); each 6-bit operand doubles the passes."""
    NATIVE = "native"
    """6-bit multipliers (5 x 5 magnitude bits); every block takes one pass."""
    NARROW = "narrow"
    """4-bit multipliers and 4-bit blocks only: the reference that a mixed cell is compared with."""

    def passes(self, wide_a: bool, wide_b: bool) -> int:
        """Return the passes of a block dot product, given which operands have 6-bit mantissas."""
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
        rows, columns: Cells of the array: R rows and C columns, 1 to 64 each.
        block_size: Lanes N of a cell.
        exponent_bits: Bits of the shared exponents, 5 to 11.
        depth: Largest number of blocks along K in a chunk, a power of two, 2 to 4096.
        panel_tiles: Row tiles in a panel, a power of two up to 256. The default (0) stands for the
            smallest power of two that is at least C and at least 8; with it, one block of each
            operand per cycle keeps the whole array busy.

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
        check_integer("Rows", self.rows, 1, MAX_LINES)
        check_integer("Columns", self.columns, 1, MAX_LINES)
        check_integer("Block size", self.block_size, 1, 1024)
        check_integer("Exponent width", self.exponent_bits, 5, 11)
        check_power_of_two("Depth", self.depth, 2, 4096)
        if self.panel_tiles == 0:
            object.__setattr__(self, "panel_tiles", self.default_panel_tiles)
        check_power_of_two("Panel tiles", self.panel_tiles, 1, 256)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> "Engine":
        """Return the engine that the parameters in the ``.json`` of a design describe.

        Parameters:
            parameters: Parameters of a ``gemm`` or ``core``; others than the engine's are ignored.
        """
        sizes = {name: cast(int, parameters[name]) for name in ENGINE_SIZES}
        return cls(Variant(parameters["variant"]), **sizes)

    @property
    def default_panel_tiles(self) -> int:
        """Row tiles in a panel: enough that loading a column tile takes no longer than using it.

        The minimum of 8 serves small arrays, in which the one or two idle cycles between two loads
        would otherwise show.
        """
        return max(8, 1 << (self.columns - 1).bit_length())

    @property
    def tiles_in_flight(self) -> int:
        """Most tiles in flight, each from its first pass to its last result, without a stall."""
        return 2 + -(-(self.rows + self.columns + RESULT_DELAY) // self.rows)

    def format(self, wide: bool) -> HBFPFormat:
        """Return the format of an operand: wide is 6-bit mantissas, narrow 4-bit ones."""
        bits = WIDE_BITS if wide else NARROW_BITS
        return HBFPFormat(bits, self.block_size, self.exponent_bits)

    def schedule(self, rows: int, length: int, columns: int) -> "Schedule":
        """Return the order of work of a product with these M (``rows``), K and P (``columns``).

        Parameters:
            rows, length, columns: M, K and P, in values.

        Raises:
            TypeError: A size is not an integer.
            ValueError: A size is out of the range of the engine's counters.
        """
        check_integer("Rows of the product", rows, 1, MAX_SIZE)
        check_integer("Length of the product", length, 1, MAX_SIZE * self.block_size)
        check_integer("Columns of the product", columns, 1, MAX_SIZE)
        return Schedule(self, rows, length, columns)


@dataclass(frozen=True)
class Schedule:
    """Tile loop of one product on one engine; :meth:`Engine.schedule` makes it.

    The loops are, from the outside in: chunks of K, panels of rows, column tiles, and the row tiles
    of the panel. :class:`hbfp_hw.rtl.tile_loop.TileLoop` runs the same loops in hardware.

    Members:
        engine: Sizes of the engine.
        rows, length, columns: Sizes of the product: M, K and P, in values.
    """

    engine: Engine
    rows: int
    length: int
    columns: int

    @property
    def blocks(self) -> int:
        """Blocks along K; the last one may be short."""
        return -(-self.length // self.engine.block_size)

    @property
    def lanes(self) -> int:
        """Values in the last block along K."""
        return self.length - (self.blocks - 1) * self.engine.block_size

    @property
    def chunk(self) -> int:
        """Blocks in a chunk of K.

        There are as few chunks as the buffers allow, of nearly equal size: with a short last chunk
        the array would wait for the result buses.
        """
        chunks = -(-self.blocks // self.engine.depth)
        return -(-self.blocks // chunks)

    def sizes(self) -> dict[str, int]:
        """Return the sizes in the product's descriptor, by the names of its fields."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "blocks": self.blocks,
            "lanes": self.lanes,
            "chunk": self.chunk,
        }

    def descriptor(
        self, *, wide_x: bool, wide_w: bool, rounding: Rounding, seed: int, accumulate: bool
    ) -> dict[str, int]:
        """Return all fields of the product's descriptor.

        Parameters:
            wide_x, wide_w: Whether the operand has 6-bit mantissas, else 4-bit ones.
            rounding, seed: Conversion of the operands.
            accumulate: Whether the sums start from C.
        """
        return {
            **self.sizes(),
            "seed": seed,
            "rounding": rounding_code(rounding),
            "wide_x": wide_x,
            "wide_w": wide_w,
            "accumulate": accumulate,
        }

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
        """Return which block of X each transfer carries; blocks are numbered row by row along K."""
        return np.concatenate([_lines(self.rows, self.blocks, chunk) for chunk in self.chunks])

    def w_order(self) -> NDArray[np.uint32]:
        """Return which block of W each transfer carries.

        Blocks are numbered column by column along K.
        """
        panels = len(self.panels)
        return np.concatenate(
            [np.tile(_lines(self.columns, self.blocks, chunk), panels) for chunk in self.chunks]
        )

    def result_rows(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return row and first column in Y of each result row of one chunk, in stream order."""
        rows, firsts = [], []
        for panel in self.panels:
            for columns in self.column_tiles:
                rows.append(np.arange(panel.start, panel.stop))
                firsts.append(np.full(len(panel), columns.start))
        return np.concatenate(rows), np.concatenate(firsts)

    def to_tiles(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cut a matrix of the shape of Y into rows of tiles in stream order.

        The result has a row for each transfer of ``i_c`` or ``o``, and a column for each column of
        the engine. Zeros fill the columns beyond the matrix.
        """
        rows, columns = self._positions()
        padded = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % self.engine.columns)))
        return padded[rows, columns]

    def from_tiles(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return Y from the results of the last chunk, the inverse of :meth:`to_tiles`."""
        rows, columns = self._positions()
        y = np.empty((self.rows, columns.max() + 1), np.float32)
        y[rows, columns] = tiles
        return np.ascontiguousarray(y[:, : self.columns])

    def _positions(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return row and column in Y of each value that :meth:`to_tiles` returns."""
        rows, firsts = self.result_rows()
        return rows[:, np.newaxis], firsts[:, np.newaxis] + np.arange(self.engine.columns)


def _parts(whole: range, size: int) -> list[range]:
    """Cut a range into parts of ``size``; the last one may be smaller."""
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _lines(count: int, blocks: int, chunk: range) -> NDArray[np.uint32]:
    """Return the numbers of the blocks of one chunk of ``count`` lines with ``blocks`` each."""
    first = np.arange(count)[:, np.newaxis] * blocks
    return (first + np.arange(chunk.start, chunk.stop)).astype(np.uint32).ravel()
