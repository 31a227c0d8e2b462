"""Random products for the tests of the driver, with the golden model's results."""

from typing import Any, NamedTuple

import numpy as np

from hbfp_hw.booster import Mode
from hbfp_hw.engine import Engine, Schedule, Variant
from hbfp_hw.format import Rounding
from hbfp_hw.golden import gemm

ENGINE = Engine(Variant.MIXED, rows=2, columns=2, block_size=4, depth=2, panel_tiles=2)


class Product(NamedTuple):
    """A product with its mode.

    Members:
        seed: Seed as NumPy draws it; the driver accepts NumPy's integers.
    """

    x: np.ndarray
    w: np.ndarray
    c: np.ndarray | None
    mode: Mode
    seed: int | np.integer[Any]

    @property
    def options(self) -> dict[str, Any]:
        """Mode and seed as keyword arguments of the driver."""
        return {**self.mode._asdict(), "seed": self.seed}

    def schedule(self, engine: Engine) -> Schedule:
        """Return the schedule of the product on an engine."""
        return engine.schedule(self.x.shape[0], self.x.shape[1], self.w.shape[1])

    def golden(self, engine: Engine) -> bytes:
        """Return the bits of Y, by the golden model."""
        y = gemm(
            self.x,
            self.w,
            self.c,
            fmt_x=engine.format(self.mode.wide_x),
            fmt_w=engine.format(self.mode.wide_w),
            rounding=self.mode.rounding,
            seed=int(self.seed),
        )
        return y.tobytes()


def random_product(
    rng: np.random.Generator, engine: Engine, number: int, chunks: int | None = None
) -> Product:
    """Draw a product of a few tiles.

    Parameters:
        number: Decides, modulo 24, the mode and whether the product has C.
        chunks: Chunks of K; None draws one to three.
    """
    rows = int(rng.integers(1, 2 * engine.rows * engine.panel_tiles + 2))
    columns = int(rng.integers(1, 3 * engine.columns + 1))
    size = engine.block_size
    most = engine.depth * size
    if chunks is None:
        length = int(rng.integers(1, 3 * most + 1))
    else:
        length = (chunks - 1) * most + int(rng.integers(1, most + 1))
    x, w, c = (
        np.ldexp(rng.standard_normal(shape), rng.integers(-5, 6, shape)).astype(np.float32)
        for shape in ((rows, length), (length, columns), (rows, columns))
    )
    mode = Mode(Rounding(number // 8 % 3), bool(number & 1), bool(number & 2))
    return Product(x, w, c if number & 4 else None, mode, rng.integers(1 << 32))
