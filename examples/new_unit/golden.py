"""Golden model of relu: the bits that the hardware must return, in NumPy."""

import numpy as np
from numpy.typing import NDArray


def relu(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return FP32 bit patterns with +0 in place of every value that is below zero or is -0.

    A NaN becomes the canonical NaN, whatever its sign.
    """
    result = np.where(values >> 31, np.uint32(0), values)
    nan = (values & 0x7FFFFFFF) > 0x7F800000
    return np.where(nan, np.uint32(0x7FC00000), result).astype(np.uint32)
