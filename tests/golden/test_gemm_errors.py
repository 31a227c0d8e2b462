"""Errors of matrix products: operands, options and blocks that do not fit."""

import re

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden import Blocks, convert, gemm, multiply, native

FMT = HBFPFormat(4, 8)
X, W = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)


@pytest.mark.parametrize(
    ("x", "w", "c", "error", "message"),
    [
        ([[1.0]], W, None, TypeError, "X must be a float32 array, not list"),
        (X.astype(float), W, None, TypeError, "X must be a float32 array, not float64 array"),
        (X, W.astype(int), None, TypeError, "W must be a float32 array, not int64 array"),
        (X, W, 0.0, TypeError, "C must be a float32 array, not float"),
        (X, None, None, TypeError, "W must be a float32 array, not NoneType"),
        (X[0], W, None, ValueError, "X must be a matrix that is not empty, not (3,)"),
        (X, W[None], None, ValueError, "W must be a matrix that is not empty, not (1, 3, 4)"),
        (X[:0], W, None, ValueError, "X must be a matrix that is not empty, not (0, 3)"),
        (X, W[:, :0], None, ValueError, "W must be a matrix that is not empty, not (3, 0)"),
        (X, W, W[0], ValueError, "C must be of shape (2, 4), as Y is, not (4,)"),
        (X, W[:2], None, ValueError, "W must have 3 rows, as many as X has columns, not 2"),
        (X, W, W, ValueError, "C must be of shape (2, 4), as Y is, not (3, 4)"),
    ],
)
def test_operands_that_do_not_fit(x, w, c, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        gemm(x, w, c, fmt_x=FMT)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"fmt_w": HBFPFormat(4, 9)},
            ValueError,
            "Block size of both operands must be equal, not 8 and 9",
        ),
        (
            {"fmt_w": HBFPFormat(4, 8, 5)},
            ValueError,
            "Exponent width of both operands must be equal, not 10 and 5",
        ),
        ({"rounding": 7}, ValueError, "Rounding must be 0 to 2, not 7"),
        ({"seed": -1}, ValueError, "Seed must be 0 to 4294967295, not -1"),
        ({"seed": "1"}, TypeError, "Seed must be an integer, not '1'"),
        ({"random_bits": 17}, ValueError, "Random bits must be 1 to 16, not 17"),
    ],
)
def test_options_that_do_not_fit(options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        gemm(X, W, fmt_x=FMT, **options)


@pytest.mark.parametrize("compiled", [True, False])
def test_blocks_that_do_not_fit(compiled):
    x, w = convert(np.ones((2, 20), np.float32), FMT), convert(np.ones((4, 16), np.float32), FMT)
    short = Blocks(FMT, x.mantissas[..., :7], x.exponents)
    level = native.level() if compiled else native.Level.NUMPY
    for operands, message in (
        (
            (x, w),
            "Blocks of W must be of shape (4, 3), not (4, 2)",
        ),
        (
            (short, x),
            "Mantissas of X must be of shape (2, 3, 8), not (2, 3, 7)",
        ),
    ):
        with native.limit(level), pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            multiply(*operands)
