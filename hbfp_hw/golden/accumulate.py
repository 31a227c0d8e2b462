"""Golden model of the accumulator: sums of block dot products in binary32."""

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.blocks import check_float32
from hbfp_hw.golden.fp32 import add, canonical


def accumulate(
    terms: NDArray[np.float32], start: NDArray[np.float32] | float = 0.0
) -> NDArray[np.float32]:
    """Sum rounded dot products along the last axis in ascending order; each addition rounds.

    Parameters:
        terms: Rounded block dot products, shape (..., blocks).
        start: Start values C, shape (...), or one number for all.

    Returns:
        float32, shape (...).

    Raises:
        TypeError: An array is not float32.
        ValueError: The terms have no axis, or the shapes do not fit.
    """
    check_float32("Terms", terms)
    if terms.ndim == 0:
        raise ValueError("Terms must have an axis to sum along, not shape ()")
    if isinstance(start, np.ndarray):
        check_float32("Start values", start)
    total = np.broadcast_to(np.asarray(start, np.float32), terms.shape[:-1])
    for index in range(terms.shape[-1]):
        total = add(total, terms[..., index])
    return canonical(total)
