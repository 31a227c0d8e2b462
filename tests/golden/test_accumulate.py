"""Sums of rounded dot products against the oracle."""

import numpy as np
import pytest

from hbfp_hw.golden import accumulate
from hbfp_hw.sim.stimulus import bits, floats, pairs
from tests import oracle


def terms_of_every_kind(rng, rows, length):
    """Place pairs for an adder side by side: special values and cancellation meet a running sum."""
    a, b, _ = pairs(rng, rows * length // 2 + 1)
    return np.stack([a, b], axis=-1).reshape(-1)[: rows * length].reshape(rows, length)


@pytest.mark.parametrize("length", [1, 2, 3, 8, 33])
@pytest.mark.parametrize("with_start", [False, True])
def test_agrees_with_the_oracle(length, with_start):
    rng = np.random.default_rng(length)
    terms = terms_of_every_kind(rng, 500, length)
    finite = np.where(np.isfinite(terms), terms, np.float32(1))
    # Numbers of similar size, so that every addition rounds.
    close = rng.standard_normal((500, length)).astype(np.float32)
    for values in (terms, finite, close, close * np.float32(2.0**-126)):
        start = terms_of_every_kind(rng, 500, 1)[:, 0]
        result = accumulate(values, start) if with_start else accumulate(values)
        starts = bits(start).tolist() if with_start else [0] * 500
        expected = [
            oracle.accumulate(row, first)
            for row, first in zip(bits(values).tolist(), starts, strict=True)
        ]
        np.testing.assert_array_equal(bits(result), expected)


def test_order_is_ascending():
    terms = np.array([[1, 2.0**24, -(2.0**24)], [2.0**24, -(2.0**24), 1]], np.float32)
    assert accumulate(terms).tolist() == [0, 1]


def test_overflow_is_kept_and_infinities_cancel_to_the_canonical_nan():
    terms = floats([[0x7F7FFFFF, 0x7F7FFFFF, 0xFF7FFFFF], [0x7F800000, 0xFF800000, 0]])
    assert bits(accumulate(terms)).tolist() == [0x7F800000, oracle.NAN]


def test_without_terms_the_start_is_returned():
    start = floats([0x80000000, 0x3F800000, 0xFFC12345, 0x7F800001])
    result = accumulate(np.zeros((4, 0), np.float32), start)
    assert bits(result).tolist() == [0x80000000, 0x3F800000, oracle.NAN, oracle.NAN]


def test_zeros():
    """A sum of zeros is -0 only if every zero is -0."""
    terms = floats([[0x80000000, 0x80000000], [0x80000000, 0]])
    assert bits(accumulate(terms)).tolist() == [0, 0]
    assert bits(accumulate(terms, np.float32(-0.0))).tolist() == [0x80000000, 0]


def test_inputs_stay():
    terms = np.random.default_rng(1).standard_normal((4, 5)).astype(np.float32)
    start = np.ones(4, np.float32)
    terms.flags.writeable = start.flags.writeable = False
    assert accumulate(terms, start).shape == (4,)
