"""The BF16 multiply-add against SoftFloat, exact fractions and ml_dtypes."""

import ml_dtypes
import numpy as np
import pytest

from hbfp_hw.golden.bf16_mac import Accumulation, bf16_mac, widen
from hbfp_hw.sim.stimulus import TRIPLE_CLASSES, bits, count, floats, lanes, triples
from tests.golden import softfloat
from tests.golden.multiply_add import multiply_add

TRIPLES = 1_050_000
ALL_BF16 = Accumulation.BF16
ONE = 0x3F80


def draw(seed, total, addend_bits):
    a, b, c, classes = triples(np.random.default_rng(seed), total, 16, addend_bits)
    assert min(count(classes, TRIPLE_CLASSES).values()) >= total // (len(TRIPLE_CLASSES) + 1)
    return a, b, c


def column(values):
    return np.asarray(values)[:, np.newaxis]


def bfloat(patterns):
    """Return patterns as numbers of ml_dtypes."""
    return np.asarray(patterns, np.uint16).view(ml_dtypes.bfloat16)


def canonical(numbers):
    return np.where(np.isnan(numbers), 0x7FC0, numbers.view(np.uint16))


def test_values_are_those_of_ml_dtypes():
    every = np.arange(1 << 16)
    np.testing.assert_array_equal(widen(every), bfloat(every).astype(np.float32))


@pytest.mark.full
def test_fp32_sums_agree_with_softfloat_on_a_million_triples():
    a, b, c = draw(1, TRIPLES, 32)
    factors = [(values << 16).astype(np.uint32) for values in (a, b)]
    expected = softfloat.multiply_add(*factors, c.astype(np.uint32))
    np.testing.assert_array_equal(bits(bf16_mac(column(a), column(b), floats(c))), expected)


@pytest.mark.full
@pytest.mark.parametrize("addend_bits", [16, 32])
def test_agrees_with_fractions(addend_bits):
    a, b, c = draw(2, 100_000, addend_bits)
    if addend_bits == 32:
        found = bits(bf16_mac(column(a), column(b), floats(c)))
    else:
        found = bf16_mac(column(a), column(b), c, ALL_BF16)
    expected = [
        multiply_add(*triple, 16, addend_bits)
        for triple in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.full
def test_products_agree_with_ml_dtypes():
    """A product has 16 bits, so the rounding to BF16 is the only one."""
    a, b, _ = draw(3, TRIPLES, 16)
    zeros = (a ^ b) & 0x8000
    with np.errstate(all="ignore"):
        expected = canonical(bfloat(a) * bfloat(b))
    np.testing.assert_array_equal(bf16_mac(column(a), column(b), zeros, ALL_BF16), expected)


def test_sums_agree_with_ml_dtypes():
    """ml_dtypes rounds twice, first to binary32, with the same result.

    The first rounding never reaches or leaves the midpoint of two BF16 numbers.
    """
    a, _, c = draw(4, TRIPLES, 16)
    with np.errstate(all="ignore"):
        expected = canonical(bfloat(a) + bfloat(c))
    ones = np.full((len(a), 1), ONE)
    np.testing.assert_array_equal(bf16_mac(column(a), ones, c, ALL_BF16), expected)


@pytest.mark.parametrize("addend_bits", [16, 32])
def test_lanes_are_added_in_ascending_order(addend_bits):
    a, b, c, _ = lanes(np.random.default_rng(5), 5_000, 3, 16, addend_bits)
    expected = c.tolist()
    for lane in range(3):
        expected = [
            multiply_add(*triple, 16, addend_bits)
            for triple in zip(a[:, lane].tolist(), b[:, lane].tolist(), expected, strict=True)
        ]
    if addend_bits == 32:
        found = bits(bf16_mac(a, b, floats(c)))
    else:
        found = bf16_mac(a, b, c, ALL_BF16)
    np.testing.assert_array_equal(found, expected)


def test_one_pair_gives_a_scalar():
    for accumulate, start, kind in ((ALL_BF16, ONE, np.uint16), ("fp32", 1.0, np.float32)):
        result = bf16_mac([0x4000], [0x4040], start, Accumulation(accumulate))
        assert (result.dtype, result.shape) == (kind, ())
        assert float(widen(result) if kind is np.uint16 else result) == 7.0
