"""Golden model of the FP32 arithmetic: round an exact sum once, and add.

Values are NumPy float32 arrays. Every NaN result is the canonical NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.format import FP32_NAN

NAN = np.uint32(FP32_NAN).view(np.float32)
"""The canonical NaN as a float32."""


def canonical(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the values with every NaN replaced by the canonical NaN."""
    return np.where(np.isnan(values), NAN, values)


def normalise(sums: ArrayLike, exponents: ArrayLike) -> NDArray[np.float32]:
    """Return exact integers times powers of two, rounded once to binary32.

    Rounding is to nearest even, with gradual underflow and overflow to infinity. A zero sum gives
    +0.

    Parameters:
        sums: Integers of at most 53 bits, which float64 holds and scales exactly.
        exponents: Exponents of the powers of two, 32-bit integers, broadcast against ``sums``.
    """
    sums = np.asarray(sums, dtype=np.float64)
    with np.errstate(over="ignore", under="ignore"):
        exact = np.ldexp(sums, np.asarray(exponents, dtype=np.int32))
        return exact.astype(np.float32)


def add(a: ArrayLike, b: ArrayLike) -> NDArray[np.float32]:
    """Add in IEEE 754 binary32: nearest even, subnormals kept, NaN results canonical."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        total = np.add(a, b, dtype=np.float32)
    return canonical(np.asarray(total))
