"""Corner classes of a multiply-add whose rounding or cancellation depends on a few bits.

Each function draws ``count`` triples of one class, for any size of factors and of addend.
"""

import numpy as np
from numpy.random import Generator

from hbfp_hw.sim.stimulus.common import Ints
from hbfp_hw.sim.stimulus.numbers import (
    BIAS,
    LARGEST_FIELD,
    Size,
    Triple,
    draw_bits,
    factors,
    power_factors,
    with_signs,
    zero_bits,
    zeros,
)


def cancel_to_zero(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product that fits the addend's significand, and its negative as the addend."""
    half = min(factor.fraction + 1, (addend.fraction + 1) // 2)
    fields = rng.integers(40, 200, count)
    a, b = factors(rng, fields, factor)
    cut = factor.fraction + 1 - half
    a, b = a >> cut << cut, b >> cut << cut
    product = factor.values(a) * factor.values(b)
    pattern = product.astype(np.float32).view(np.uint32).astype(np.int64) >> (32 - addend.bits)
    return a, b, pattern ^ 1 << (addend.bits - 1)


def cancel(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw an addend that cancels all but the last bits of the product."""
    a, b = factors(rng, rng.integers(30, 230, count), factor)
    product = factor.values(a) * factor.values(b)
    pattern = product.astype(np.float32).view(np.uint32).astype(np.int64) >> (32 - addend.bits)
    return a, b, (pattern + rng.integers(-2, 3, count)) ^ 1 << (addend.bits - 1)


def cancel_to_subnormal(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product near the smallest normal numbers and an addend that cancels most of it."""
    a, b = factors(rng, rng.integers(1, addend.fraction + 4, count), factor)
    product = factor.values(a) * factor.values(b)
    pattern = product.astype(np.float32).view(np.uint32).astype(np.int64) >> (32 - addend.bits)
    near = (pattern & (1 << (addend.bits - 1)) - 1) + rng.integers(-2, 3, count)
    return a, b, np.maximum(near, 1) | (~pattern & 1 << (addend.bits - 1))


TRIES = 32
"""Number of first factors to try; nearly a third have a partner with a full-length product."""


def _inverse(odd: Ints, width: int) -> Ints:
    """Return the inverse of odd integers modulo 2**width, by Newton's iteration."""
    inverse = odd.copy()
    for _ in range(5):
        inverse = inverse * (2 - odd * inverse) & (1 << width) - 1
    return inverse


def product_near_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product above the middle between two numbers by a single bit at any distance.

    The numbers have the factors' size, and the addend is zero.
    """
    width = factor.fraction + 1
    x = rng.integers(factor.one, 2 * factor.one, (TRIES, count)) | 1
    off = 1 << rng.integers(0, width - 1, count)
    y = _inverse(x, width) * (factor.one + off) & (1 << width) - 1
    # Only in a product of full length are the middle bits at their intended places.
    chosen = np.argmax(x * y >> (2 * width - 1), axis=0), np.arange(count)
    exponents = rng.integers(-40, 20, count)
    a, b = factor.scaled(x[chosen], exponents), factor.scaled(y[chosen], exponents)
    return with_signs(rng, (a, b, zeros(rng, count, addend)), factor, addend, 0)


def lone_product(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product of half the addend's last place, or a multiple, plus one bit far below."""
    width = factor.fraction + 1
    x = rng.integers(factor.one, 2 * factor.one, count) | 1
    y = _inverse(x, width)
    whole = np.maximum(x * y >> width, 1)
    lowest = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    exponents = rng.integers(-40, 20, count)
    a, b = factor.scaled(x, exponents // 2), factor.scaled(y, exponents - exponents // 2)
    c = rng.integers(addend.one, 2 * addend.one, count)
    c = addend.scaled(c, exponents + width + 1 + lowest)
    return with_signs(rng, (a, b, c), factor, addend, draw_bits(rng, count))


def _odd(rng: Generator, count: int, bits: int) -> Ints:
    """Draw odd integers of up to about this many bits."""
    return 2 * rng.integers(0, 1 << rng.integers(0, bits, count)) + 1


def tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a sum in the middle between two numbers."""
    half = _odd(rng, count, factor.fraction - 2)
    exponents = rng.integers(-80, 80, count)
    room = half // 2 + 1
    c = rng.integers(addend.one + room, 2 * addend.one - room)
    triple = (*power_factors(half, exponents - 1, factor), addend.scaled(c, exponents))
    return with_signs(rng, triple, factor, addend, draw_bits(rng, count))


def near_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a sum that is off the middle by a distant bit."""
    place = rng.integers(1, factor.fraction + 1, count)
    near = (1 << place) + rng.choice([-1, 1], count)
    exponents = rng.integers(-50, 80, count)
    c = rng.integers(addend.one + 1, 2 * addend.one - 1, count)
    product = power_factors(near, exponents - 1 - place, factor)
    triple = (*product, addend.scaled(c, exponents))
    return with_signs(rng, triple, factor, addend, draw_bits(rng, count))


def lone_addend(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw an addend of one bit, at any distance below the product.

    If the factors are as long as the addend, the product ends in half a last place.
    """
    width = min(addend.fraction // 2 + 2, factor.fraction + 1)
    x, y = rng.integers(1 << (width - 1), 1 << width, (2, count)) | 1
    exponents = rng.integers(-40, 80, count)
    low = exponents // 2
    a, b = factor.scaled(x, low), factor.scaled(y, exponents - low)
    below = rng.integers(1, addend.fraction + 5, count)
    c = addend.scaled(np.ones_like(x), exponents - below)
    return with_signs(rng, (a, b, c), factor, addend, draw_bits(rng, count))


def addend_near_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a product of whole last places and a smaller addend.

    The addend has half a last place, one bit far below it, and any bits above.
    """
    width = min(addend.fraction // 2, factor.fraction + 1)
    x, y = rng.integers(1 << (width - 1), 1 << width, (2, count)) | 1
    exponents = rng.integers(-40, 80, count)
    low = exponents // 2
    a, b = factor.scaled(x, low), factor.scaled(y, exponents - low)
    top = np.frexp((x * y).astype(np.float64))[1] - 1
    place = rng.integers(1, addend.fraction, count)
    above = rng.integers(0, 1 << (addend.fraction - place), count)
    c = (2 * above + 1 << place) + 1
    c = addend.scaled(c, exponents + top - addend.fraction - 1 - place)
    return with_signs(rng, (a, b, c), factor, addend, draw_bits(rng, count))


def carry_out(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a sum whose rounding carries through every bit into the next exponent."""
    exponents = rng.integers(-50, 80, count)
    full = np.full(count, 2 * addend.one - 1)
    part = rng.integers(factor.one, 2 * factor.one, count)
    product = power_factors(part, exponents - 1 - factor.fraction, factor)
    triple = (*product, addend.scaled(full, exponents))
    return with_signs(rng, triple, factor, addend, 0)


def _lowest(size: Size) -> int:
    """Return the exponent of the smallest positive number."""
    return 1 - BIAS - size.fraction


def subnormal_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw a sum in the middle between two subnormals, or off it by a distant bit."""
    half = _odd(rng, count, factor.fraction - 2)
    place = rng.integers(1, factor.fraction + 1, count)
    near = (1 << place) + rng.choice([-1, 1], count)
    off = rng.random(count) < 0.5
    exponents = np.full(count, _lowest(addend) - 1)
    product = power_factors(np.where(off, near, half), exponents - place * off, factor)
    c = rng.integers(0, addend.one - factor.one // 4, count)
    return with_signs(rng, (*product, c), factor, addend, draw_bits(rng, count))


def to_normal(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw the largest subnormal and a product of about half the smallest one."""
    near = factor.one + rng.integers(-2, 3, count)
    exponents = np.full(count, _lowest(addend) - 1 - factor.fraction)
    triple = (*power_factors(near, exponents, factor), np.full(count, addend.one - 1))
    return with_signs(rng, triple, factor, addend, 0)


def overflow_edge(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Draw the largest number and about half its last place, on both sides of overflow."""
    near = factor.one + rng.integers(-2, 3, count)
    exponents = np.full(count, BIAS - addend.fraction - 1 - factor.fraction)
    largest = addend.join(
        zero_bits(count), np.full(count, LARGEST_FIELD), np.full(count, addend.one - 1)
    )
    return with_signs(rng, (*power_factors(near, exponents, factor), largest), factor, addend, 0)
