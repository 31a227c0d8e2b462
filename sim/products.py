"""Products for the tests of ``gemm`` and ``core``: operands, payloads and expected results."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.engine import Engine, Schedule
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.convert import split
from hbfp_hw.golden.gemm import gemm
from hbfp_hw.sim import coverage
from hbfp_hw.sim.bench import design_parameters, generator
from hbfp_hw.sim.coverage import units
from hbfp_hw.sim.stimulus import bits

Words = NDArray[np.uint32]
Floats = NDArray[np.float32]


def design_engine() -> Engine:
    """Return the sizes of the engine under test."""
    return Engine.from_parameters(design_parameters())


@dataclass
class EngineProduct:
    """One product on the engine under test.

    Members:
        x, w, c: Operands, and start values or None.
        wide_x, wide_w: Whether the operands have 6-bit mantissas.
        rounding, seed: Conversion of the operands.
    """

    x: Floats
    w: Floats
    c: Floats | None
    wide_x: bool
    wide_w: bool
    rounding: Rounding
    seed: int

    @property
    def schedule(self) -> Schedule:
        """Its schedule on the engine under test."""
        return design_engine().schedule(self.x.shape[0], self.x.shape[1], self.w.shape[1])

    def descriptor(self) -> dict[str, int]:
        """Return the fields of its descriptor."""
        return self.schedule.descriptor(
            wide_x=self.wide_x,
            wide_w=self.wide_w,
            rounding=self.rounding,
            seed=self.seed,
            accumulate=self.c is not None,
        )

    def blocks_x(self) -> Words:
        """Return the blocks of X in stream order, shape (transfers, N)."""
        return _blocks(self.x, self.schedule.x_order(), self.schedule.engine.block_size)

    def blocks_w(self) -> Words:
        """Return the blocks of W in stream order, shape (transfers, N)."""
        columns = np.ascontiguousarray(self.w.T)
        return _blocks(columns, self.schedule.w_order(), self.schedule.engine.block_size)

    def tiled(self, matrix: Words) -> Words:
        """Cut a matrix of Y's shape into rows of tiles in stream order, shape (rows, columns)."""
        width = self.schedule.engine.columns
        rows, firsts = self.schedule.result_rows()
        padded = np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % width)))
        return padded[rows[:, np.newaxis], firsts[:, np.newaxis] + np.arange(width)]

    def golden(self) -> Words:
        """Return the bits of Y by the golden model."""
        fmt_x, fmt_w = self._formats
        return bits(
            gemm(
                self.x,
                self.w,
                self.c,
                fmt_x=fmt_x,
                fmt_w=fmt_w,
                rounding=self.rounding,
                seed=self.seed,
                random_bits=design_parameters()["random_bits"],
            )
        )

    def cover(self) -> None:
        """Count the corner classes that the engine hit in this product."""
        conversion = Conversion(self.rounding, self.seed, design_parameters()["random_bits"])
        fmt_x, fmt_w = self._formats
        units.matrix_product(
            self.x, self.w, self.c, fmt_x=fmt_x, fmt_w=fmt_w, conversion=conversion
        )

    @property
    def _formats(self) -> tuple[HBFPFormat, HBFPFormat]:
        engine = design_engine()
        return engine.format(self.wide_x), engine.format(self.wide_w)


def cover(products: Sequence[EngineProduct]) -> None:
    """Count the corner classes of products that the engine computed in this order."""
    for product in products:
        product.cover()
    units.modes([p.wide_x for p in products], [p.wide_w for p in products])
    coverage.write()


def random_product(rng: np.random.Generator, mode: int) -> EngineProduct:
    """Draw a product of a few tiles, panels and chunks.

    The values spread over a wide range. Some have few bits, as ties need, and some are zero. Some
    products have subnormal or overflowing results.

    Parameters:
        rng: Random numbers.
        mode: Widths of X (bit 0) and W (bit 1), and whether there is a C (bit 2).
    """
    engine = design_engine()
    rows = int(rng.integers(1, 2 * engine.rows * engine.panel_tiles + 2))
    columns = int(rng.integers(1, 3 * engine.columns + 1))
    length = int(rng.integers(1, 5 * engine.depth * engine.block_size // 2 + 1))
    return product_of_size(rng, mode, rows, length, columns)


def product_of_size(
    rng: np.random.Generator, mode: int, rows: int, length: int, columns: int
) -> EngineProduct:
    """Draw a product of these sizes (M, K, P), with values as in :func:`random_product`."""
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
    return EngineProduct(
        x,
        w,
        matrix(rows, columns) if mode & 4 else None,
        wide_x=bool(mode & 1),
        wide_w=bool(mode & 2),
        rounding=Rounding(int(rng.integers(len(Rounding)))),
        seed=int(rng.integers(1 << 32)),
    )


def random_products(name: str, count: int) -> list[EngineProduct]:
    """Draw products in which every mode occurs, in random order, for the test of this name."""
    rng = generator(name)
    modes = rng.permutation(np.resize(np.arange(8), count))
    return [random_product(rng, int(mode)) for mode in modes]


def product_of_normals(name: str, mode: int, rows: int, blocks: int, columns: int) -> EngineProduct:
    """Draw a product of given sizes with whole blocks of normally distributed values."""
    engine, rng = design_engine(), generator(name)
    product = random_product(rng, mode)
    sizes = (rows, engine.block_size * blocks), (engine.block_size * blocks, columns)
    product.x, product.w = (rng.standard_normal(size).astype(np.float32) for size in sizes)
    if product.c is not None:
        product.c = rng.standard_normal((rows, columns)).astype(np.float32)
    return product


def _blocks(lines: Floats, order: Words, size: int) -> Words:
    """Return the blocks of a matrix in this order, as FP32 patterns."""
    return split(lines, size).reshape(-1, size).view(np.uint32)[order]
