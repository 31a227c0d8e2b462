"""Pairs of operands for the FP32 adder.

The first number of a pair is ``A * 2**k`` with a full significand A, unless its class says
otherwise.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from hbfp_hw.sim.stimulus.common import (
    FULL,
    TOP,
    Floats,
    Ints,
    Names,
    bit_lengths,
    bits,
    draw_classes,
    draw_nans,
    draw_significands,
    floats,
    scaled,
)


def _gap(low: int, high: int) -> "PairMaker":
    """Return a maker of normal numbers whose exponents differ by ``low`` to ``high``."""

    def make(rng: Generator, count: int) -> tuple[Floats, Floats]:
        gap = rng.integers(low, high + 1, count)
        field = rng.integers(gap + 1, 255)
        fractions = rng.integers(0, TOP, (2, count))
        signs = rng.integers(0, 2, (2, count)) << 31
        a, b = signs | np.stack([field, field - gap]) << 23 | fractions
        return floats(a), floats(b)

    return make


def _any_pair(rng: Generator, count: int) -> tuple[Floats, Floats]:
    a, b = rng.integers(0, 1 << 32, (2, count))
    return floats(a), floats(b)


def _cancel_to_zero(rng: Generator, count: int) -> tuple[Floats, Floats]:
    a = rng.integers(1, 0x7F800000, count) | rng.integers(0, 2, count) << 31
    return floats(a), floats(a ^ 1 << 31)


def _cancel_to_subnormal(rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Draw normal operands with a subnormal difference."""
    scale = rng.integers(0, 22, count)
    difference = rng.integers(1, TOP >> scale)
    a = rng.integers(TOP + difference, 1 << 24)
    return scaled(a, scale - 149), scaled(difference - a, scale - 149)


def _scale(rng: Generator, count: int) -> Ints:
    """Draw exponents of the last place that keep sums and their small parts within the range."""
    return rng.integers(-120, 100, count)


