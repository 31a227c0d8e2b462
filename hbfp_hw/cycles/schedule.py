"""The order in which the GEMM engine takes operands and gives results."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import check_integer

MOST = (1 << 16) - 1
"""Largest size that the engine's counters hold."""


class Tile(NamedTuple):
    """One tile of the loop: rows and columns of Y, and blocks along K.

    ``opens_panel`` and ``opens_columns`` say that it is the first tile of its panel of rows, or of
    its column tile.
    """

    rows: range
    columns: range
    blocks: range
    opens_panel: bool
    opens_columns: bool


@dataclass(frozen=True)
class Schedule:
    """The tile loop of one product on one engine.

    From the outside in: chunks of K, panels of rows, column tiles, row tiles of the panel. The
    hardware's counterpart is :class:`hbfp_hw.rtl.tile_loop.TileLoop`.

    Parameters:
        rows, columns, blocks: Sizes of the product: M, P and blocks along K, 1 to 65,535.
        tile_rows, tile_columns: Cells of the array.
        depth: Blocks in a chunk.
        panel_tiles: Row tiles in a panel.

    Raises:
        TypeError: A size is not an integer.
        ValueError: A size is out of the range of the engine's counters.
    """

    rows: int
    columns: int
    blocks: int
    tile_rows: int
    tile_columns: int
    depth: int
    panel_tiles: int

    def __post_init__(self) -> None:
        check_integer("Rows of the product", self.rows, 1, MOST)
        check_integer("Columns of the product", self.columns, 1, MOST)
        check_integer("Blocks along K", self.blocks, 1, MOST)

    @property
    def chunks(self) -> list[range]:
        """Blocks along K of each chunk."""
        return _parts(range(self.blocks), self.depth)

    @property
    def panels(self) -> list[range]:
        """Rows of each panel."""
        return _parts(range(self.rows), self.tile_rows * self.panel_tiles)

    @property
    def column_tiles(self) -> list[range]:
        """Columns of each column tile."""
        return _parts(range(self.columns), self.tile_columns)

    def tiles(self) -> Iterator[Tile]:
        """All tiles in order."""
        for blocks in self.chunks:
            for panel in self.panels:
                for number, columns in enumerate(self.column_tiles):
                    for rows in _parts(panel, self.tile_rows):
                        opens_columns = rows.start == panel.start
                        yield Tile(
                            rows, columns, blocks, opens_columns and not number, opens_columns
                        )

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


def _parts(whole: range, size: int) -> list[range]:
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _lines(count: int, blocks: int, chunk: range) -> NDArray[np.uint32]:
    first = np.arange(count)[:, np.newaxis] * blocks
    return (first + np.arange(chunk.start, chunk.stop)).astype(np.uint32).ravel()
