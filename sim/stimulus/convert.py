"""Blocks of FP32 values for the converter, from the whole range of FP32.

Most classes are made of *grains*: integers of up to 24 bits in units of ``2**(E - 24)``. Each is an
exact float32. If the grain of one lane is ``2**23`` or more, E is the block's shared exponent.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.sim.stimulus.common import (
    FULL,
    TOP,
    Floats,
    Ints,
    Names,
    bits,
    draw_classes,
    draw_nans,
    draw_signs,
    floats,
    scaled,
)


class FormatSizes(Protocol):
    """Sizes of a format that the generators need; ``HBFPFormat`` has them."""

    @property
    def mantissa_bits(self) -> int: ...
    @property
    def block_size(self) -> int: ...
    @property
    def exponent_bits(self) -> int: ...


def _exponents(rng: Generator, fmt: FormatSizes, count: int) -> Ints:
    """Draw shared exponents that do not clamp."""
    highest = (1 << (fmt.exponent_bits - 1)) - 1
    return rng.integers(max(-125, -highest), min(128, highest) + 1, count)


def _put(rng: Generator, blocks: NDArray[Any], values: ArrayLike) -> None:
    """Put one value into a random lane of each block."""
    blocks[np.arange(len(blocks)), rng.integers(0, blocks.shape[1], len(blocks))] = values


def _lift(rng: Generator, grains: Ints) -> Ints:
    """Set the leading bit of one lane, which then decides the shared exponent."""
    lanes = rng.integers(0, grains.shape[1], len(grains))
    rows = np.arange(len(grains))
    grains[rows, lanes] |= TOP
    return grains


def _block(
    rng: Generator,
    fmt: FormatSizes,
    grains: Ints,
    exponents: Ints | None = None,
    same_sign: bool = False,
) -> Floats:
    if exponents is None:
        exponents = _exponents(rng, fmt, len(grains))
    signs = draw_signs(rng, (len(grains), 1) if same_sign else grains.shape)
    return scaled(signs * grains, exponents[:, None] - 24)


def _any_grains(rng: Generator, fmt: FormatSizes, count: int) -> Ints:
    return _lift(rng, rng.integers(0, 1 << 24, (count, fmt.block_size)))


def _place(fmt: FormatSizes) -> int:
    """Return the binary logarithm of the number of grains in an ulp."""
    return 25 - fmt.mantissa_bits


def _tie_grains(rng: Generator, fmt: FormatSizes, count: int) -> Ints:
    shape = (count, fmt.block_size)
    units = rng.integers(0, 1 << (fmt.mantissa_bits - 1), shape)
    return _lift(rng, (2 * units + 1) << (_place(fmt) - 1))


def _any_bits(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    patterns = rng.integers(0, 0x7F800000, (count, fmt.block_size))
    return floats(patterns | rng.integers(0, 2, patterns.shape) << 31)


def _narrow(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw blocks whose exponents are at most two apart."""
    grains = rng.integers(1 << 21, 1 << 24, (count, fmt.block_size))
    return _block(rng, fmt, _lift(rng, grains))


