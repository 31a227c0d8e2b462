"""Predicted noise, checked against the golden converter on Gaussian values."""

import numpy as np
import pytest

from hbfp_hw import HBFPFormat, Rounding, convert
from hbfp_hw.explore.prediction import Gaussian, noise, sqnr, uniform_noise

DEVIATION = 1.37
VALUES = 1 << 17
FORMATS = [(bits, size) for bits in (2, 3, 4, 6, 8, 12) for size in (1, 2, 16, 64, 256)]


def decibels(ratio):
    return 10 * np.log10(ratio)


@pytest.fixture(scope="module", params=[0.0, 0.5], ids="zeros {}".format)
def measured(request):
    """Return the distribution and the mean noise of every block, by format and rounding mode."""
    rng = np.random.default_rng(8)
    found = {}
    for bits, size in FORMATS:
        x = (DEVIATION * rng.standard_normal((VALUES // size, size))).astype(np.float32)
        x[rng.random(x.shape) < request.param] = 0
        for rounding in Rounding:
            values = convert(x, HBFPFormat(bits, size), rounding, seed=3).dequantise()[:, 0]
            blocks = np.mean((x - values) ** 2, axis=1)
            found[HBFPFormat(bits, size), rounding] = Gaussian(DEVIATION, request.param), blocks
    return found


def test_prediction_is_the_expectation(measured):
    """The prediction is within four standard errors of the measured mean, and within 0.3 dB."""
    assert len(measured) == len(FORMATS) * len(Rounding)
    deviations = []
    for (fmt, rounding), (values, blocks) in measured.items():
        predicted = noise(fmt, values, fmt.block_size, rounding)
        error = blocks.std(ddof=1) / np.sqrt(len(blocks))
        deviations.append((predicted - blocks.mean()) / error)
        assert abs(deviations[-1]) < 4, (fmt, rounding)
        assert abs(decibels(predicted / blocks.mean())) < 0.3, (fmt, rounding)
    # The deviations are pure sampling errors: they follow a standard normal distribution.
    assert 0.7 < np.std(deviations) < 1.4


def test_rule_of_thumb(measured):
    """The rule of thumb is within 0.35 dB from 4 bits and blocks of 16 on.

    It is far off where many values saturate or become 0.
    """
    checked = 0
    for (fmt, rounding), (values, blocks) in measured.items():
        if fmt.mantissa_bits >= 4 and fmt.block_size >= 16 and rounding is not Rounding.TRUNCATE:
            predicted = uniform_noise(fmt, values, fmt.block_size, rounding)
            assert abs(decibels(predicted / blocks.mean())) < 0.35, (fmt, rounding)
            checked += 1
    assert checked == 4 * 3 * 2
    values, blocks = measured[HBFPFormat(2, 1), Rounding.NEAREST]
    assert decibels(uniform_noise(HBFPFormat(2, 1), values, 1) / blocks.mean()) < -3


def test_scale_by_a_power_of_two_scales_the_noise():
    fmt = HBFPFormat(5, 32)
    first, second = (noise(fmt, Gaussian(deviation), 32) for deviation in (0.3, 0.3 * 2**-20))
    assert second * 2.0**40 == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize("deviation", [1e-7, 1e7], ids=["smallest", "largest"])
def test_clamped_exponents(deviation):
    """With 5 exponent bits (-15 to 15) all values become 0, or all saturate."""
    fmt = HBFPFormat(4, 8, 5)
    x = (deviation * np.random.default_rng(1).standard_normal((4000, 8))).astype(np.float32)
    converted = convert(x, fmt)
    assert abs(int(converted.exponents.min())) == abs(int(converted.exponents.max())) == 15
    measured = np.mean((x - converted.dequantise()[:, 0]) ** 2)
    assert noise(fmt, Gaussian(deviation), 8) == pytest.approx(measured, rel=0.03)


def test_sqnr():
    assert sqnr(100.0, 1.0) == pytest.approx(20.0)
    assert sqnr(0.0, 1.0) is None
    assert sqnr(1.0, 0.0) is None
    assert Gaussian(2.0, 0.25).power == 3.0


@pytest.mark.parametrize(
    ("values", "length", "message"),
    [
        (Gaussian(1.0), 0, r"Length must be 1 to 8, not 0"),
        (Gaussian(1.0), 9, r"Length must be 1 to 8, not 9"),
        (Gaussian(0.0), 4, r"Values must have a finite deviation above 0 and zeros of 0 to below"),
        (Gaussian(float("inf")), 4, r"Values must have a finite deviation above 0"),
        (Gaussian(1.0, 1.0), 4, r"Values must have a finite deviation above 0 and zeros of 0 to"),
    ],
)
@pytest.mark.parametrize("law", [noise, uniform_noise])
def test_bad_values(law, values, length, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        law(HBFPFormat(4, 8), values, length)
