"""Operands of a multiply-add, FP32 and BF16, of every corner class.

Each class is made for any two sizes, that of the factors and that of the addend.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from hbfp_hw.sim.stimulus.common import Ints, Names, draw_classes
from hbfp_hw.sim.stimulus.numbers import (
    BIAS,
    LARGEST_FIELD,
    Size,
    anything,
    draw_bits,
    factors,
    finite,
    nans,
    nonzero,
    numbers,
    power_factors,
    zero_bits,
    zeros,
)

Triple = tuple[Ints, Ints, Ints]


def _with_signs(
    rng: Generator, triple: Triple, factor: Size, addend: Size, apart: Ints | int
) -> Triple:
    """Signs for a positive triple; apart means that product and addend differ in theirs."""
    a, b, c = triple
    first, second = draw_bits(rng, len(a)), draw_bits(rng, len(a))
    top = factor.bits - 1
    return a | first << top, b | second << top, c | (first ^ second ^ apart) << (addend.bits - 1)


Maker = Callable[[Generator, int, Size, Size], Triple]


def _any(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (anything(rng, count, factor) for _ in range(2))
    return a, b, anything(rng, count, addend)


def _gap(low: int, high: int) -> Maker:
    """The addend's exponent is that of the product and so much more."""

    def make(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
        c = rng.integers(1 + max(high, 0), 255 + min(low, 0), count)
        a, b = factors(rng, c - rng.integers(low, high + 1, count), factor)
        return a, b, numbers(rng, c, addend)

    return make


def _far_above(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    return _gap(addend.fraction + 4, 100)(rng, count, factor, addend)


def _far_below(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Below every bit of the product, and of the result."""
    gap = max(2 * factor.fraction, addend.fraction) + 3
    return _gap(-120, -gap)(rng, count, factor, addend)


def _cancel_to_zero(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Products that fit into an addend."""
    half = min(factor.fraction + 1, (addend.fraction + 1) // 2)
    fields = rng.integers(40, 200, count)
    a, b = factors(rng, fields, factor)
    cut = factor.fraction + 1 - half
    a, b = a >> cut << cut, b >> cut << cut
    product = factor.values(a) * factor.values(b)
    pattern = product.astype(np.float32).view(np.uint32).astype(np.int64) >> (32 - addend.bits)
    return a, b, pattern ^ 1 << (addend.bits - 1)


def _cancel(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """All but the last bits of the product."""
    a, b = factors(rng, rng.integers(30, 230, count), factor)
    product = factor.values(a) * factor.values(b)
    pattern = product.astype(np.float32).view(np.uint32).astype(np.int64) >> (32 - addend.bits)
    return a, b, (pattern + rng.integers(-2, 3, count)) ^ 1 << (addend.bits - 1)


def _cancel_to_subnormal(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """A product of the lowest normal numbers, of which all but the last bits cancel."""
    a, b = factors(rng, rng.integers(1, addend.fraction + 4, count), factor)
    product = factor.values(a) * factor.values(b)
    pattern = product.astype(np.float32).view(np.uint32).astype(np.int64) >> (32 - addend.bits)
    near = (pattern & (1 << (addend.bits - 1)) - 1) + rng.integers(-2, 3, count)
    return a, b, np.maximum(near, 1) | (~pattern & 1 << (addend.bits - 1))


TRIES = 32
"""First factors to try; nearly a third of them have a partner with a product of full length."""


def _inverse(odd: Ints, width: int) -> Ints:
    """Inverse modulo 2**width, by Newton's iteration."""
    inverse = odd.copy()
    for _ in range(5):
        inverse = inverse * (2 - odd * inverse) & (1 << width) - 1
    return inverse


def _product_near_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """The product is above the middle between two numbers of the factors' size by a single bit,
    however far away; a zero is added."""
    width = factor.fraction + 1
    x = rng.integers(factor.one, 2 * factor.one, (TRIES, count)) | 1
    off = 1 << rng.integers(0, width - 1, count)
    y = _inverse(x, width) * (factor.one + off) & (1 << width) - 1
    # Only in a product of full length the bits of its middle stand where they were made.
    chosen = np.argmax(x * y >> (2 * width - 1), axis=0), np.arange(count)
    exponents = rng.integers(-40, 20, count)
    a, b = factor.scaled(x[chosen], exponents), factor.scaled(y[chosen], exponents)
    return _with_signs(rng, (a, b, zeros(rng, count, addend)), factor, addend, 0)


def _lone_product(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Of a product in whole halves of the addend's last place, one bit is over, far below."""
    width = factor.fraction + 1
    x = rng.integers(factor.one, 2 * factor.one, count) | 1
    y = _inverse(x, width)
    whole = np.maximum(x * y >> width, 1)
    lowest = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    exponents = rng.integers(-40, 20, count)
    a, b = factor.scaled(x, exponents // 2), factor.scaled(y, exponents - exponents // 2)
    c = rng.integers(addend.one, 2 * addend.one, count)
    c = addend.scaled(c, exponents + width + 1 + lowest)
    return _with_signs(rng, (a, b, c), factor, addend, draw_bits(rng, count))


def _odd(rng: Generator, count: int, bits: int) -> Ints:
    return 2 * rng.integers(0, 1 << rng.integers(0, bits, count)) + 1


def _tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """The sum lies in the middle between two numbers."""
    half = _odd(rng, count, factor.fraction - 2)
    exponents = rng.integers(-80, 80, count)
    room = half // 2 + 1
    c = rng.integers(addend.one + room, 2 * addend.one - room)
    triple = (
        *power_factors(half, exponents - 1, factor),
        addend.scaled(c, exponents),
    )
    return _with_signs(rng, triple, factor, addend, draw_bits(rng, count))


def _near_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """The sum is off the middle by a far away bit."""
    place = rng.integers(1, factor.fraction + 1, count)
    near = (1 << place) + rng.choice([-1, 1], count)
    exponents = rng.integers(-50, 80, count)
    c = rng.integers(addend.one + 1, 2 * addend.one - 1, count)
    product = power_factors(near, exponents - 1 - place, factor)
    triple = (*product, addend.scaled(c, exponents))
    return _with_signs(rng, triple, factor, addend, draw_bits(rng, count))


def _lone_addend(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """An addend of one bit, however far below the product; of that, half a last place is a one
    if factors are as long as the addend."""
    width = min(addend.fraction // 2 + 2, factor.fraction + 1)
    x, y = rng.integers(1 << (width - 1), 1 << width, (2, count)) | 1
    exponents = rng.integers(-40, 80, count)
    low = exponents // 2
    a, b = factor.scaled(x, low), factor.scaled(y, exponents - low)
    below = rng.integers(1, addend.fraction + 5, count)
    c = addend.scaled(np.ones_like(x), exponents - below)
    return _with_signs(rng, (a, b, c), factor, addend, draw_bits(rng, count))


def _addend_near_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """An addend below a product in whole last places: it has half a last place, one bit far below,
    and any bits above."""
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
    return _with_signs(rng, (a, b, c), factor, addend, draw_bits(rng, count))


def _carry_out(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Rounding up runs through every bit into the next exponent."""
    exponents = rng.integers(-50, 80, count)
    full = np.full(count, 2 * addend.one - 1)
    part = rng.integers(factor.one, 2 * factor.one, count)
    product = power_factors(part, exponents - 1 - factor.fraction, factor)
    triple = (*product, addend.scaled(full, exponents))
    return _with_signs(rng, triple, factor, addend, 0)


def _lowest(size: Size) -> int:
    """Exponent of the smallest positive number."""
    return 1 - BIAS - size.fraction


def _subnormal_sum(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """A product of at most half the smallest normal number, and a subnormal or none."""
    fields = rng.integers(-addend.fraction, -1, count)
    a, b = factors(rng, fields, factor)
    c = rng.integers(0, addend.one // 2, count) * rng.integers(0, 2, count)
    return a, b, c | draw_bits(rng, count) << (addend.bits - 1)


def _subnormal_tie(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """In the middle between two subnormals, or off it by a far away bit."""
    half = _odd(rng, count, factor.fraction - 2)
    place = rng.integers(1, factor.fraction + 1, count)
    near = (1 << place) + rng.choice([-1, 1], count)
    off = rng.random(count) < 0.5
    exponents = np.full(count, _lowest(addend) - 1)
    product = power_factors(np.where(off, near, half), exponents - place * off, factor)
    c = rng.integers(0, addend.one - factor.one // 4, count)
    return _with_signs(rng, (*product, c), factor, addend, draw_bits(rng, count))


def _to_normal(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """The largest subnormal and about half the smallest one."""
    near = factor.one + rng.integers(-2, 3, count)
    exponents = np.full(count, _lowest(addend) - 1 - factor.fraction)
    triple = (*power_factors(near, exponents, factor), np.full(count, addend.one - 1))
    return _with_signs(rng, triple, factor, addend, 0)


def _subnormal_factor(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """One factor subnormal, the other one large; an addend near by."""
    a = rng.integers(1, factor.one, count) >> rng.integers(0, factor.fraction, count)
    a = np.maximum(a, 1) | draw_bits(rng, count) << (factor.bits - 1)
    field = rng.integers(100, 255, count)
    b = numbers(rng, field, factor)
    near = field - BIAS + rng.integers(-2 * addend.fraction, addend.fraction, count)
    c = numbers(rng, np.clip(near, 0, LARGEST_FIELD), addend)
    swapped = rng.random(count) < 0.5
    return np.where(swapped, b, a), np.where(swapped, a, b), c


def _subnormal_factors(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (rng.integers(1, factor.one, count) for _ in range(2))
    c = numbers(rng, rng.integers(0, 3, count), addend) * rng.integers(0, 2, count)
    return _with_signs(rng, (a, b, c), factor, addend, 0)


def _underflow(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """Half the smallest number or less: becomes a zero, which keeps the sign."""
    a, b = factors(rng, rng.integers(-120, -addend.fraction - 1, count), factor)
    return a, b, zeros(rng, count, addend)


def _overflow(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """A product that is twice the largest number or more."""
    a, b = factors(rng, rng.integers(256, 380, count), factor)
    return a, b, finite(rng, count, addend)


def _overflow_edge(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """The largest number and about half its last place: stays or becomes infinite."""
    near = factor.one + rng.integers(-2, 3, count)
    exponents = np.full(count, BIAS - addend.fraction - 1 - factor.fraction)
    largest = addend.join(
        zero_bits(count), np.full(count, LARGEST_FIELD), np.full(count, addend.one - 1)
    )
    return _with_signs(rng, (*power_factors(near, exponents, factor), largest), factor, addend, 0)


def _overflow_undone(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    """A product beyond the largest number, which the addend brings back."""
    part = rng.integers(factor.one, factor.one + factor.one // 4, count)
    product = power_factors(part, np.full(count, BIAS + 1 - factor.fraction), factor)
    fractions = rng.integers(addend.one // 2, addend.one, count)
    c = addend.join(zero_bits(count), np.full(count, LARGEST_FIELD), fractions)
    return _with_signs(rng, (*product, c), factor, addend, 1)


def _zero_product(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    return zeros(rng, count, factor), finite(rng, count, factor), finite(rng, count, addend)


def _all_zero(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    return zeros(rng, count, factor), finite(rng, count, factor), zeros(rng, count, addend)


def _inf_times_zero(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a = factor.infinity(draw_bits(rng, count))
    return a, zeros(rng, count, factor), anything(rng, count, addend)


def _inf_factor(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a = factor.infinity(draw_bits(rng, count))
    return a, nonzero(rng, count, factor), finite(rng, count, addend)


def _inf_addend(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (finite(rng, count, factor) for _ in range(2))
    return a, b, addend.infinity(draw_bits(rng, count))


def _infinities(apart: int) -> Maker:
    def make(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
        a, c = factor.infinity(zero_bits(count)), addend.infinity(zero_bits(count))
        b = nonzero(rng, count, factor) & (1 << (factor.bits - 1)) - 1
        return _with_signs(rng, (a, b, c), factor, addend, apart)

    return make


def _nan_factor(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = nans(rng, count, factor), anything(rng, count, factor)
    return a, b, anything(rng, count, addend)


def _nan_addend(rng: Generator, count: int, factor: Size, addend: Size) -> Triple:
    a, b = (anything(rng, count, factor) for _ in range(2))
    return a, b, nans(rng, count, addend)


TRIPLE_CLASSES: dict[str, Maker] = {
    "any_bits": _any,
    **{f"gap_{gap}": _gap(gap, gap) for gap in (-3, -2, -1, 0, 1, 2, 3)},
    "near": _gap(-50, 30),
    "addend_far_above": _far_above,
    "addend_far_below": _far_below,
    "cancel_to_zero": _cancel_to_zero,
    "cancel": _cancel,
    "cancel_to_subnormal": _cancel_to_subnormal,
    "tie": _tie,
    "near_tie": _near_tie,
    "lone_addend": _lone_addend,
    "addend_near_tie": _addend_near_tie,
    "lone_product": _lone_product,
    "product_near_tie": _product_near_tie,
    "carry_out": _carry_out,
    "subnormal_sum": _subnormal_sum,
    "subnormal_tie": _subnormal_tie,
    "to_normal": _to_normal,
    "subnormal_factor": _subnormal_factor,
    "subnormal_factors": _subnormal_factors,
    "underflow": _underflow,
    "overflow": _overflow,
    "overflow_edge": _overflow_edge,
    "overflow_undone": _overflow_undone,
    "zero_product": _zero_product,
    "all_zero": _all_zero,
    "inf_times_zero": _inf_times_zero,
    "inf_factor": _inf_factor,
    "inf_addend": _inf_addend,
    "inf_plus_inf": _infinities(0),
    "inf_minus_inf": _infinities(1),
    "nan_factor": _nan_factor,
    "nan_addend": _nan_addend,
}


def triples(
    rng: Generator, total: int, factor_bits: int, bits: int
) -> tuple[Ints, Ints, Ints, Names]:
    """Factors in either order, addends, and the class of each triple.

    Parameters:
        factor_bits, bits: Sizes of the factors and of the addend: 16 or 32.
    """
    factor, addend = Size(factor_bits), Size(bits)
    classes = draw_classes(rng, TRIPLE_CLASSES, total)
    operands = np.empty((3, total), np.int64)
    for name, make in TRIPLE_CLASSES.items():
        places = np.flatnonzero(classes == name)
        operands[:, places] = make(rng, len(places), factor, addend)
    swapped = rng.random(total) < 0.5
    operands[:2, swapped] = operands[1::-1, swapped]
    a, b, c = operands
    return a, b, c, classes


def lanes(
    rng: Generator, total: int, count: int, factor_bits: int, bits: int
) -> tuple[Ints, Ints, Ints, Names]:
    """Operands of a dot product: a triple in one lane, and in the others what meets it.

    Factors have the shape (total, count). Products of the other lanes are zero or near the addend.
    """
    factor, addend = Size(factor_bits), Size(bits)
    a, b, c, classes = triples(rng, total, factor_bits, bits)
    fields = np.repeat(c >> addend.fraction & 255, count)
    x, y = factors(rng, fields + rng.integers(-12, 13, total * count), factor)
    x[rng.random(total * count) < 0.5] = 0
    pairs = np.stack([x, y]).reshape(2, total, count)
    pairs[:, np.arange(total), rng.integers(0, count, total)] = a, b
    return pairs[0], pairs[1], c, classes


def integers(rng: Generator, total: int, count: int) -> Triple:
    """Operands of a dot product of INT8 pairs: anything, extremes, and sums that wrap around.

    Factors have the shape (total, count).
    """
    pairs = rng.integers(-128, 128, (2, total, count))
    extreme = rng.random(pairs.shape) < rng.choice([0.0, 0.3, 1.0], (total, 1))
    pairs[extreme] = rng.choice([-128, -127, -1, 0, 1, 127], extreme.sum())
    c = rng.integers(-(1 << 31), 1 << 31, total)
    near = rng.random(total) < 0.5
    edges = rng.choice([-(1 << 31), 0, (1 << 31) - 1], total)
    inward = np.where(edges > 0, -1, 1)
    c[near] = (edges + inward * rng.integers(0, 1 << 14, total))[near]
    return pairs[0], pairs[1], c
