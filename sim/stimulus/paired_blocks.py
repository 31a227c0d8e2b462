"""Pairs of blocks that are rare by chance: with the largest product, and with a product of 0."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.sim.stimulus.common import Floats, count
from hbfp_hw.sim.stimulus.convert import block_classes, blocks

PART = 25
"""One pair in this many is changed to each class."""


def block_pairs(
    rng: Generator, fmt_a: HBFPFormat, fmt_b: HBFPFormat, total: int
) -> tuple[Floats, Floats]:
    """Draw values of pairs of blocks, shape (total, N) each, of every class of blocks and pairs."""
    drawn = []
    for fmt in (fmt_a, fmt_b):
        values, classes = blocks(rng, fmt, total)
        assert min(count(classes, block_classes(fmt)).values()) > 0
        drawn.append(values)
    a, b = drawn
    add_pair_classes(rng, a, b, fmt_a.max_mantissa, fmt_b.max_mantissa)
    return a, b


def add_pair_classes(
    rng: Generator,
    a: NDArray[Any],
    b: NDArray[Any],
    largest_a: ArrayLike,
    largest_b: ArrayLike,
) -> None:
    """Change some pairs in place: all lanes at their largest, or two lanes that cancel.

    Parameters:
        rng: Random numbers.
        a, b: Values or mantissas of the blocks, shape (pairs, N).
        largest_a, largest_b: Largest mantissa, one for all blocks or one per block.
    """
    total, lanes = a.shape
    limits = [np.broadcast_to(limit, total)[:, np.newaxis] for limit in (largest_a, largest_b)]
    rows = rng.permutation(total)[: 2 * -(-total // PART)]
    largest, cancelling = rows[::2], rows[1::2]
    for side, limit in zip((a, b), limits, strict=True):
        side[largest] = limit[largest] * rng.choice([-1, 1], (len(largest), 1))
    if lanes > 1:
        pair = rng.permuted(np.tile(np.arange(lanes), (len(cancelling), 1)), axis=1)[:, :2]
        row = cancelling[:, np.newaxis]
        a[row, pair] = limits[0][cancelling] * rng.choice([-1, 1], row.shape)
        b[cancelling] = 0
        b[row, pair] = limits[1][cancelling] * [1, -1]
