"""Blocks of changing mantissa widths, for units that take 4 and 6 bits."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.engine import NARROW_BITS, WIDE_BITS
from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.convert import convert
from hbfp_hw.golden.dot import dot
from hbfp_hw.sim.stimulus.common import count
from hbfp_hw.sim.stimulus.convert import block_classes, blocks

MINUS_ZEROS = 16
"""One pair of blocks in this many, in the stimulus of a ``pe``, has a product of -0."""

LEAST_EXPONENT_BITS = 8
"""Smallest exponent width with which products of blocks can be below FP32's range."""


class MixedBlocks(NamedTuple):
    """Blocks of two widths.

    Members:
        wide: Mask of the blocks with 6-bit mantissas, shape (...); the others have 4-bit ones.
        mantissas: Mantissas, shape (..., N).
        exponents: Shared exponents, shape (...).
        exponent_bits: Bits of the shared exponents.
    """

    wide: NDArray[np.bool_]
    mantissas: NDArray[np.int8]
    exponents: NDArray[np.int16]
    exponent_bits: int

    def select(self, index: NDArray[np.bool_] | NDArray[np.intp], *, wide: bool) -> Blocks:
        """Return some of the blocks, all of this width."""
        fmt = _format(wide, self.mantissas.shape[-1], self.exponent_bits)
        return Blocks(fmt, self.mantissas[index][:, np.newaxis], self.exponents[index, np.newaxis])

    def followed_by(self, others: "MixedBlocks") -> "MixedBlocks":
        """Return these one-dimensional blocks followed by others of the same sizes."""
        return MixedBlocks(
            np.concatenate([self.wide, others.wide]),
            np.concatenate([self.mantissas, others.mantissas]),
            np.concatenate([self.exponents, others.exponents]),
            self.exponent_bits,
        )


def _format(wide: bool, block_size: int, exponent_bits: int) -> HBFPFormat:
    return HBFPFormat(WIDE_BITS if wide else NARROW_BITS, block_size, exponent_bits)


def mixed_blocks(
    rng: Generator, wide: NDArray[np.bool_], block_size: int, exponent_bits: int
) -> MixedBlocks:
    """Draw one-dimensional blocks of these widths, of every corner class of each width."""
    mantissas = np.zeros((len(wide), block_size), np.int8)
    exponents = np.zeros(len(wide), np.int16)
    for width in np.unique(wide):
        fmt = _format(bool(width), block_size, exponent_bits)
        values, classes = blocks(rng, fmt, int((wide == width).sum()))
        if len(values) >= 2 * len(block_classes(fmt)):
            assert min(count(classes, block_classes(fmt)).values()) > 0
        made = convert(values, fmt)
        mantissas[wide == width] = made.mantissas[:, 0]
        exponents[wide == width] = made.exponents[:, 0]
    return MixedBlocks(wide, mantissas, exponents, exponent_bits)


def minus_zeros(
    rng: Generator, a: NDArray[np.bool_], b: NDArray[np.bool_], block_size: int, exponent_bits: int
) -> tuple[MixedBlocks, MixedBlocks]:
    """Draw pairs of blocks whose dot products round to -0.

    Only a sum of -0 shows that the unit adds -0 between passes, and not wrongly +0. Each pair is 1
    times -1 in one lane, at the lowest exponents; FP32 rounds this to zero if the exponents have
    :data:`LEAST_EXPONENT_BITS` or more.

    Parameters:
        rng: Random numbers.
        a, b: Masks of the wide blocks of both operands.
        block_size, exponent_bits: Sizes of the blocks.
    """
    lanes = rng.integers(0, block_size, len(a)), rng.choice([-1, 1], len(a))
    lowest = _format(True, block_size, exponent_bits).min_exponent
    made = []
    for wide, factor in ((a, 1), (b, -1)):
        mantissas = np.zeros((len(a), block_size), np.int8)
        mantissas[np.arange(len(a)), lanes[0]] = factor * lanes[1]
        exponents = np.full(len(a), lowest, np.int16)
        made.append(MixedBlocks(wide, mantissas, exponents, exponent_bits))
    return made[0], made[1]


def mixed_terms(a: MixedBlocks, b: MixedBlocks) -> NDArray[np.float32]:
    """Return the dot product of each pair of blocks, rounded to FP32."""
    terms = np.zeros(len(a.wide), np.float32)
    for wide_a in (False, True):
        for wide_b in (False, True):
            index = (a.wide == wide_a) & (b.wide == wide_b)
            pairs = dot(a.select(index, wide=wide_a), b.select(index, wide=wide_b))
            terms[index] = pairs.round()[:, 0]
    return terms
