"""Confidence intervals."""

import numpy as np
import pytest

from hbfp_hw.training.statistics import interval

# Two-sided 95 % points of Student's t, from printed tables, by degrees of freedom.
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
    # 1900 are expected, with a standard deviation of 10.
    assert 1860 <= inside <= 1940


def test_few_values():
    assert interval([0.5]) is None
    assert interval([0.5, 0.5]) == (0.5, 0.5)
    with pytest.raises(ValueError, match=r"^Values must be at least one, not 0$"):
        interval([])