def _tie_pair(rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Draw pairs whose sum is in the middle between two float32 numbers."""
    half = 2 * rng.integers(0, 1 << rng.integers(0, 23, count)) + 1
    a = rng.integers(TOP, (1 << 24) - half // 2 - 1)
    apart = rng.random(count) < 0.5  # a difference, kept above 2**23
    a[apart] = np.maximum(a[apart], TOP + half[apart] // 2 + 1)
    k = _scale(rng, count)
    return scaled(a, k), scaled(np.where(apart, -half, half), k - 1)


def _near_tie_pair(rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Draw pairs whose sum is off the middle by a distant bit."""
    a = rng.integers(TOP + 1, FULL, count)
    place = rng.integers(2, 24, count)
    b = ((1 << place) + rng.choice([-1, 1], count)) * rng.choice([-1, 1], count)
    k = _scale(rng, count)
    return scaled(a, k), scaled(b, k - place - 1)


def _carry_out_pair(rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Draw pairs whose rounding carries through every bit into the next exponent."""
    k = _scale(rng, count)
    return scaled(np.full(count, FULL), k), scaled(draw_significands(rng, count), k - 24)


def _overflow_pair(rng: Generator, count: int) -> tuple[Floats, Floats]:
    a = rng.integers(0xC00000, 1 << 24, count)
    return scaled(a, np.full(count, 104)), scaled(rng.integers((1 << 24) - a, 1 << 24), 104)


def _overflow_edge(rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Draw the largest float32 and about half its last place, on both sides of overflow."""
    b = 0x73000000 + rng.integers(-3, 4, count)
    return floats(np.full(count, 0x7F7FFFFF)), floats(b)


def _subnormal_sum(rng: Generator, count: int) -> tuple[Floats, Floats]:
    a = rng.integers(1, TOP - 1, count)
    return floats(a), floats(rng.integers(1, TOP - a) | rng.integers(0, 2, count) << 31)


def _subnormal_to_normal(rng: Generator, count: int) -> tuple[Floats, Floats]:
    a = rng.integers(1, TOP, count)
    return floats(a), floats(rng.integers(TOP - a, TOP))


def _subnormal_normal(rng: Generator, count: int) -> tuple[Floats, Floats]:
    a = rng.integers(TOP, 26 << 23, count)
    b = rng.integers(1, TOP, count) | rng.integers(0, 2, count) << 31
    return floats(a), floats(b)


def _zero_pair(rng: Generator, count: int) -> tuple[Floats, Floats]:
    """Draw zeros in every combination of signs."""
    a, b = rng.integers(0, 2, (2, count)) << 31
    return floats(a), floats(b)


def _zero_number(rng: Generator, count: int) -> tuple[Floats, Floats]:
    return floats(rng.integers(0, 2, count) << 31), floats(rng.integers(1, 0x7F800000, count))


def _inf_finite(rng: Generator, count: int) -> tuple[Floats, Floats]:
    b = rng.integers(0, 0x7F800000, count) | rng.integers(0, 2, count) << 31
    return floats(np.full(count, 0x7F800000)), floats(b)


def _inf_plus_inf(rng: Generator, count: int) -> tuple[Floats, Floats]:
    return floats(np.full(count, 0x7F800000)), floats(np.full(count, 0x7F800000))


def _inf_minus_inf(rng: Generator, count: int) -> tuple[Floats, Floats]:
    return floats(np.full(count, 0x7F800000)), floats(np.full(count, 0xFF800000))


def _nan_pair(rng: Generator, count: int) -> tuple[Floats, Floats]:
    return floats(draw_nans(rng, count)), floats(rng.integers(0, 1 << 32, count))


def _nan_nan(rng: Generator, count: int) -> tuple[Floats, Floats]:
    return floats(draw_nans(rng, count)), floats(draw_nans(rng, count))


PairMaker = Callable[[Generator, int], tuple[Floats, Floats]]

PAIR_CLASSES: dict[str, PairMaker] = {
    "any_bits": _any_pair,
    **{f"gap_{gap}": _gap(gap, gap) for gap in (0, 1, 2, 3, 22, 23, 24, 25, 26)},
    "gap_over_26": _gap(27, 253),
    "cancel_to_zero": _cancel_to_zero,
    "cancel_to_subnormal": _cancel_to_subnormal,
    "tie": _tie_pair,
    "near_tie": _near_tie_pair,
    "carry_out": _carry_out_pair,
    "overflow": _overflow_pair,
    "overflow_edge": _overflow_edge,
    "subnormal_sum": _subnormal_sum,
    "subnormal_to_normal": _subnormal_to_normal,
    "subnormal_normal": _subnormal_normal,
    "zeros": _zero_pair,
    "zero_number": _zero_number,
    "inf_finite": _inf_finite,
    "inf_plus_inf": _inf_plus_inf,
    "inf_minus_inf": _inf_minus_inf,
    "nan": _nan_pair,
    "nan_nan": _nan_nan,
}


def pairs(rng: Generator, total: int) -> tuple[Floats, Floats, Names]:
    """Draw operands of the adder in either order and sign; return them and the classes."""
    classes = draw_classes(rng, PAIR_CLASSES, total)
    operands = np.empty((2, total), np.uint32)
    for name, make in PAIR_CLASSES.items():
        chosen = np.flatnonzero(classes == name)
        a, b = make(rng, len(chosen))
        operands[:, chosen] = bits(a), bits(b)
    operands ^= rng.integers(0, 2, total, dtype=np.uint32) << np.uint32(31)
    swapped = rng.random(total) < 0.5
    operands[:, swapped] = operands[::-1, swapped]
    return operands[0].view(np.float32), operands[1].view(np.float32), classes


def _any_addend(rng: Generator, a: Floats) -> Floats:
    return floats(rng.integers(0, 1 << 32, len(a)))


def _near_addend(rng: Generator, a: Floats) -> Floats:
    """Draw an addend with an exponent close to that of a."""
    fields = np.clip(_fields(a) + rng.integers(-30, 31, len(a)), 0, 255)
    return floats(rng.integers(0, TOP, len(a)) | fields << 23 | rng.integers(0, 2, len(a)) << 31)


def _cancelling_addend(rng: Generator, a: Floats) -> Floats:
    """Draw nearly -a, or -a with one bit changed."""
    patterns = bits(a).astype(np.int64)
    one_bit = _random_signs(rng, a) << rng.integers(0, 24, len(a))
    apart = np.where(rng.random(len(a)) < 0.5, rng.integers(-2, 3, len(a)), one_bit)
    near = np.clip((patterns & 0x7FFFFFFF) + apart, 0, 0x7FFFFFFF)
    return floats(near | (~patterns & 1 << 31))


def _special_addend(rng: Generator, a: Floats) -> Floats:
    """Draw zeros, infinities, NaNs with a payload of one bit, and numbers at the range's ends."""
    one_bit = 1 << rng.integers(0, 23, len(a))
    field = rng.choice([0, 0, 0, 1, 254, 255], len(a)) << 23
    fraction = np.choose(rng.integers(0, 4, len(a)), [0, one_bit, one_bit, TOP - 1])
    return floats(fraction | field | rng.integers(0, 2, len(a)) << 31)


def _edge_addend(rng: Generator, a: Floats) -> Floats:
    """Draw an exponent at a distance that is an edge of the adder's width or of its shifter."""
    edges = np.array([23, 24, 25, 26, 27, 31, 32, 33, 63, 64, 127, 128])
    apart = rng.choice(edges, len(a)) * rng.choice([-1, 1], len(a))
    fields = np.clip(_fields(a) + apart, 0, 254)
    fractions = rng.integers(0, TOP, len(a)) * rng.integers(0, 2, len(a))
    return floats(fractions | fields << 23 | rng.integers(0, 2, len(a)) << 31)


def _small_addend(rng: Generator, a: Floats) -> Floats:
    """Draw half the last place of a sum near a, with or without one bit far below it."""
    place = _last_place(a) - 1 + rng.choice([-1, 0, 0, 1], len(a))
    below = rng.integers(0, 24, len(a))
    return scaled(_random_signs(rng, a) * (1 << below | (below > 0)), place - below)


def _large_addend(rng: Generator, a: Floats) -> Floats:
    """Draw an addend so large that half its last place is a bit of a.

    The bits of a below that bit then decide the rounding.
    """
    significands = np.maximum(bits(a).astype(np.int64) & (TOP - 1) | TOP * (_fields(a) > 0), 1)
    start = rng.integers(0, bit_lengths(significands))
    found = significands >> start
    bit = start + bit_lengths(found & -found) - 1  # the lowest set bit from there up
    place = _last_place(a) + bit + 1 + rng.choice([-1, 0, 0, 1], len(a))
    any_bits = rng.integers(TOP, 1 << 24, len(a))
    even = any_bits & ~1
    whole = np.choose(rng.integers(0, 6, len(a)), [TOP, FULL, FULL - 1, any_bits, even, even])
    return scaled(_random_signs(rng, a) * whole, place)


def _fields(values: Floats) -> Ints:
    return bits(values).astype(np.int64) >> 23 & 255


def _last_place(values: Floats) -> Ints:
    """Return the exponent of the last bit."""
    return np.maximum(_fields(values), 1) - 150


def _random_signs(rng: Generator, values: Floats) -> Ints:
    return rng.choice([-1, 1], len(values))


ADDENDS: tuple[Callable[[Generator, Floats], Floats], ...] = (
    _any_addend,
    _near_addend,
    _cancelling_addend,
    _special_addend,
    _edge_addend,
    _small_addend,
    _large_addend,
)


def near_pairs(rng: Generator, a: Floats) -> Floats:
    """Draw second operands for given first ones, of every kind of :data:`ADDENDS`.

    A zero gets special ones more often, as most other kinds depend on the bits of a.
    """
    kinds = rng.integers(0, len(ADDENDS), a.shape)
    kinds[(a == 0) & (rng.random(a.shape) < 0.5)] = ADDENDS.index(_special_addend)
    b = np.empty_like(a)
    for kind, make in enumerate(ADDENDS):
        chosen = kinds == kind
        b[chosen] = make(rng, a[chosen])
    return b
