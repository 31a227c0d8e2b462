"""Multiply-add that rounds once, by way of binary64 with rounding to odd.

Rounding to odd means toward zero, then setting the last bit if the result is inexact. The result
can be rounded again, to a format with at least two bits fewer, as if it were still exact.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def multiply_add_to_odd(
    a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return ``a * b + c`` in binary64, rounded to odd."""
    with np.errstate(invalid="ignore"):
        x, y, z = (values.astype(np.float64) for values in (a, b, c))
        product = x * y  # exact: 48 bits, and the exponent is far inside the range
        total = product + z
        # The error of the sum, which binary64 holds exactly: Knuth's TwoSum.
        rest = total - product
        error = (product - (total - rest)) + (z - rest)
    return _to_odd(total, np.where(np.isfinite(total), error, 0), np.uint64)


def narrow_to_odd(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round binary64 to binary32, to odd; overflow gives the largest finite number."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        nearest = values.astype(np.float32)
        error = np.where(np.isfinite(values), values - nearest, 0)
    return _to_odd(nearest, error, np.uint32)


def _to_odd(nearest: NDArray[Any], error: NDArray[Any], bits: Any) -> NDArray[Any]:
    """Turn numbers rounded to nearest into numbers rounded to odd, given the rounding error."""
    patterns = np.asarray(nearest).view(bits)
    away = np.signbit(error) != np.signbit(nearest)
    odd = (patterns - away.astype(bits)) | bits(1)
    return np.asarray(np.where(error != 0, odd, patterns)).view(nearest.dtype)
