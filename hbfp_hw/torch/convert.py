"""Conversion of tensors by PyTorch operations, with the values of the golden model's blocks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding, unknown_rounding
from hbfp_hw.golden.random import random_bits

WIDEST = 8
"""Most mantissa bits converted here. Products of two such mantissas are exact in float32."""

NOISE = float(1 << RANDOM_BITS)
"""Number of values of a random integer. Stochastic rounding divides an ulp into this many units."""

LIMIT = 100
"""Largest magnitude of an exponent converted here; beyond it, scales may not be normal numbers."""


class Values(NamedTuple):
    """Blocks given by the values of their elements.

    Members:
        blocks: Values, float32, shape (batch, rows, blocks, lanes), in the operand's memory order.
        lowest, highest: Minimum and maximum, over all blocks, of a block's largest magnitude.
            Blocks of zeros are left out; if all blocks are zeros, they are inf and 0.
    """

    blocks: Tensor
    lowest: float
    highest: float


def whole(length: int, block_size: int) -> int:
    """Return a length rounded up to whole blocks; a single short block is not padded."""
    return length if length < block_size else length + -length % block_size


def pad(tensor: Tensor, block_size: int) -> Tensor:
    """Pad the last dimension with zeros to the length of :func:`whole`; keep the memory order."""
    missing = whole(tensor.shape[-1], block_size) - tensor.shape[-1]
    if not missing:
        return tensor
    if tensor.stride(-1) == 1:
        return torch.nn.functional.pad(tensor, (0, missing))
    return torch.nn.functional.pad(tensor.mT, (0, 0, 0, missing)).mT


def convert(
    tensor: Tensor, fmt: HBFPFormat, rounding: Rounding, seeds: Sequence[int]
) -> Values | None:
    """Convert each matrix of a batch along its last dimension, as :func:`hbfp_hw.convert` does.

    Returns None if a block is not finite, or too large or too small for float32 scales. The caller
    then uses the golden model.

    Parameters:
        tensor: Values, float32, shape (batch, rows, K), padded by :func:`pad`.
        fmt: Format with mantissas of at most 8 bits.
        rounding: Rounding mode.
        seeds: Seed of stochastic rounding of each matrix.
    """
    # All operations follow the operand's memory order, because the other order is slow.
    by_rows = tensor.stride(-1) == 1
    parts = (-1, min(fmt.block_size, tensor.shape[-1]))
    if by_rows:
        blocks, lanes = tensor.unflatten(-1, parts), -1
    else:
        blocks, lanes = tensor.mT.unflatten(1, parts), 2
    magnitudes = blocks.abs()
    largest = magnitudes.amax(lanes, keepdim=True)
    highest = float(largest.max())
    lowest = float(largest.min())
    if lowest == 0:
        lowest = float(largest.masked_fill(largest == 0, torch.inf).min())
    low, high = max(fmt.min_exponent, -LIMIT), min(fmt.max_exponent, LIMIT)
    if not (lowest >= 2.0**low and highest < 2.0**high):  # also true for NaN
        return None
    # The power of two of the largest magnitude, from its exponent field.
    power = (largest.view(torch.int32) & 0x7F800000).view(torch.float32).clamp_(min=2.0**low)
    scale = 2.0 ** (fmt.fraction_bits - 1) / power
    match rounding:
        case Rounding.NEAREST:
            scaled = torch.mul(blocks, scale, out=magnitudes).round_()
        case Rounding.TRUNCATE:
            scaled = magnitudes.mul_(scale).floor_().copysign_(blocks)
        case Rounding.STOCHASTIC:
            noise = _noise(tensor, parts[1], seeds, by_rows)
            scaled = magnitudes.mul_(scale.mul_(NOISE)).floor_().add_(noise)
            scaled.mul_(1 / NOISE).floor_().copysign_(blocks)
        case _:
            raise unknown_rounding(rounding)
    scaled.clamp_(-fmt.max_mantissa, fmt.max_mantissa)
    values = scaled.mul_(power.mul_(2.0 ** (1 - fmt.fraction_bits)))
    return Values(values if by_rows else values.permute(0, 3, 1, 2), lowest, highest)


def _noise(tensor: Tensor, lanes: int, seeds: Sequence[int], by_rows: bool) -> Tensor:
    """Return the generator's random integers for every element, in the operand's memory order."""
    rows, blocks = tensor.shape[1], tensor.shape[2] // lanes
    steps = np.arange(rows * blocks, dtype=np.uint64).astype(np.uint32).reshape(rows, blocks)
    # Stacked and transposed as bytes, because floats would move four times the memory.
    drawn = [random_bits(seed, steps, lanes, RANDOM_BITS).astype(np.uint8) for seed in seeds]
    noise = torch.from_numpy(drawn[0][np.newaxis] if len(drawn) == 1 else np.stack(drawn))
    if not by_rows:
        noise = noise.flatten(2).mT.contiguous().unflatten(1, (blocks, lanes))
    return noise.float()
