"""Comparison of tensors with their conversions, checked against SciPy and the oracle."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from hbfp_hw import HBFPFormat, Rounding
from hbfp_hw.explore.prediction import Gaussian, noise
from hbfp_hw.explore.tensors import ComparedTensor
from tests import oracle


def by_the_oracle(lines, fmt, rounding, seed):
    """Return the exact converted values, line by line; a short last block is padded with zeros."""
    values, step = [], 0
    for line in lines.view(np.uint32).tolist():
        converted = []
        for start in range(0, len(line), fmt.block_size):
            block = line[start : start + fmt.block_size]
            block += [0] * (fmt.block_size - len(block))
            drawn = oracle.random_integers(seed, step, fmt.block_size, 8)
            exponent, mantissas = oracle.convert(
                block, fmt.mantissa_bits, fmt.exponent_bits, rounding.name.lower(), drawn
            )
            step += 1
            unit = oracle.power(exponent - fmt.mantissa_bits + 1)
            converted += [mantissa * unit for mantissa in mantissas]
        values += converted[: len(line)]
    return values


@pytest.mark.parametrize("rounding", list(Rounding))
def test_figures(rounding):
    rng = np.random.default_rng(5)
    lines = (rng.standard_normal((6, 21)) * 2.0 ** rng.integers(-3, 4, (6, 21))).astype(np.float32)
    lines[:, ::4] = 0
    fmt = HBFPFormat(4, 8)  # 21 elements: two whole blocks and one of 5
    values = by_the_oracle(lines, fmt, rounding, 7)
    found = ComparedTensor(lines).compare(fmt, rounding, 7)

    exact = [Fraction(float(x)) for x in lines.ravel()]
    power = sum(x * x for x in exact) / len(exact)
    error = sum((x - value) ** 2 for x, value in zip(exact, values, strict=True)) / len(exact)
    assert found["sqnr"] == pytest.approx(10 * np.log10(float(power / error)), rel=1e-12)
    distance = wasserstein_distance(lines.ravel().astype(float), list(map(float, values)))
    assert found["distance"] == pytest.approx(distance, rel=1e-12)
    assert found["relative"] == pytest.approx(distance / float(power) ** 0.5, rel=1e-12)

    zeros = np.mean(lines == 0)
    gaussian = Gaussian((float(power) / (1 - zeros)) ** 0.5, zeros)
    noises = 16 * noise(fmt, gaussian, 8, rounding) + 5 * noise(fmt, gaussian, 5, rounding)
    expected = 10 * np.log10(float(power) * 21 / noises)
    assert found["predicted"] == pytest.approx(expected, rel=1e-12)
    assert found["uniform"] == pytest.approx(expected, abs=3.0)
    assert found["uniform"] != found["predicted"]


def test_what_cannot_be_said_is_none():
    fmt = HBFPFormat(4, 8)
    zeros = ComparedTensor(np.zeros((2, 9), np.float32)).compare(fmt, Rounding.NEAREST, 0)
    assert zeros == {
        "distance": 0.0,
        "relative": None,
        "sqnr": None,
        "predicted": None,
        "uniform": None,
    }
    exact = ComparedTensor(np.full((2, 9), 0.5, np.float32)).compare(fmt, Rounding.NEAREST, 0)
    assert (exact["distance"], exact["relative"], exact["sqnr"]) == (0.0, 0.0, None)
    assert exact["predicted"] > 0
