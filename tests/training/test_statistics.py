"""Confidence intervals."""

import numpy as np
import pytest

from hbfp_hw.training.statistics import DIFFERENCE, LOSS, SHARE, describe, interval

# Two-sided 95 % points of Student's t from printed tables, by degrees of freedom.
T = {1: 12.706, 2: 4.303, 4: 2.776, 7: 2.365, 9: 2.262, 30: 2.042}


@pytest.mark.parametrize("freedom", T)
def test_against_printed_tables(freedom):
    count = freedom + 1
    values = np.random.default_rng(freedom).normal(0.9, 0.02, count)
    mean = sum(values) / count
    deviation = (sum((value - mean) ** 2 for value in values) / freedom) ** 0.5
    low, high = interval(values)
    half = T[freedom] * deviation / count**0.5
    assert (low, high) == pytest.approx((mean - half, mean + half), rel=2e-4)


def test_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for values in rng.normal(5.0, 3.0, (2000, 5)):
        low, high = interval(values)
        inside += low <= 5.0 <= high
    # The expected number is 1900, with a standard deviation of 10.
    assert 1860 <= inside <= 1940


def test_few_values():
    assert interval([0.5]) is None
    assert interval([0.5, 0.5]) == (0.5, 0.5)
    with pytest.raises(ValueError, match=r"^Values must be at least one, not 0$"):
        interval([])


@pytest.mark.parametrize("possible", [SHARE, DIFFERENCE, LOSS])
def test_ends_where_the_quantity_does(possible):
    """The interval equals the one without a range, cut off at the range's ends."""
    rng, cut = np.random.default_rng(1), {"low": 0, "high": 0, "no": 0}
    low, high = possible.low, min(possible.high, 1.0)
    for middle in rng.uniform(low, high, 300):
        values = np.clip(rng.normal(middle, 0.05, 3), low, high)
        free, bound = interval(values), interval(values, possible)
        assert bound == (max(free[0], possible.low), min(free[1], possible.high))
        assert bound[0] <= np.mean(values) <= bound[1]
        cut["low"] += free[0] < bound[0]
        cut["high"] += free[1] > bound[1]
        cut["no"] += free == bound
    assert cut["low"] > 5
    assert cut["no"] > 100
    assert (cut["high"] > 5) == np.isfinite(possible.high)


def test_accuracies_near_100_percent():
    assert describe([0.99, 1.0, 0.98], SHARE)["interval"][1] == 1.0
    assert interval([0.99, 1.0, 0.98])[1] > 1.01


def test_values_out_of_range():
    with pytest.raises(ValueError, match=r"^Values must be 0 to 1, not 97\.5$"):
        interval([0.5, 97.5], SHARE)
    with pytest.raises(ValueError, match=r"^Values must be -1 to 1, not nan$"):
        interval([float("nan")], DIFFERENCE)
