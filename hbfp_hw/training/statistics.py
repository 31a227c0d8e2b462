"""Means of several seeds and how sure they are."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Range(NamedTuple):
    """Smallest and largest value that a quantity can have."""

    low: float
    high: float


ANY = Range(-math.inf, math.inf)
SHARE = Range(0.0, 1.0)
"""Range of an accuracy."""
DIFFERENCE = Range(-1.0, 1.0)
"""Range of the difference of two accuracies."""
LOSS = Range(0.0, math.inf)


def interval(values: Sequence[float], possible: Range = ANY) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of the mean by Student's t, None for a single value.

    The interval ends where the quantity's range does. Its confidence is the same: the true mean
    is never beyond.

    Parameters:
        values: One of each seed.
        possible: Range of the quantity.

    Raises:
        ValueError: There is no value, or one is out of range.
    """
    from scipy import stats  # takes long to load

    if not len(values):
        raise ValueError("Values must be at least one, not 0")
    for value in (min(values), max(values)):
        if not possible.low <= value <= possible.high:
            raise ValueError(f"Values must be {possible.low:g} to {possible.high:g}, not {value!r}")
    if len(values) == 1:
        return None
    mean, deviation = np.mean(values), np.std(values, ddof=1)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * deviation / np.sqrt(len(values))
    return max(float(mean - half), possible.low), min(float(mean + half), possible.high)


def describe(values: Sequence[float], possible: Range = ANY) -> dict[str, Any]:
    """Return ``mean`` and its ``interval``; ``possible`` is the range of the quantity."""
    return {"mean": float(np.mean(values)), "interval": interval(values, possible)}
