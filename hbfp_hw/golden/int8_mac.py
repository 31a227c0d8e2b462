"""Golden model of the INT8 multiply-add and of its dot product."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def int8_mac(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> NDArray[np.int32]:
    """Return ``c`` plus the products of N pairs of 8-bit integers, modulo 2**32.

    Parameters:
        a, b: Integers from -128 to 127, shape (..., N).
        c: 32-bit integers, shape (...).
    """
    a, b = np.asarray(a, np.int8), np.asarray(b, np.int8)
    products = np.einsum("...n,...n->...", a, b, dtype=np.int64)
    return np.asarray(products + np.asarray(c, np.int32)).astype(np.int32)
