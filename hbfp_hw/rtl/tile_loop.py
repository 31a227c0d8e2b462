"""The loop over a product's tiles, the same for every part of the engine that follows it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.engine import Engine
from hbfp_hw.rtl.bits import index_shape, is_value
from hbfp_hw.rtl.descriptor import SIZE_BITS, ProductControl


class TileLoop(wiring.Component):
    """Counter of the tiles of a product.

    From the outside in: chunks of K, panels of rows, column tiles, row tiles of the panel. X stays
    in its buffer for a panel, W for a column tile.

    Parameters:
        engine: Sizes of the engine.
        tile_rows: Rows in a row tile, by default those of the array.
        panel_tiles: Row tiles in a panel, by default those of the engine.
        all_columns: Whether one column tile has all columns, which leaves that loop out.

    Members:
        control: In. The product (:class:`~hbfp_hw.rtl.descriptor.ProductControl`); ``active`` says
            that the outputs describe a tile.
        advance: In. Go to the next tile. Ignored while not ``active``.
        tile: Out. Number of the row tile in its panel.
        lines_rows, lines_columns, depth: Out. Rows, columns and blocks of this tile.
        offset: Out. First block along K of this chunk.
        first_chunk: Out. The tile is in the first chunk.
        last_tile: Out. The tile is in the last row tile of its panel.
        last_column, last_panel, last_chunk: Out. The tile is in the last column tile, in the last
            panel, and in the last chunk.
        last: Out. The tile is the last one of the product.

    All outputs but ``control.active`` are meaningless while that is not asserted.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        tile_rows: int | None = None,
        panel_tiles: int | None = None,
        all_columns: bool = False,
    ):
        self._tile_rows = engine.rows if tile_rows is None else tile_rows
        self._panel_tiles = engine.panel_tiles if panel_tiles is None else panel_tiles
        self._all_columns = all_columns
        self._tile_columns = 1 if all_columns else engine.columns
        super().__init__(
            {
                "control": In(ProductControl(engine)),
                "advance": In(1),
                "tile": Out(index_shape(self._panel_tiles)),
                "lines_rows": Out(range(self._tile_rows + 1)),
                "lines_columns": Out(range(self._tile_columns + 1)),
                "depth": Out(range(engine.depth + 1)),
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
        product, active = self.control.descriptor, self.control.active
        rows, columns = self._tile_rows, self._tile_columns
        panel = rows * self._panel_tiles
        panel_left = Signal(SIZE_BITS)
        row_left = Signal(SIZE_BITS)
        column_left = Signal(SIZE_BITS)
        block_left = Signal(SIZE_BITS)
        m.d.comb += [
            self.lines_rows.eq(Mux(row_left > rows, rows, row_left)),
            self.lines_columns.eq(Mux(column_left > columns, columns, column_left)),
            self.depth.eq(Mux(self.last_chunk, block_left, product.chunk)),
            self.last_tile.eq(is_value(self.tile, self._panel_tiles - 1) | (row_left <= rows)),
            self.last_column.eq(column_left <= columns),
            self.last_panel.eq(panel_left <= panel),
            self.last_chunk.eq(block_left <= product.chunk),
            self.last.eq(self.last_tile & self.last_column & self.last_panel & self.last_chunk),
        ]
        if self._all_columns:
            m.d.comb += self.last_column.eq(1)
        next_panel = (panel_left - panel)[:SIZE_BITS]
        with m.If(active & self.advance):
            m.d.sync += [row_left.eq(row_left - rows), self.tile.eq(self.tile + 1)]
            with m.If(self.last_tile):
                m.d.sync += self.tile.eq(0)
                m.d.sync += [row_left.eq(panel_left), column_left.eq(column_left - columns)]
                with m.If(self.last_column):
                    m.d.sync += column_left.eq(product.columns)
                    m.d.sync += [row_left.eq(next_panel), panel_left.eq(next_panel)]
                    with m.If(self.last_panel):
                        m.d.sync += [row_left.eq(product.rows), panel_left.eq(product.rows)]
                        m.d.sync += block_left.eq(block_left - product.chunk)
                        m.d.sync += self.offset.eq(self.offset + product.chunk)
                        m.d.sync += self.first_chunk.eq(0)
            with m.If(self.last):
                m.d.sync += active.eq(0)
        with m.If(self.control.start):
            m.d.sync += [
                active.eq(1),
                self.first_chunk.eq(1),
                self.offset.eq(0),
                self.tile.eq(0),
                panel_left.eq(product.rows),
                row_left.eq(product.rows),
                column_left.eq(product.columns),
                block_left.eq(product.blocks),
            ]
        return m
