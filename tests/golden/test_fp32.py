"""Rounding of exact sums and FP32 addition, against SoftFloat and the oracle."""

import numpy as np
import pytest

from hbfp_hw.golden.fp32 import add, canonical, normalise
from hbfp_hw.sim.stimulus import PAIR_CLASSES, SUM_CLASSES, bits, count, floats, pairs, sums
from tests import oracle
from tests.golden import softfloat

PAIRS = 1_050_000
SUMS = 1_050_000


def doubles(integers, exponents):
    """Return patterns of the binary64 ``integers * 2**exponents``, built field by field."""
    magnitudes = np.abs(integers)
    widths = np.zeros_like(magnitudes)
    for place in range(53):
        widths[magnitudes >> place != 0] = place + 1
    fractions = magnitudes << (53 - widths) & (1 << 52) - 1
    fields = np.where(magnitudes == 0, 0, exponents + widths + 1022)
    return ((integers < 0).astype(np.int64) << 63 | fields << 52 | fractions).view(np.uint64)


def test_add_agrees_with_softfloat_on_a_million_pairs(sample):
    total = sample(PAIRS, quick=PAIRS // 10)
    a, b, classes = pairs(np.random.default_rng(1), total)
    hits = count(classes, PAIR_CLASSES)
    assert min(hits.values()) >= 30_000 * total // PAIRS
    assert sum(hits.values()) >= 1_000_000 * total // PAIRS
    np.testing.assert_array_equal(bits(add(a, b)), softfloat.add(bits(a), bits(b)))


def test_add_is_commutative():
    a, b, _ = pairs(np.random.default_rng(2), 100_000)
    np.testing.assert_array_equal(bits(add(a, b)), bits(add(b, a)))


@pytest.mark.full(but=["27"])
@pytest.mark.parametrize("width", [27, 40, 53])
def test_normalise_agrees_with_softfloat_on_a_million_sums(width):
    total = SUMS if width == 40 else SUMS // 10
    integers, exponents, classes = sums(np.random.default_rng(width), total, width)
    hits = count(classes, SUM_CLASSES)
    assert min(hits.values()) >= total // (len(SUM_CLASSES) + 1)
    assert sum(hits.values()) >= (1_000_000 if width == 40 else 100_000)
    expected = softfloat.narrow(doubles(integers, exponents))
    np.testing.assert_array_equal(bits(normalise(integers, exponents)), expected)


def test_normalise_agrees_with_the_oracle():
    integers, exponents, _ = sums(np.random.default_rng(3), 20_000)
    expected = [
        oracle.encode(number * oracle.power(exponent))
        for number, exponent in zip(integers.tolist(), exponents.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(bits(normalise(integers, exponents)), expected)


def test_normalise_with_exponents_beyond_float64():
    """Blocks that were not converted from FP32 can have them: shared exponents reach ±2047."""
    result = normalise([1, -1, 0, 1, -1, 0], [4000, 4000, 4000, -4200, -4200, -4200])
    assert bits(result).tolist() == [0x7F800000, 0xFF800000, 0, 0, 0x80000000, 0]


def test_normalise_broadcasts():
    result = normalise(np.array([[1], [3]]), np.array([0, 1]))
    assert result.tolist() == [[1, 2], [3, 6]]
    assert result.dtype == np.float32


def test_canonical_changes_nans_only():
    patterns = np.random.default_rng(4).integers(0, 1 << 32, 10_000)
    patterns[:4] = [0x7F800001, 0xFFFFFFFF, 0x80000000, 0xFF800000]
    values = floats(patterns)
    expected = [oracle.NAN if oracle.is_nan(pattern) else pattern for pattern in patterns.tolist()]
    np.testing.assert_array_equal(bits(canonical(values)), expected)
    np.testing.assert_array_equal(bits(values), patterns)
