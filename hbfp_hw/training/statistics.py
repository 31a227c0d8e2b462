"""Means over seeds and their confidence intervals."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hbfp_hw.training.records import MeanInterval

CONFIDENCE = 0.95
"""Confidence of all intervals."""


class Range(NamedTuple):
    """Smallest and largest possible value of a quantity."""

    low: float
    high: float


ANY = Range(-math.inf, math.inf)
"""No limit."""
SHARE = Range(0.0, 1.0)
"""Range of an accuracy."""
DIFFERENCE = Range(-1.0, 1.0)
"""Range of the difference of two accuracies."""
LOSS = Range(0.0, math.inf)
"""Range of a loss."""


def interval(values: Sequence[float], possible: Range = ANY) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of the mean by Student's t; None for a single value.

    The interval is cut off at the limits of the quantity's range. That does not lower its
    confidence, because the true mean cannot be beyond them.

    Parameters:
        values: One value for each seed.
        possible: Range of the quantity.

    Raises:
        ValueError: There is no value, or a value is out of range.
    """
    from scipy import stats  # takes long to import

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


def describe(values: Sequence[float], possible: Range = ANY) -> MeanInterval:
    """Return the mean and its interval; ``possible`` is the range of the quantity."""
    return {"mean": float(np.mean(values)), "interval": interval(values, possible)}
