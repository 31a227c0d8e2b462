"""Hypothesis strategies for operands of the arithmetic, mostly near a corner of their range."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from hbfp_hw.format import Rounding

WORD = st.one_of(
    st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]), st.integers(0, 2**32 - 1)
)
"""Seeds and steps."""

WIDTHS, EXPONENT_WIDTHS = set(range(2, 17)), set(range(5, 13))

MANTISSA_BITS = st.integers(2, 16)
EXPONENT_BITS = st.integers(5, 12)
RANDOM_BITS = st.integers(1, 16)
ROUNDINGS = st.sampled_from(list(Rounding))
BLOCK_SIZE = st.one_of(
    st.sampled_from([1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 127, 576, 1023, 1024]),
    st.integers(1, 1024),
)

_FIELDS = st.one_of(
    st.sampled_from([0, 1, 2, 111, 112, 126, 127, 128, 142, 143, 253, 254]), st.integers(0, 254)
)
_FRACTIONS = st.one_of(
    st.sampled_from([0, 1, 0x3FFFFF, 0x400000, 0x400001, 0x7FFFFE, 0x7FFFFF]),
    st.integers(0, 22).map(lambda place: 1 << place),
    st.integers(0, 22).map(lambda place: 0x7FFFFF >> place << place),
    st.integers(0, 0x7FFFFF),
)
_SIGNS = st.sampled_from([0, 0x80000000])


@st.composite
def numbers(draw: DrawFn, near: int | None = None) -> int:
    """Draw the pattern of a finite binary32, its exponent close to that of ``near`` if given."""
    if near is None:
        field = draw(_FIELDS)
    else:
        field = min(max((near >> 23 & 0xFF) + draw(st.integers(-30, 30)), 0), 254)
    return draw(_SIGNS) | field << 23 | draw(_FRACTIONS)


SPECIAL = st.one_of(
    st.sampled_from([0, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000]),
    st.integers(0x7F800001, 0x7FFFFFFF),
    st.integers(0xFF800001, 0xFFFFFFFF),
)
"""Zeros, infinities and NaNs."""

PATTERN = st.one_of(numbers(), numbers(), numbers(), SPECIAL)
"""Any binary32; one in four is special."""


@st.composite
def pairs(draw: DrawFn) -> tuple[int, int]:
    """Draw two binary32 to add: unrelated, close to each other, or nearly cancelling."""
    a = draw(PATTERN)
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return a, draw(PATTERN)
    if kind == 1:
        return a, draw(numbers(near=a))
    b = min(max((a & 0x7FFFFFFF) + draw(st.integers(-2, 2)), 0), 0x7FFFFFFF)
    return a, b | ~a & 0x80000000


@st.composite
def vectors(draw: DrawFn, length: int) -> list[int]:
    """Draw ``length`` binary32 out of a few close to each other, rarely with special ones."""
    base = draw(numbers())
    few = [base, *draw(st.lists(numbers(near=base), max_size=6))]
    few += draw(st.one_of(st.just([]), st.just([]), st.lists(SPECIAL, max_size=2)))
    chosen = np.random.default_rng(draw(WORD)).integers(0, len(few), length)
    chosen[: len(few)] = np.arange(min(len(few), length))
    return [few[index] for index in chosen.tolist()]


@st.composite
def mantissas(draw: DrawFn, largest: int, length: int) -> list[int]:
    """Draw ``length`` mantissas up to magnitude ``largest``: the largest, small ones, or any."""
    rng = np.random.default_rng(draw(WORD))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return [draw(st.sampled_from([-1, 0, 1])) * largest] * length
    if kind == 1:
        return list(map(int, rng.choice([-largest, -1, 0, 1, largest], length)))
    return list(map(int, rng.integers(-largest, largest + 1, length)))
