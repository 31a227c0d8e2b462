"""Golden model of relu: what the hardware must return, in NumPy."""

import numpy as np
from numpy.typing import NDArray


def relu(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return bit patterns of FP32 values, +0 for all that are below zero or are -0.

    A NaN becomes the canonical one, whatever its sign.
    """
    result = np.where(values >> 31, np.uint32(0), values)
    nan = (values & 0x7FFFFFFF) > 0x7F800000
    return np.where(nan, np.uint32(0x7FC00000), result).astype(np.uint32)
