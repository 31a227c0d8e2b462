"""Golden model of the converter: FP32 values to blocks."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding, unknown_rounding
from hbfp_hw.golden.blocks import Blocks, check_float32, check_format
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.native import convert as convert_by_library
from hbfp_hw.golden.native import level
from hbfp_hw.golden.random import random_bits as draw


def split(values: NDArray[np.float32], block_size: int) -> NDArray[np.float32]:
    """Cut the last axis into blocks, padding a short last block with zeros.

    Shape (..., K) becomes (..., ceil(K / block_size), block_size).
    """
    length = values.shape[-1]
    count = -(-length // block_size)
    if count * block_size != length:
        padding = [(0, 0)] * (values.ndim - 1) + [(0, count * block_size - length)]
        values = np.pad(values, padding)
    return values.reshape(*values.shape[:-1], count, block_size)


def convert(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    rounding: Rounding = Rounding.NEAREST,
    *,
    seed: int = 0,
    step: ArrayLike | None = None,
    random_bits: int = RANDOM_BITS,
) -> Blocks:
    """Convert FP32 values to blocks along the last axis.

    A block with a NaN or an infinity becomes a NaN block. Otherwise the shared exponent is that of
    the largest magnitude, clamped to the format's range. Each magnitude is rounded to a multiple
    of the last mantissa bit and saturates. Subnormal inputs count with their exact values.

    Parameters:
        values: float32, shape (..., K); a short last block is padded with zeros.
        fmt: Format of the blocks.
        rounding: Rounding mode.
        seed: Seed of stochastic rounding, 32 bits.
        step: Step of the random generator for each block, shape (..., blocks): integers modulo
            2**32. By default the blocks are numbered in C order.
        random_bits: Random bits of stochastic rounding, 1 to 16.

    Raises:
        TypeError: The values are not a float32 array, the steps are not integers, or a parameter is
            of the wrong kind.
        ValueError: The values are empty, the steps have another shape, or a parameter is out of
            range.
    """
    check_float32("Values", values)
    check_format("Format", fmt)
    if values.ndim == 0 or values.size == 0:
        raise ValueError(f"Values must have at least one element, not shape {values.shape!r}")
    conversion = Conversion(rounding, seed, random_bits)

    shape = (*values.shape[:-1], -(-values.shape[-1] // fmt.block_size))
    steps = None
    if step is not None:
        steps = np.asarray(step)
        if steps.dtype.kind not in "iu":
            raise TypeError(f"Step must be an array of integers, not {steps.dtype}")
        steps = steps.astype(np.uint32)
        if steps.shape != shape:
            raise ValueError(f"Step must be of shape {shape!r}, not {steps.shape!r}")
        steps = steps.reshape(-1, shape[-1])

    blocks = convert_lines(values.reshape(-1, values.shape[-1]), fmt, conversion, steps)
    return Blocks(
        fmt,
        blocks.mantissas.reshape(*shape, fmt.block_size),
        blocks.exponents.reshape(shape),
    )


def convert_lines(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    conversion: Conversion,
    step: NDArray[np.uint32] | None = None,
) -> Blocks:
    """Convert checked values (lines, K) to blocks (lines, blocks), compiled where possible.

    Parameters:
        values, fmt: As for :func:`convert`.
        conversion: Rounding mode, seed and random bits.
        step: The generator's step of each block, shape (lines, blocks); None numbers the blocks
            line by line.
    """
    if level():
        return convert_by_library(values, fmt, conversion, step)
    return convert_by_numpy(values, fmt, conversion, step)


def convert_by_numpy(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    conversion: Conversion,
    step: NDArray[np.uint32] | None = None,
) -> Blocks:
    """Convert as :func:`convert_lines` does, in NumPy."""
    blocks = split(np.ascontiguousarray(values), fmt.block_size)
    largest = np.abs(blocks).view(np.uint32).max(axis=-1)
    field = (largest >> 23).astype(np.int16)
    nan = field == 255
    exponents = np.clip(np.maximum(field, 1) - 126, fmt.min_exponent, fmt.max_exponent)

    # Scaling by a power of two is exact, except for results so small that they round to 0 anyway.
    # Blocks of tiny values need a power that float32 lacks and float64 has.
    powers = np.where(largest == 0, 0, fmt.fraction_bits - exponents)
    precision: Any = np.float32 if powers.max() <= 127 else np.float64
    scaled = np.abs(blocks)
    scaled[nan] = 0.0  # a cast to float64 would warn of a signalling NaN
    scaled = scaled.astype(precision, copy=False)
    with np.errstate(over="ignore", under="ignore"):
        scaled *= np.ldexp(precision(1), powers)[..., np.newaxis]
    # Limit the values before rounding: with a clamped exponent, they may even be infinite.
    np.minimum(scaled, fmt.max_mantissa + 1, out=scaled)
    match conversion.rounding:
        case Rounding.NEAREST:
            np.rint(scaled, out=scaled)
        case Rounding.TRUNCATE:
            np.trunc(scaled, out=scaled)
        case Rounding.STOCHASTIC:
            if step is None:
                step = np.arange(exponents.size, dtype=np.uint64).astype(np.uint32)
                step = step.reshape(exponents.shape)
            noise = draw(conversion.seed, step, fmt.block_size, conversion.random_bits)
            kept = (scaled * (1 << conversion.random_bits)).astype(np.int64)
            scaled = ((kept + noise) >> conversion.random_bits).astype(precision)
        case _:
            raise unknown_rounding(conversion.rounding)
    np.minimum(scaled, fmt.max_mantissa, out=scaled)
    signed = np.copysign(scaled.astype(np.float32, copy=False), blocks)
    mantissas = signed.astype(fmt.mantissa_dtype)
    return Blocks(fmt, mantissas, np.where(nan, fmt.nan_exponent, exponents).astype(np.int16))
