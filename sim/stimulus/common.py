"""Functions shared by the generators: patterns, classes, exact scaling, NaNs."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

Bits = NDArray[np.uint32]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Names = NDArray[np.str_]

TOP = 1 << 23
"""Leading bit of a 24-bit significand."""

FULL = (1 << 24) - 1
"""Significand of all ones."""


def bits(values: Any) -> Bits:
    """Return the binary32 patterns of a float32 array; tests compare results in this form."""
    assert values.dtype == np.float32
    return np.ascontiguousarray(values).view(np.uint32).reshape(values.shape)


def floats(patterns: ArrayLike) -> Floats:
    """Return the float32 array with these patterns."""
    return np.asarray(patterns).astype(np.uint32).view(np.float32)


def count(classes: Names, names: Collection[str]) -> dict[str, int]:
    """Return how often each class was drawn; a class that is not in ``names`` is an error."""
    found, counts = np.unique(classes, return_counts=True)
    assert set(found) <= set(names), set(found) - set(names)
    return dict.fromkeys(names, 0) | dict(zip(found.tolist(), counts.tolist(), strict=True))


def draw_classes(rng: Generator, names: Collection[str], total: int) -> Names:
    """Draw class names in random order, each about equally often."""
    return rng.permutation(np.resize(np.array(list(names)), total))


def draw_signs(rng: Generator, shape: Any) -> NDArray[np.float64]:
    """Draw factors of 1 and -1."""
    return rng.choice([-1.0, 1.0], shape)


def scaled(integers: ArrayLike, exponents: ArrayLike) -> Floats:
    """Return ``integers * 2**exponents`` as float32; the caller ensures that this is exact."""
    with np.errstate(over="ignore", under="ignore"):
        exact = np.ldexp(np.asarray(integers, np.float64), np.asarray(exponents).astype(np.int32))
        return exact.astype(np.float32)


def draw_nans(rng: Generator, shape: Any) -> Bits:
    """Draw patterns of quiet and signalling NaNs with any sign and payload."""
    return rng.integers(0x7F800001, 0x80000000, shape) | rng.integers(0, 2, shape) << 31


def draw_significands(rng: Generator, count: int) -> Ints:
    """Draw 24-bit significands with their leading bit."""
    return rng.integers(TOP, 1 << 24, count)


def bit_lengths(sums: Ints) -> Ints:
    """Return the bit lengths of positive integers."""
    return np.frexp(sums.astype(np.float64))[1].astype(np.int64)
