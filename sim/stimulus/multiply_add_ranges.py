"""Corner classes of a multiply-add: distances of exponents, ends of the range, special values.

Each function draws ``count`` triples of one class, for any size of factors and of addend.
"""

import numpy as np
from numpy.random import Generator

from hbfp_hw.sim.stimulus.numbers import (
    BIAS,
    LARGEST_FIELD,
    Maker,
    Size,
    Triple,
    anything,
    draw_bits,
    factors,
    finite,
    nans,
    normals,
    numbers,
    power_factors,
    with_signs,
    zero_bits,
    zeros,
)


def any_bits(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (anything(rng, count, factor) for _ in range(2))
    return a, b, anything(rng, count, addend)


def gap(low: int, high: int) -> Maker:
    """Return a maker of triples whose addend's exponent exceeds the product's by low to high."""

    def make(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
        c = rng.integers(1 + max(high, 0), 255 + min(low, 0), count)
        a, b = factors(rng, c - rng.integers(low, high + 1, count), factor)
        return a, b, numbers(rng, c, addend)

    return make


def far_above(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    return gap(addend.fraction + 4, 100)(rng, count, factor, addend)


def far_below(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw an addend below every bit of the product and of the result."""
    distance = max(2 * factor.fraction, addend.fraction) + 3
    return gap(-120, -distance)(rng, count, factor, addend)


def subnormal_sum(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product of at most half the smallest normal number, and a subnormal addend or 0."""
    fields = rng.integers(-addend.fraction, -1, count)
    a, b = factors(rng, fields, factor)
    c = rng.integers(0, addend.one // 2, count) * rng.integers(0, 2, count)
    return a, b, c | draw_bits(rng, count) << (addend.bits - 1)


def subnormal_factor(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw one subnormal factor, one large one, and an addend of similar size."""
    a = rng.integers(1, factor.one, count) >> rng.integers(0, factor.fraction, count)
    a = np.maximum(a, 1) | draw_bits(rng, count) << (factor.bits - 1)
    field = rng.integers(100, 255, count)
    b = numbers(rng, field, factor)
    near = field - BIAS + rng.integers(-2 * addend.fraction, addend.fraction, count)
    c = numbers(rng, np.clip(near, 0, LARGEST_FIELD), addend)
    swapped = rng.random(count) < 0.5
    return np.where(swapped, b, a), np.where(swapped, a, b), c


def subnormal_factors(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (rng.integers(1, factor.one, count) for _ in range(2))
    c = numbers(rng, rng.integers(0, 3, count), addend) * rng.integers(0, 2, count)
    return with_signs(rng, (a, b, c), factor, addend, 0)


def underflow(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product of half the smallest number or less: it rounds to a zero with its sign."""
    a, b = factors(rng, rng.integers(-120, -addend.fraction - 1, count), factor)
    return a, b, zeros(rng, count, addend)


def overflow(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product of twice the largest number or more."""
    a, b = factors(rng, rng.integers(256, 380, count), factor)
    return a, b, finite(rng, count, addend)


def overflow_undone(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product beyond the largest number and an addend that brings the sum back."""
    part = rng.integers(factor.one, factor.one + factor.one // 4, count)
    product = power_factors(part, np.full(count, BIAS + 1 - factor.fraction), factor)
    fractions = rng.integers(addend.one // 2, addend.one, count)
    c = addend.join(zero_bits(count), np.full(count, LARGEST_FIELD), fractions)
    return with_signs(rng, (*product, c), factor, addend, 1)


def zero_product(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    return zeros(rng, count, factor), finite(rng, count, factor), finite(rng, count, addend)


def all_zero(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    return zeros(rng, count, factor), finite(rng, count, factor), zeros(rng, count, addend)


def inf_times_zero(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a = factor.infinity(draw_bits(rng, count))
    return a, zeros(rng, count, factor), anything(rng, count, addend)


def inf_factor(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a = factor.infinity(draw_bits(rng, count))
    return a, normals(rng, count, factor), finite(rng, count, addend)


def inf_addend(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (finite(rng, count, factor) for _ in range(2))
    return a, b, addend.infinity(draw_bits(rng, count))


def infinities(apart: int) -> Maker:
    """Return a maker of an infinite product and addend; 1 for opposite signs, 0 for equal ones."""

    def make(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
        a, c = factor.infinity(zero_bits(count)), addend.infinity(zero_bits(count))
        b = normals(rng, count, factor) & (1 << (factor.bits - 1)) - 1
        return with_signs(rng, (a, b, c), factor, addend, apart)

    return make


def nan_factor(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = nans(rng, count, factor), anything(rng, count, factor)
    return a, b, anything(rng, count, addend)


def nan_addend(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (anything(rng, count, factor) for _ in range(2))
    return a, b, nans(rng, count, addend)
