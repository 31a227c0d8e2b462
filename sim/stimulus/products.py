"""Exact dot products for the units ``fp32`` and ``accumulate``."""

import numpy as np
from numpy.random import Generator

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import DotProduct, max_sum
from hbfp_hw.sim.stimulus.common import Ints, Names, draw_classes
from hbfp_hw.sim.stimulus.rounded import SUM_CLASSES, sums

NARROWEST_CLASSES = 27
"""Smallest width of a sum with which every class of rounding can occur."""

PLAIN, LONE_BIT = "plain", "subnormal_lone_bit"
"""Classes of narrower sums, which FP32 rounds only if they are subnormal."""

SUBNORMAL_EXPONENT_BITS = 8
"""Smallest exponent width with which products can be below FP32's smallest number."""

LOWEST = -149
"""Exponent of the smallest positive FP32 number."""


def product_classes(fmt_a: HBFPFormat, fmt_b: HBFPFormat) -> list[str]:
    """Return the classes of the sums that two formats can give."""
    if _width(fmt_a, fmt_b) >= NARROWEST_CLASSES:
        return list(SUM_CLASSES)
    subnormal = fmt_a.exponent_bits >= SUBNORMAL_EXPONENT_BITS and _width(fmt_a, fmt_b) > 0
    return [PLAIN, LONE_BIT] if subnormal else [PLAIN]


def _width(fmt_a: HBFPFormat, fmt_b: HBFPFormat) -> int:
    """Return the largest width for which every integer of that many bits is a possible sum."""
    return max_sum(fmt_a, fmt_b).bit_length() - 1


def _lone_bits(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw subnormals plus half a last place, with or without one bit below it at any distance."""
    below = rng.integers(1, max(width, 1) + 1, count)
    kept = rng.integers(0, 1 << (width - below))
    kept &= ~rng.integers(0, 2, count)
    lone = np.where(rng.random(count) < 0.7, 1 << rng.integers(0, np.maximum(below - 1, 1)), 0)
    lone[below == 1] = 0
    integers = (2 * kept + 1) << (below - 1) | lone
    return integers * rng.choice([-1, 1], count), LOWEST - below


def exact_products(
    rng: Generator, total: int, fmt_a: HBFPFormat, fmt_b: HBFPFormat
) -> tuple[DotProduct, Names]:
    """Draw exact sums of every class that the formats can give, some with the NaN flag.

    Returns:
        The sums, and the class of each.
    """
    largest = max_sum(fmt_a, fmt_b)
    fraction_bits = fmt_a.fraction_bits + fmt_b.fraction_bits
    width = _width(fmt_a, fmt_b)
    if width >= NARROWEST_CLASSES:
        integers, exponents, classes = sums(rng, total, width)
    else:
        shifts = rng.integers(0, max(width, 1), total)
        integers = rng.integers(-largest, largest + 1, total) >> shifts
        exponents = rng.integers(-180, 130, total) - fraction_bits
        classes = draw_classes(rng, product_classes(fmt_a, fmt_b), total)
        chosen = classes == LONE_BIT
        integers[chosen], exponents[chosen] = _lone_bits(rng, int(chosen.sum()), width)
    limit = 1 << fmt_a.exponent_bits
    exponents = np.clip(exponents + fraction_bits, -limit, limit - 1)
    nan = rng.random(total) < 0.03
    return DotProduct(integers, exponents, nan, fraction_bits), classes
