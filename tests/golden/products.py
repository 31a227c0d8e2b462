"""Matrix products of the golden model, checked against the oracle."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import gemm
from hbfp_hw.sim.stimulus import bits
from tests import oracle

Matrix = NDArray[np.float32]


def assert_gemm(
    x: Matrix,
    w: Matrix,
    c: Matrix | None = None,
    *,
    fmt_x: HBFPFormat,
    fmt_w: HBFPFormat | None = None,
    rounding: Rounding = Rounding.NEAREST,
    seed: int = 0,
    random_bits: int = 8,
) -> NDArray[np.uint32]:
    """Check every bit of a product against the oracle; return the patterns of Y, shape (M, P)."""
    y = gemm(
        x,
        w,
        c,
        fmt_x=fmt_x,
        fmt_w=fmt_w,
        rounding=rounding,
        seed=seed,
        random_bits=random_bits,
    )
    widths = fmt_x.mantissa_bits, (fmt_w or fmt_x).mantissa_bits
    expected = oracle.gemm(
        bits(x).tolist(),
        bits(w).tolist(),
        None if c is None else bits(c).tolist(),
        oracle.Formats(*widths, fmt_x.block_size, fmt_x.exponent_bits),
        oracle.Conversion(rounding.name.lower(), seed, random_bits),
    )
    assert y.dtype == np.float32
    np.testing.assert_array_equal(bits(y), expected)
    return bits(y)


def normal(rng: Generator, *shape: int) -> Matrix:
    """Return normally distributed numbers."""
    return rng.standard_normal(shape).astype(np.float32)
