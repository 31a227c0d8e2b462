"""Sums of block dot products: markers, start values and expected results."""

from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.golden.accumulate import accumulate
from hbfp_hw.sim.stimulus.common import Floats, bits, floats
from hbfp_hw.sim.stimulus.fp32 import near_pairs, pairs

LONGEST_SUM = 9
"""Largest number of blocks in one sum."""


class Sums(NamedTuple):
    """Sums of random lengths in a row.

    Members:
        first, last: Masks of the blocks that start and that complete a sum, shape (blocks,).
        start: Start value of each sum.
    """

    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    start: NDArray[np.float32]


def make_sums(rng: Generator, terms: Floats) -> Sums:
    """Draw sums that add up these terms in a row.

    Half of the sums have a single term, whose value no other term can hide. Half of the start
    values are near the first term or its negative. A quarter are zeros: +0, or a zero with the sign
    of the first term.
    """
    total = len(terms)
    lengths = rng.integers(1, LONGEST_SUM + 1, total)
    lengths[rng.random(total) < 0.5] = 1
    ends = np.minimum(np.cumsum(lengths), total) - 1
    last = np.zeros(total, bool)
    last[ends] = True
    first = np.roll(last, 1)
    begins = terms[first]
    near, opposite = bits(near_pairs(rng, begins)), bits(-begins)
    any_start = bits(pairs(rng, len(begins))[0])
    zero = bits(np.copysign(np.float32(0), begins))
    starts = np.choose(
        rng.integers(0, 8, len(begins)),
        [
            0,
            zero,
            any_start,
            any_start,
            near,
            near,
            near,
            opposite,
        ],
    )
    return Sums(first, last, floats(starts))


def markers(rng: Generator, sums: Sums) -> dict[str, NDArray[Any]]:
    """Return the payloads of markers; C is random where no sum starts."""
    c = rng.integers(0, 1 << 32, len(sums.first), dtype=np.uint32)
    c[sums.first] = bits(sums.start)
    return {"c": c, "first": sums.first, "last": sums.last}


def golden_sums(terms: NDArray[np.float32], sums: Sums) -> NDArray[np.uint32]:
    """Return the bits of the sums of rounded products by the golden model."""
    begins = np.flatnonzero(sums.first)
    lengths = np.flatnonzero(sums.last) + 1 - begins
    totals = np.empty(len(begins), np.float32)
    for length in np.unique(lengths):
        chosen = lengths == length
        parts = terms[begins[chosen, np.newaxis] + np.arange(length)]
        totals[chosen] = accumulate(parts, sums.start[chosen])
    return bits(totals)
