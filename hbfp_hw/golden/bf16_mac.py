"""Golden model of the BF16 multiply-add and of its dot product.

BF16 numbers are 16-bit patterns, the upper half of the binary32 pattern of the same value.
"""

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.golden.fp32 import canonical
from hbfp_hw.golden.round_once import multiply_add_to_odd, narrow_to_odd

BF16_NAN = 0x7FC0
"""The canonical NaN."""


class Accumulation(StrEnum):
    """Format of addend and result."""

    FP32 = "fp32"
    BF16 = "bf16"


def widen(patterns: ArrayLike) -> NDArray[np.float32]:
    """Return the values of BF16 patterns."""
    words = np.asarray(patterns, np.uint16).astype(np.uint32) << np.uint32(16)
    return np.asarray(words).view(np.float32)


def bf16_mac(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, accumulate: Accumulation = Accumulation.FP32
) -> NDArray[Any]:
    """Return ``c`` plus the products of N pairs of BF16 numbers, rounded to nearest even.

    A chain of fused multiply-adds in ascending order starts from c; each step rounds once.

    Parameters:
        a, b: BF16 patterns, shape (..., N).
        c: Addends, shape (...): float32, or BF16 patterns if ``accumulate`` is BF16.
        accumulate: Format of ``c``, of every partial sum and of the result.
    """
    a, b = widen(a), widen(b)
    if accumulate == Accumulation.FP32:
        total = np.asarray(c, np.float32)
        for lane in range(a.shape[-1]):
            exact = multiply_add_to_odd(a[..., lane], b[..., lane], total)
            with np.errstate(over="ignore", under="ignore"):
                total = canonical(exact.astype(np.float32))
        return total
    patterns = np.asarray(c, np.uint16)
    for lane in range(a.shape[-1]):
        patterns = _round(multiply_add_to_odd(a[..., lane], b[..., lane], widen(patterns)))
    return patterns


def _round(odd: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Return BF16 patterns, rounded to nearest even, of numbers already rounded to odd."""
    bits = narrow_to_odd(odd).view(np.uint32)
    up = np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    return np.where(np.isnan(odd), BF16_NAN, bits + up >> np.uint32(16)).astype(np.uint16)
