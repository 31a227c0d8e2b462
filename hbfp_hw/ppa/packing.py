"""Packed bits of many cycles: 64 values of one net in each word."""

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.expressions import Words

WORD = 64
"""Bits in a word."""


def word_count(positions: int) -> int:
    """Return the number of words that hold a number of bits."""
    return -(-positions // WORD)


def pack(bits: NDArray[np.bool_]) -> Words:
    """Return bits along the last axis as words, the first bit lowest; the rest is 0."""
    positions = bits.shape[-1]
    padded = np.zeros((*bits.shape[:-1], word_count(positions) * WORD), np.bool_)
    padded[..., :positions] = bits
    return np.packbits(padded, axis=-1, bitorder="little").view("<u8").astype(np.uint64, copy=False)


def unpack(words: Words, positions: int) -> NDArray[np.bool_]:
    """Return the first bits of words, along the last axis."""
    octets = np.ascontiguousarray(words.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(octets, axis=-1, count=positions, bitorder="little").view(np.bool_)


def delayed(words: Words) -> Words:
    """Return words in which each bit has moved to the next position; the first bit is 0."""
    moved = words << np.uint64(1)
    moved[..., 1:] |= words[..., :-1] >> np.uint64(WORD - 1)
    return moved


def count_ones(words: Words) -> NDArray[np.int64]:
    """Return the number of ones along the last axis."""
    return np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
