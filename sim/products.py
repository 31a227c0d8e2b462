"""Products for the test benches of engines: how they are described, sent and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.engine import Engine, Schedule
from hbfp_hw.format import Rounding
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import gemm
from hbfp_hw.sim import coverage
from hbfp_hw.sim.bench import design_parameters
from hbfp_hw.sim.coverage import units
from hbfp_hw.sim.stimulus import bits

Words = NDArray[np.uint32]
Floats = NDArray[np.float32]


def design_engine() -> Engine:
    """Sizes of the engine under test."""
    return Engine.from_parameters(design_parameters())


@dataclass
class Product:
    """One product and how to convert its operands."""

    x: Floats
    w: Floats
    c: Floats | None
    wide_x: bool
    wide_w: bool
    rounding: Rounding
    seed: int

    @property
    def schedule(self) -> Schedule:
        """Its tile loop on the engine under test."""
        return design_engine().schedule(self.x.shape[0], self.x.shape[1], self.w.shape[1])

    def descriptor(self) -> dict[str, int]:
        """Fields of its descriptor."""
        return self.schedule.descriptor(
            wide_x=self.wide_x,
            wide_w=self.wide_w,
            rounding=self.rounding,
            seed=self.seed,
            accumulate=self.c is not None,
        )

    def blocks_x(self) -> Words:
        """Blocks of X in the order of the stream, shape (blocks, N)."""
        return _blocks(self.x, self.schedule.x_order(), self.schedule.engine.block_size)

    def blocks_w(self) -> Words:
        """Blocks of W in the order of the stream, shape (blocks, N)."""
        columns = np.ascontiguousarray(self.w.T)
        return _blocks(columns, self.schedule.w_order(), self.schedule.engine.block_size)

    def tiled(self, matrix: Words) -> Words:
        """The rows of tiles of a matrix like Y in the order of the streams, shape (rows, C)."""
        width = self.schedule.engine.columns
        rows, firsts = self.schedule.result_rows()
        padded = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % width)))
        return padded[rows[:, np.newaxis], firsts[:, np.newaxis] + np.arange(width)]

    def golden(self) -> Words:
        """Bits of the product by the golden model."""
        return bits(gemm(self.x, self.w, self.c, **self._conversion))

    def cover(self) -> None:
        """Count what the engine has done."""
        units.matrix_product(self.x, self.w, self.c, **self._conversion)

    @property
    def _conversion(self) -> dict[str, Any]:
        engine = design_engine()
        return {
            "fmt_x": engine.format(self.wide_x),
            "fmt_w": engine.format(self.wide_w),
            "rounding": self.rounding,
            "seed": self.seed,
            "random_bits": design_parameters()["random_bits"],
        }


def cover(products: Sequence[Product]) -> None:
    """Count what an engine has done that has computed these products in this order."""
    for product in products:
        product.cover()
    units.modes([p.wide_x for p in products], [p.wide_w for p in products])
    coverage.write()


def random_product(rng: np.random.Generator, mode: int) -> Product:
    """A product of a few tiles, panels and chunks, of values over a wide range.

    Some values have few bits, as ties have, and some are zero; of some products the results are
    subnormal or overflow.
    """
    engine = design_engine()
    rows = int(rng.integers(1, 2 * engine.rows * engine.panel_tiles + 2))
    columns = int(rng.integers(1, 3 * engine.columns + 1))
    length = int(rng.integers(1, 5 * engine.depth * engine.block_size // 2 + 1))
    return product_of_size(rng, mode, rows, length, columns)


def product_of_size(
    rng: np.random.Generator, mode: int, rows: int, length: int, columns: int
) -> Product:
    """The same with given M, K and P."""
    size = int(rng.choice([-70, 0, 0, 62]))

    def matrix(*shape: int) -> Floats:
        fractions = rng.standard_normal(shape)
        short = rng.random(shape) < 0.3
        fractions[short] = np.rint(fractions[short] * 8) / 8
        return np.ldexp(fractions, size + rng.integers(-9, 10, shape)).astype(np.float32)

    x, w = matrix(rows, length), matrix(length, columns)
    x[rng.integers(rows)] *= rng.integers(0, 2)
    if rng.random() < 0.3:
        x[rng.integers(rows), rng.integers(length)] = np.inf
    return Product(
        *(x, w, matrix(rows, columns) if mode & 4 else None),
        *(bool(mode & 1), bool(mode & 2)),
        *(Rounding(int(rng.integers(len(Rounding)))), int(rng.integers(1 << 32))),
    )


def _blocks(lines: Floats, order: Words, size: int) -> Words:
    return split(lines, size).reshape(-1, size).view(np.uint32)[order]