def _wide(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw blocks of one large value and others down to the subnormals."""
    tops = rng.integers(200, 255, count)
    fields = rng.integers(0, tops[:, None], (count, fmt.block_size))
    _put(rng, fields, tops)
    patterns = fields << 23 | rng.integers(0, TOP, fields.shape)
    return floats(patterns | rng.integers(0, 2, fields.shape) << 31)


def _same_sign(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    return _block(rng, fmt, _any_grains(rng, fmt, count), same_sign=True)


def _largest(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw blocks of saturated mantissas of one sign, which give the largest sums."""
    return _block(rng, fmt, np.full((count, fmt.block_size), FULL), same_sign=True)


def _tie(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    return _block(rng, fmt, _tie_grains(rng, fmt, count))


def _near_tie(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    grains = _tie_grains(rng, fmt, count)
    return _block(rng, fmt, grains + rng.choice([-1, 1], grains.shape))


NEAR = 6
"""Most places from the half down to the lone bit, in half of the lanes of class ``lone_bit``."""


def _lone_bit(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw lanes of an even mantissa plus half its last place, and mostly one bit below that.

    Without that bit the lane is a tie and rounds down; with it, at any distance, the lane rounds
    up. The leading bit of a lane is anywhere, down to the half itself.
    """
    shape = (count, fmt.block_size)
    lower = rng.integers(0, fmt.mantissa_bits, shape)
    _put(rng, lower, 0)
    half = _place(fmt) - 1 + lower  # place of the half, in grains of the lane
    kept = rng.integers(TOP, 1 << 24, shape) >> (half + 2) << (half + 2)
    kept[lower == 0] |= TOP
    lone = rng.random(shape) < 0.75
    lowest = np.where(rng.random(shape) < 0.5, np.maximum(half - NEAR, 0), 0)
    grains = kept | 1 << half | np.where(lone, 1 << rng.integers(lowest, half), 0)
    # The lowest lanes need 24 bits below their exponent.
    exponents = np.maximum(_exponents(rng, fmt, count), fmt.mantissa_bits - 126)
    return scaled(draw_signs(rng, shape) * grains, exponents[:, None] - 24 - lower)


def _shift_edge(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw lanes whose distance from the largest one is at an edge of the shifter, or one off.

    The edges are the widths of mantissa and significand, and the powers of two, at which each
    further bit of the distance starts to matter.
    """
    widths = np.array([fmt.mantissa_bits - 1, fmt.mantissa_bits, 24, 24 + fmt.mantissa_bits])
    edges = np.concatenate([widths, 1 << np.arange(3, 8)])
    shape = (count, fmt.block_size)
    below = rng.choice(edges, shape) + rng.integers(-1, 2, shape)
    _put(rng, below, 0)
    fields = np.maximum(_exponents(rng, fmt, count)[:, None] + 126 - below, 0)
    fractions = rng.integers(0, TOP, shape) * rng.integers(0, 2, shape)
    return floats(rng.integers(0, 2, shape) << 31 | fields << 23 | fractions)


def _saturating(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw blocks with a lane that would round up past the largest mantissa."""
    grains = _any_grains(rng, fmt, count)
    _put(rng, grains, rng.integers((1 << 24) - (1 << (_place(fmt) - 1)), 1 << 24, count))
    return _block(rng, fmt, grains)


def _max_float(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    grains = _any_grains(rng, fmt, count)
    _put(rng, grains, FULL)
    return _block(rng, fmt, grains, np.full(count, 128))


def _power_of_two(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw powers of two; the largest is the smallest value with its exponent."""
    grains = 1 << rng.integers(0, 24, (count, fmt.block_size))
    _put(rng, grains, TOP)
    return _block(rng, fmt, grains)


def _subnormal(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    patterns = rng.integers(0, TOP, (count, fmt.block_size)) >> rng.integers(0, 24, (count, 1))
    _put(rng, patterns, 1 << rng.integers(0, 23, count))
    return floats(patterns | rng.integers(0, 2, patterns.shape) << 31)


def _near_subnormal(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw subnormals beside the smallest normal numbers."""
    patterns = rng.integers(0, 4 << 23, (count, fmt.block_size))
    _put(rng, patterns, rng.integers(TOP, 4 << 23, count))
    return floats(patterns | rng.integers(0, 2, patterns.shape) << 31)


def _negative_zero(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    blocks = _block(rng, fmt, _any_grains(rng, fmt, count))
    blocks[rng.random(blocks.shape) < 0.5] = -0.0
    _put(rng, blocks, -0.0)
    return blocks


def _zero(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    return floats(rng.integers(0, 2, (count, fmt.block_size)) << 31)


def _nan(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    patterns = bits(_any_bits(rng, fmt, count))
    many = rng.random(patterns.shape) < rng.choice([0.0, 0.3, 1.0], (count, 1))
    patterns[many] = draw_nans(rng, many.sum())
    _put(rng, patterns, draw_nans(rng, count))
    return floats(patterns)


def _inf(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    blocks = _any_bits(rng, fmt, count)
    many = rng.random(blocks.shape) < rng.choice([0.0, 0.3, 1.0], (count, 1))
    blocks[many] = np.inf * draw_signs(rng, many.sum())
    _put(rng, blocks, np.inf * draw_signs(rng, count))
    return blocks


def _clamp_high(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw blocks above the largest exponent, with smaller lanes on both sides of it."""
    limit = (1 << (fmt.exponent_bits - 1)) - 1
    exponents = np.minimum(limit + rng.geometric(0.3, count), 128)
    grains = _any_grains(rng, fmt, count) >> rng.integers(0, 12, (count, fmt.block_size))
    return _block(rng, fmt, _lift(rng, grains), exponents)


def _clamp_low(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw blocks below the smallest exponent: few mantissa bits or none remain."""
    limit = 1 - (1 << (fmt.exponent_bits - 1))
    exponents = np.maximum(limit - rng.integers(1, fmt.mantissa_bits + 3, count), -125)
    grains = _any_grains(rng, fmt, count)
    ties = rng.random(count) < 0.3
    grains[ties] = 1 << rng.integers(20, 24, (ties.sum(), fmt.block_size))
    return _block(rng, fmt, _lift(rng, grains), exponents)


def _exponent_limit(rng: Generator, fmt: FormatSizes, count: int) -> Floats:
    """Draw blocks of the largest or smallest exponent that does not clamp."""
    limit = (1 << (fmt.exponent_bits - 1)) - 1
    ends = np.array([max(-125, -limit), min(128, limit)])
    return _block(rng, fmt, _any_grains(rng, fmt, count), rng.choice(ends, count))


BlockMaker = Callable[[Generator, FormatSizes, int], Floats]


def block_classes(fmt: FormatSizes) -> dict[str, BlockMaker]:
    """Return the corner classes of blocks; clamping classes only if the format can clamp."""
    limit = (1 << (fmt.exponent_bits - 1)) - 1
    return (
        {
            "any_bits": _any_bits,
            "narrow": _narrow,
            "wide": _wide,
            "same_sign": _same_sign,
            "largest": _largest,
            "tie": _tie,
            "near_tie": _near_tie,
            "lone_bit": _lone_bit,
            "shift_edge": _shift_edge,
            "saturating": _saturating,
            "max_float": _max_float,
            "power_of_two": _power_of_two,
            "subnormal": _subnormal,
            "near_subnormal": _near_subnormal,
            "negative_zero": _negative_zero,
            "zero": _zero,
            "nan": _nan,
            "inf": _inf,
            "exponent_limit": _exponent_limit,
        }
        | ({"clamp_high": _clamp_high} if limit < 128 else {})
        | ({"clamp_low": _clamp_low} if -limit > -125 else {})
    )


def blocks(rng: Generator, fmt: FormatSizes, total: int) -> tuple[Floats, Names]:
    """Draw float32 blocks of shape (total, block_size); return them and their classes."""
    makers = block_classes(fmt)
    classes = draw_classes(rng, makers, total)
    values = np.empty((total, fmt.block_size), np.float32)
    for name, make in makers.items():
        chosen = np.flatnonzero(classes == name)
        values[chosen] = make(rng, fmt, len(chosen))
    return values, classes
