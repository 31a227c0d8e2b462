"""Patterns of FP32 and BF16 numbers, as int64 arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.sim.stimulus.common import Ints

BIAS = 127
"""Bias of the exponent field."""
LARGEST_FIELD = 254
"""Largest exponent field of a finite number."""


@dataclass(frozen=True)
class Size:
    """Size of a floating-point number: 16 bits (BF16) or 32 (FP32)."""

    bits: int

    @property
    def fraction(self) -> int:
        """Bits of the fraction."""
        return self.bits - 9

    @property
    def one(self) -> int:
        """Leading bit of a significand."""
        return 1 << self.fraction

    def infinity(self, signs: Ints) -> Ints:
        """Return the patterns of infinities with these sign bits."""
        return self.join(signs, np.full(len(signs), 255), np.zeros_like(signs))

    def join(self, signs: Ints, fields: Ints, fractions: Ints) -> Ints:
        """Return the patterns of these parts."""
        return signs << (self.bits - 1) | fields << self.fraction | fractions

    def values(self, patterns: Ints) -> NDArray[np.float64]:
        """Return the values of finite patterns."""
        fp32 = (patterns << (32 - self.bits)).astype(np.uint32).view(np.float32)
        return fp32.astype(np.float64)

    def scaled(self, integers: Ints, exponents: Ints) -> Ints:
        """Return the patterns of positive ``integers * 2**exponents``, truncated to the size."""
        exact = np.ldexp(integers.astype(np.float64), exponents.astype(np.int32))
        exact = np.minimum(exact, np.ldexp(2.0 * self.one - 1, BIAS - self.fraction))
        fields = np.maximum(np.frexp(exact)[1] + BIAS - 1, 1).astype(np.int64)
        grains = np.ldexp(exact, BIAS + self.fraction - fields).astype(np.int64)
        return fields - (grains < self.one) << self.fraction | grains & (self.one - 1)


def zero_bits(count: int) -> Ints:
    """Return sign bits of 0."""
    return np.zeros(count, np.int64)


def draw_bits(rng: Generator, count: int) -> Ints:
    """Draw random bits."""
    return rng.integers(0, 2, count)


def _fractions(rng: Generator, count: int, size: Size) -> Ints:
    """Draw fractions: any bits, leading bits only, trailing bits only, or the last inverted."""
    kind = rng.integers(0, 4, count)
    cut = rng.integers(0, size.fraction + 1, count)
    plain = rng.integers(0, size.one, count)
    small = plain >> cut
    return np.choose(kind, [plain, plain >> cut << cut, small, size.one - 1 - small])


def numbers(rng: Generator, fields: Ints, size: Size) -> Ints:
    """Draw numbers of any sign with these exponent fields."""
    count = len(fields)
    return size.join(draw_bits(rng, count), fields, _fractions(rng, count, size))


def finite(rng: Generator, count: int, size: Size) -> Ints:
    """Draw finite numbers."""
    return numbers(rng, rng.integers(0, 255, count), size)


def anything(rng: Generator, count: int, size: Size) -> Ints:
    """Draw any patterns."""
    return rng.integers(0, 1 << size.bits, count)


def zeros(rng: Generator, count: int, size: Size) -> Ints:
    """Draw zeros of any sign."""
    return draw_bits(rng, count) << (size.bits - 1)


def normals(rng: Generator, count: int, size: Size) -> Ints:
    """Draw normal numbers."""
    return numbers(rng, rng.integers(1, 255, count), size)


def nans(rng: Generator, count: int, size: Size) -> Ints:
    """Draw NaNs; half of them have a payload of a single bit."""
    payloads = rng.integers(1, size.one, count), 1 << rng.integers(0, size.fraction, count)
    fractions = np.choose(draw_bits(rng, count), payloads)
    return size.join(draw_bits(rng, count), np.full(count, 255), fractions)


def factors(rng: Generator, fields: Ints, size: Size) -> tuple[Ints, Ints]:
    """Draw normal factors whose product has about this exponent field, if such factors exist."""
    low = np.clip(fields + BIAS - LARGEST_FIELD, 1, LARGEST_FIELD)
    high = np.clip(fields + BIAS - 1, 1, LARGEST_FIELD)
    first = rng.integers(low, high + 1)
    second = np.clip(fields + BIAS - first, 1, LARGEST_FIELD)
    return numbers(rng, first, size), numbers(rng, second, size)


def power_factors(integers: Ints, exponents: Ints, size: Size) -> tuple[Ints, Ints]:
    """Return positive factors of ``integers * 2**exponents``; the integers fit into one factor."""
    first = np.clip(exponents // 2, 2 - BIAS, BIAS - size.fraction - 1)
    ones = np.ones_like(integers)
    return size.scaled(integers, first), size.scaled(ones, exponents - first)


Triple = tuple[Ints, Ints, Ints]
"""Both factors and the addend of multiply-adds."""

Maker = Callable[[Generator, int, Size, Size], Triple]
"""Function of (random numbers, count, size of the factors, size of the addend)."""


def with_signs(
    rng: Generator, triple: Triple, factor: Size, addend: Size, apart: Ints | int
) -> Triple:
    """Draw signs for a positive triple; ``apart`` is 1 if product and addend differ in sign."""
    a, b, c = triple
    first, second = draw_bits(rng, len(a)), draw_bits(rng, len(a))
    top = factor.bits - 1
    return a | first << top, b | second << top, c | (first ^ second ^ apart) << (addend.bits - 1)
