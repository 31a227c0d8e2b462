"""Golden model of the multiply-accumulate unit: one block dot product added to an FP32 number."""

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.dot import dot
from hbfp_hw.golden.fp32 import add


def multiply_add(a: Blocks, b: Blocks, c: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return C plus the dot product of each pair of blocks, rounded before it is added.

    Parameters:
        a, b: Blocks, shape (...).
        c: Addends, float32, shape (...).

    Returns:
        float32, shape (...). A NaN block or NaN addend gives the canonical NaN.

    Raises:
        TypeError, ValueError: As for :func:`~hbfp_hw.golden.dot`; C is not checked.
    """
    return add(c, dot(a, b).round())
