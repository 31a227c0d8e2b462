"""Exact dot products, as the rounder and the accumulator take them."""

import numpy as np
from numpy.random import Generator

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import DotProduct, max_sum
from hbfp_hw.sim.stimulus.common import Names
from hbfp_hw.sim.stimulus.fp32 import SUM_CLASSES, sums

NARROWEST_CLASSES = 27
"""Width of a sum from which on every class of rounding can occur."""

PLAIN = "plain"
"""The one class of narrower sums."""


def product_classes(fmt_a: HBFPFormat, fmt_b: HBFPFormat) -> list[str]:
    """Classes of the sums that two formats can make."""
    return list(SUM_CLASSES) if _width(fmt_a, fmt_b) >= NARROWEST_CLASSES else [PLAIN]


def _width(fmt_a: HBFPFormat, fmt_b: HBFPFormat) -> int:
    """Every integer of so many bits can occur."""
    return max_sum(fmt_a, fmt_b).bit_length() - 1


def exact_products(
    rng: Generator, total: int, fmt_a: HBFPFormat, fmt_b: HBFPFormat
) -> tuple[DotProduct, Names]:
    """Exact sums of every class that the formats can make, a few NaN flags, and the classes."""
    largest = max_sum(fmt_a, fmt_b)
    fraction_bits = fmt_a.fraction_bits + fmt_b.fraction_bits
    width = _width(fmt_a, fmt_b)
    if width >= NARROWEST_CLASSES:
        integers, exponents, classes = sums(rng, total, width)
    else:
        shifts = rng.integers(0, max(width, 1), total)
        integers = rng.integers(-largest, largest + 1, total) >> shifts
        exponents = rng.integers(-180, 130, total) - fraction_bits
        classes = np.full(total, PLAIN)
    limit = 1 << fmt_a.exponent_bits
    exponents = np.clip(exponents + fraction_bits, -limit, limit - 1)
    nan = rng.random(total) < 0.03
    return DotProduct(integers, exponents, nan, fraction_bits), classes
