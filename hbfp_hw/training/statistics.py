"""Means of several seeds and how sure they are."""

from collections.abc import Sequence
from typing import Any

import numpy as np

CONFIDENCE = 0.95


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """95 % confidence interval of the mean by Student's t; None for a single value.

    Raises:
        ValueError: There is no value.
    """
    from scipy import stats  # takes long to load

    if not len(values):
        raise ValueError("Values must be at least one, not 0")
    if len(values) == 1:
        return None
    mean, deviation = np.mean(values), np.std(values, ddof=1)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * deviation / np.sqrt(len(values))
    return float(mean - half), float(mean + half)


def describe(values: Sequence[float]) -> dict[str, Any]:
    """``mean`` and its ``interval``."""
    return {"mean": float(np.mean(values)), "interval": interval(values)}
