"""Golden model of the FP32 multiply-add and of its dot product."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.golden.fp32 import add, canonical
from hbfp_hw.golden.round_once import multiply_add_to_odd


def fp32_mac(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, *, fused: bool = True
) -> NDArray[np.float32]:
    """Return ``c`` plus the products of N pairs in IEEE binary32, rounded to nearest even.

    Parameters:
        a, b: Factors, shape (..., N).
        c: Addends, shape (...).
        fused: If True, a chain of fused multiply-adds in ascending order starts from c; each step
            rounds once. If False, every product is rounded, a balanced tree adds neighbouring
            products, and the sum is added to c; each addition rounds.
    """
    a, b, c = (np.asarray(values, np.float32) for values in (a, b, c))
    if fused:
        for lane in range(a.shape[-1]):
            c = _fused(a[..., lane], b[..., lane], c)
        return c
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        terms = list(np.moveaxis(np.multiply(a, b), -1, 0))
    while len(terms) > 1:
        sums = [add(x, y) for x, y in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*sums, terms[-1]] if len(terms) % 2 else sums
    return add(terms[0], c)


def _fused(
    a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32]
) -> NDArray[np.float32]:
    with np.errstate(over="ignore", under="ignore"):
        return canonical(multiply_add_to_odd(a, b, c).astype(np.float32))
