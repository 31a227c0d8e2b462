"""The loop over a product's tiles, the same for everything that follows it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.bits import index_shape, is_value

SIZE_BITS = 16
"""Bits of the sizes of a product."""


class TileLoop(wiring.Component):
    """Counts through the tiles of a product.

    From the outside in: chunks of K, panels of rows, column tiles, row tiles of the panel. The
    operand of the rows stays in its buffer for a panel, that of the columns for a column tile.

    Parameters:
        tile_rows: Rows in a row tile.
        panel_tiles: Row tiles in a panel.
        tile_columns: Columns in a column tile; None leaves that loop out.
        chunk_blocks: Most blocks along K in a chunk.

    Members:
        start: Begin with the sizes ``rows``, ``columns``, ``blocks`` and ``chunk`` (blocks along
            K in a chunk), which must stay.
        advance: Go to the next tile; the loop is inactive after the last one.
        active: There is a tile.
        tile: Number of the row tile in its panel.
        lines_rows, lines_columns, depth: Rows, columns and blocks of this tile.
        offset: First block of this chunk.
        first_chunk, last_tile, last_column, last_panel, last_chunk, last: Where the tile stands:
            in the first chunk, last row tile of its panel, in the last column tile, in the last
            panel, in the last chunk, and last of all.
    """

    def __init__(
        self, tile_rows: int, panel_tiles: int, tile_columns: int | None, chunk_blocks: int
    ):
        self._tile_rows = tile_rows
        self._panel_tiles = panel_tiles
        self._tile_columns = tile_columns
        super().__init__(
            {
                "start": In(1),
                "rows": In(SIZE_BITS),
                "columns": In(SIZE_BITS),
                "blocks": In(SIZE_BITS),
                "chunk": In(range(chunk_blocks + 1)),
                "advance": In(1),
                "active": Out(1),
                "tile": Out(index_shape(panel_tiles)),
                "lines_rows": Out(range(tile_rows + 1)),
                "lines_columns": Out(range((tile_columns or 1) + 1)),
                "depth": Out(range(chunk_blocks + 1)),
                "offset": Out(SIZE_BITS),
                "first_chunk": Out(1),
                "last_tile": Out(1),
                "last_column": Out(1),
                "last_panel": Out(1),
                "last_chunk": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        panel = self._tile_rows * self._panel_tiles
        columns = self._tile_columns or 1
        panel_left, row_left = Signal(SIZE_BITS), Signal(SIZE_BITS)
        column_left, block_left = Signal(SIZE_BITS), Signal(SIZE_BITS)
        m.d.comb += [
            self.lines_rows.eq(Mux(row_left > self._tile_rows, self._tile_rows, row_left)),
            self.lines_columns.eq(Mux(column_left > columns, columns, column_left)),
            self.depth.eq(Mux(self.last_chunk, block_left, self.chunk)),
            self.last_tile.eq(
                is_value(self.tile, self._panel_tiles - 1) | (row_left <= self._tile_rows)
            ),
            self.last_column.eq(column_left <= columns),
            self.last_panel.eq(panel_left <= panel),
            self.last_chunk.eq(block_left <= self.chunk),
            self.last.eq(self.last_tile & self.last_column & self.last_panel & self.last_chunk),
        ]
        if self._tile_columns is None:
            m.d.comb += self.last_column.eq(1)
        next_panel = (panel_left - panel)[:SIZE_BITS]
        with m.If(self.active & self.advance):
            m.d.sync += [row_left.eq(row_left - self._tile_rows), self.tile.eq(self.tile + 1)]
            with m.If(self.last_tile):
                m.d.sync += self.tile.eq(0)
                m.d.sync += [row_left.eq(panel_left), column_left.eq(column_left - columns)]
                with m.If(self.last_column):
                    m.d.sync += column_left.eq(self.columns)
                    m.d.sync += [row_left.eq(next_panel), panel_left.eq(next_panel)]
                    with m.If(self.last_panel):
                        m.d.sync += [row_left.eq(self.rows), panel_left.eq(self.rows)]
                        m.d.sync += block_left.eq(block_left - self.chunk)
                        m.d.sync += self.offset.eq(self.offset + self.chunk)
                        m.d.sync += self.first_chunk.eq(0)
            with m.If(self.last):
                m.d.sync += self.active.eq(0)
        with m.If(self.start):
            m.d.sync += [
                self.active.eq(1),
                self.first_chunk.eq(1),
                self.offset.eq(0),
                self.tile.eq(0),
                panel_left.eq(self.rows),
                row_left.eq(self.rows),
                column_left.eq(self.columns),
                block_left.eq(self.blocks),
            ]
        return m
