"""Golden model of the FP32 arithmetic: round an exact sum once, and add.

Values are NumPy float32 arrays. Every NaN that comes out is the canonical one.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.format import FP32_NAN

NAN = np.uint32(FP32_NAN).view(np.float32)


def canonical(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same values with every NaN made the canonical quiet NaN."""
    return np.where(np.isnan(values), NAN, values)


def normalise(sums: ArrayLike, exponents: ArrayLike) -> NDArray[np.float32]:
    """Exact integers times powers of two, rounded once to binary32.

    Rounds to nearest even, with gradual underflow and overflow to infinity; a zero sum gives +0.

    Parameters:
        sums: Integers of at most 53 bits, so that a double holds them and the scaling exactly.
        exponents: Powers of two, broadcast against ``sums``, of at most 32 bits.
    """
    sums = np.asarray(sums, dtype=np.float64)
    with np.errstate(over="ignore", under="ignore"):
        exact = np.ldexp(sums, np.asarray(exponents, dtype=np.int32))
        return exact.astype(np.float32)


def add(a: ArrayLike, b: ArrayLike) -> NDArray[np.float32]:
    """IEEE 754 binary32 addition, nearest even, subnormals kept, NaN results canonical."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        total = np.add(a, b, dtype=np.float32)
    return canonical(np.asarray(total))
