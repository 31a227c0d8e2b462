"""Random blocks in large numbers, half of them of corner classes and half of random bits."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.cosim.batch import count_classes
from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.convert import convert
from hbfp_hw.sim.stimulus import block_classes, blocks

POOL = 1024
"""Blocks of corner classes drawn for a batch. Its vectors pick from them repeatedly, so that they
meet in many combinations."""

LOWEST, HIGHEST = -138, 128
"""Binary exponents near the ends of FP32's range: amid its subnormals, and at the top."""

ANY = "any_block"
"""Class of the blocks that are not taken from the pool of corner classes."""


def formats_of(parameters: Mapping[str, Any]) -> tuple[HBFPFormat, HBFPFormat]:
    """Return the formats of both operands; a unit with one format has it twice."""
    widths = parameters["mantissa_bits"]
    a, b = widths if isinstance(widths, list) else (widths, widths)
    sizes = parameters["block_size"], parameters["exponent_bits"]
    return HBFPFormat(a, *sizes), HBFPFormat(b, *sizes)


def _exponents(rng: Generator, fmt: HBFPFormat, count: int) -> NDArray[np.int16]:
    """Draw exponents: uniform ones, and ones whose products lie near the ends of FP32's range.

    More of them are near the lower end, where subnormal results are.
    """
    kinds = np.repeat([0, 1, 2], [6, 11, 3]).take(rng.integers(0, 20, count, np.uint8))
    ends = np.array([0, LOWEST // 2, HIGHEST // 2], np.int16)
    near = ends.take(kinds) + rng.integers(-12, 13, count, np.int16)
    near = np.clip(near, fmt.min_exponent, fmt.max_exponent)
    uniform = rng.integers(fmt.nan_exponent, fmt.max_exponent, count, np.int16, endpoint=True)
    return np.where(kinds, near, uniform)


def _uniform(rng: Generator, fmt: HBFPFormat, count: int) -> NDArray[Any]:
    """Draw mantissas of random bits; the illegal most negative code becomes the one above it."""
    dtype = np.dtype(fmt.mantissa_dtype)
    drawn = np.frombuffer(rng.bytes(count * fmt.block_size * dtype.itemsize), dtype)
    mantissas = drawn >> (8 * dtype.itemsize - fmt.mantissa_bits)
    return np.maximum(mantissas, -fmt.max_mantissa).reshape(count, fmt.block_size)


def _sparse(rng: Generator, fmt: HBFPFormat, count: int) -> NDArray[Any]:
    """Draw mantissas that are 0 or powers of two.

    Their dot products have few bits set, so that a single bit often decides the rounding.
    """
    powers = 1 << np.arange(fmt.fraction_bits)
    table = np.resize(np.concatenate([-powers, 0 * powers, powers]), 256)
    drawn = rng.integers(0, 256, (count, fmt.block_size), np.uint8)
    return table.astype(fmt.mantissa_dtype).take(drawn)


def draw_blocks(
    rng: Generator, prefix: str, fmt: HBFPFormat, count: int
) -> tuple[Blocks, dict[str, int]]:
    """Draw blocks of shape (count, 1), half of them from a pool of every corner class.

    Returns:
        The blocks, and the number of blocks in each class; ``prefix`` precedes its name.
    """
    values, classes = blocks(rng, fmt, min(POOL, count))
    pool = convert(values, fmt)
    rest, size = count // 2, len(values)
    corners = rng.integers(0, size, count - rest, np.uint32)
    others = np.arange(size, size + rest, dtype=np.uint32)
    picks = rng.permutation(np.concatenate([corners, others]))

    sparse = _sparse(rng, fmt, count // 4)
    uniform = _uniform(rng, fmt, rest - len(sparse))
    exponents = _exponents(rng, fmt, rest)
    made = Blocks(
        fmt,
        np.concatenate([pool.mantissas[:, 0], uniform, sparse]).take(picks, axis=0)[:, np.newaxis],
        np.concatenate([pool.exponents[:, 0], exponents]).take(picks)[:, np.newaxis],
    )
    names, numbers = np.unique(classes, return_inverse=True)
    drawn = count_classes(prefix, names.tolist(), numbers[corners])
    every = {f"{prefix}{name}": 0 for name in block_classes(fmt)}
    return made, every | drawn | {f"{prefix}{ANY}": rest}
