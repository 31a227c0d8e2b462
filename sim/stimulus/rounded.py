"""Exact sums for rounding to FP32: integers, and the exponents of their last places."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from hbfp_hw.sim.stimulus.common import (
    Ints,
    Names,
    bit_lengths,
    draw_classes,
    draw_significands,
)


def _any_sum(rng: Generator, count: int, width: int) -> Ints:
    """Draw integers of every width."""
    return rng.integers(1, 1 << rng.integers(1, width + 1, count))


def _long_sum(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw integers of 26 bits or more; return them and their numbers of bits below the top 24."""
    below = rng.integers(2, width - 23, count)
    return draw_significands(rng, count) << below, below


def _middle(rng: Generator, count: int) -> Ints:
    return rng.integers(-150, 60, count)


def _sum_any(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    sums = _any_sum(rng, count, width)
    return sums, rng.integers(-310, 240, count)


def _sum_zero(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    return np.zeros(count, np.int64), rng.integers(-310, 240, count)


def _sum_exact(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    return rng.integers(1, 1 << 24, count), rng.integers(-149, 105, count)


def _sum_tie(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    sums, below = _long_sum(rng, count, width)
    return sums + (1 << (below - 1)), _middle(rng, count)


def _sum_near_tie(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    sums, exponents = _sum_tie(rng, count, width)
    return sums + rng.choice([-1, 1], count), exponents


def _sum_lone_bit(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw an even significand plus half its last place and one bit below that, at any distance."""
    sums, below = _long_sum(rng, count, width)
    even = sums & ~(1 << below)
    return even | 1 << (below - 1) | 1 << rng.integers(0, below - 1), _middle(rng, count)


def _sum_carry_out(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw sums that round up to the next power of two."""
    below = rng.integers(2, width - 23, count)
    return (1 << (below + 24)) - rng.integers(1, (1 << (below - 1)) + 1), _middle(rng, count)


def _sum_subnormal(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw sums of any width below the smallest normal number."""
    sums = _any_sum(rng, count, width)
    return sums, -126 - bit_lengths(sums) - rng.integers(0, 26, count)


def _sum_subnormal_tie(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw sums in the middle between two subnormals, or off it by one."""
    below = rng.integers(2, width - 22, count)
    grains = rng.integers(0, 1 << rng.integers(0, 24, count))
    sums = (2 * grains + 1) << (below - 1)
    return sums + rng.integers(-1, 2, count), -149 - below


def _sum_subnormal_lone_bit(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw subnormals of class ``lone_bit``, with any number of bits left."""
    below = rng.integers(2, width - 22, count)
    even = 2 * rng.integers(0, 1 << rng.integers(0, 23, count))
    sums = (2 * even + 1) << (below - 1)
    return sums | 1 << rng.integers(0, below - 1), -149 - below


def _sum_to_normal(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw sums on both sides of rounding up to the smallest normal number."""
    below = rng.integers(3, width - 23, count)
    return (1 << (below + 23)) - (1 << (below - 1)) + rng.integers(-2, 3, count), -149 - below


def _sum_overflow(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    sums = _any_sum(rng, count, width)
    return sums, 129 - bit_lengths(sums) + rng.integers(0, 130, count)


def _sum_overflow_edge(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw sums around the middle between the largest number and infinity."""
    below = rng.integers(3, width - 23, count)
    return (1 << (below + 24)) - (1 << (below - 1)) + rng.integers(-2, 3, count), 104 - below


def _sum_underflow(rng: Generator, count: int, width: int) -> tuple[Ints, Ints]:
    """Draw half the smallest subnormal or less: it rounds to a zero with its sign."""
    sums = _any_sum(rng, count, width)
    half = rng.random(count) < 0.3
    sums[half] = 1 << (bit_lengths(sums[half]) - 1)
    return sums, -150 - bit_lengths(sums) + half - rng.integers(0, 100, count) * ~half


SumMaker = Callable[[Generator, int, int], tuple[Ints, Ints]]

SUM_CLASSES: dict[str, SumMaker] = {
    "any": _sum_any,
    "zero": _sum_zero,
    "exact": _sum_exact,
    "tie": _sum_tie,
    "near_tie": _sum_near_tie,
    "lone_bit": _sum_lone_bit,
    "carry_out": _sum_carry_out,
    "subnormal": _sum_subnormal,
    "subnormal_tie": _sum_subnormal_tie,
    "subnormal_lone_bit": _sum_subnormal_lone_bit,
    "to_normal": _sum_to_normal,
    "overflow": _sum_overflow,
    "overflow_edge": _sum_overflow_edge,
    "underflow": _sum_underflow,
}


def sums(rng: Generator, total: int, width: int = 40) -> tuple[Ints, Ints, Names]:
    """Draw exact sums, their exponents and their classes.

    Parameters:
        rng: Random numbers.
        total: Number of sums.
        width: Bits of the magnitudes, 27 to 53.
    """
    assert 27 <= width <= 53
    classes = draw_classes(rng, SUM_CLASSES, total)
    integers, exponents = np.empty((2, total), np.int64)
    for name, make in SUM_CLASSES.items():
        chosen = np.flatnonzero(classes == name)
        integers[chosen], exponents[chosen] = make(rng, len(chosen), width)
    return integers * rng.choice([-1, 1], total), exponents, classes
