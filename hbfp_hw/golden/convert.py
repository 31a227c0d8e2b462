"""Golden model of the converter: FP32 values to blocks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.format import (
    RANDOM_BITS,
    HBFPFormat,
    Rounding,
    check_integer,
    unknown_rounding,
)
from hbfp_hw.golden import native
from hbfp_hw.golden.random import random_bits as draw


@dataclass(frozen=True)
class Blocks:
    """An array of blocks of one format.

    Members:
        fmt: Their format.
        mantissas: Integers, shape (..., blocks, block_size).
        exponents: Shared exponents, shape (..., blocks), int16.
    """

    fmt: HBFPFormat
    mantissas: NDArray[np.signedinteger[Any]]
    exponents: NDArray[np.int16]

    @property
    def is_nan(self) -> NDArray[np.bool_]:
        """Which blocks are NaN blocks, shape (..., blocks)."""
        return self.exponents == self.fmt.nan_exponent

    def dequantise(self) -> NDArray[np.float64]:
        """Exact values, shape (..., blocks, block_size); NaN blocks give NaN."""
        return self.fmt.dequantise(self.mantissas, self.exponents)


def check_format(thing: str, fmt: Any) -> None:
    """Raise unless ``fmt`` is a format."""
    if not isinstance(fmt, HBFPFormat):
        raise TypeError(f"{thing} must be an HBFPFormat, not {fmt!r}")


def _is_plain(array: Any) -> bool:
    """Whether this is an array that has a number everywhere, as a masked one has not."""
    return isinstance(array, np.ndarray) and not isinstance(array, np.ma.MaskedArray)


def check_float32(thing: str, values: Any) -> None:
    """Raise unless ``values`` is a NumPy array of float32 in the machine's byte order."""
    if not _is_plain(values) or values.dtype != np.float32:
        found = f"{values.dtype} array" if _is_plain(values) else type(values).__name__
        raise TypeError(f"{thing} must be a float32 array, not {found}")


def check_blocks(thing: str, blocks: Any) -> Blocks:
    """Return the blocks in the dtypes of :func:`convert`, unless they are none of their format.

    Raises:
        TypeError: They are not Blocks of integers.
        ValueError: There are not ``block_size`` mantissas for each exponent, or a mantissa or an
            exponent is beyond the format's range.
    """
    if not isinstance(blocks, Blocks):
        raise TypeError(f"{thing} must be Blocks, not {type(blocks).__name__}")
    fmt = blocks.fmt
    check_format(f"Format of {thing}", fmt)
    for part, array, low, high in (
        ("Mantissas", blocks.mantissas, -fmt.max_mantissa, fmt.max_mantissa),
        ("Exponents", blocks.exponents, fmt.nan_exponent, fmt.max_exponent),
    ):
        if not _is_plain(array) or array.dtype.kind not in "iu":
            found = array.dtype if _is_plain(array) else type(array).__name__
            raise TypeError(f"{part} of {thing} must be an array of integers, not {found}")
        if array.size:
            # Half as long as the array's own methods for a few blocks.
            least, most = np.minimum.reduce(array, None), np.maximum.reduce(array, None)
            if least < low or most > high:
                worst = int(least if least < low else most)
                raise ValueError(f"{part} of {thing} must be {low} to {high}, not {worst!r}")
    shape = (*blocks.exponents.shape, fmt.block_size)
    if blocks.mantissas.shape != shape:
        raise ValueError(
            f"Mantissas of {thing} must be of shape {shape!r}, not {blocks.mantissas.shape!r}"
        )
    return Blocks(
        fmt,
        blocks.mantissas.astype(fmt.mantissa_dtype, copy=False),
        blocks.exponents.astype(np.int16, copy=False),
    )


def check_conversion(rounding: Rounding | int, seed: int, random_bits: int) -> Rounding:
    """The rounding mode, unless a parameter of a conversion is none.

    Raises:
        TypeError: One is of the wrong kind.
        ValueError: One is out of range.
    """
    if isinstance(rounding, bool) or not isinstance(rounding, int | np.integer):
        raise TypeError(f"Rounding must be a Rounding, not {rounding!r}")
    check_integer("Rounding", rounding, min(Rounding), max(Rounding))
    check_integer("Seed", seed, 0, 2**32 - 1)
    check_integer("Random bits", random_bits, 1, 16)
    return Rounding(rounding)


def split(values: NDArray[np.float32], block_size: int) -> NDArray[np.float32]:
    """Cut the last axis into blocks, a short last one padded with zeros.

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
    the largest magnitude (clamped to the format's range), and each magnitude is rounded in units of
    the last mantissa bit and saturates. Subnormal inputs are exact values.

    Parameters:
        values: float32, shape (..., K); a short last block is padded with zeros.
        fmt: Format of the blocks.
        rounding: Rounding mode.
        seed: Seed of stochastic rounding, 32 bits.
        step: The generator's step of each block, shape (..., blocks); by default the blocks'
            numbers in C order. Integers, taken modulo 2**32.
        random_bits: Random bits of stochastic rounding, 1 to 16.

    Raises:
        TypeError: The values are not a float32 array, the steps not integers, or a parameter is of
            the wrong kind.
        ValueError: There is no value to convert, or a parameter is out of range.
    """
    check_float32("Values", values)
    check_format("Format", fmt)
    if values.ndim == 0 or values.size == 0:
        raise ValueError(f"Values must have at least one element, not shape {values.shape!r}")
    rounding = check_conversion(rounding, seed, random_bits)

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

    lines = values.reshape(-1, values.shape[-1])
    by = native.convert if native.level() else _convert_by_numpy
    mantissas, exponents = by(
        lines, fmt, rounding, seed=int(seed), step=steps, random_bits=int(random_bits)
    )
    return Blocks(fmt, mantissas.reshape(*shape, fmt.block_size), exponents.reshape(shape))


def _convert_by_numpy(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    rounding: Rounding,
    *,
    seed: int,
    step: NDArray[np.uint32] | None,
    random_bits: int,
) -> tuple[NDArray[np.signedinteger[Any]], NDArray[np.int16]]:
    """Mantissas and exponents of a matrix's lines."""
    blocks = split(np.ascontiguousarray(values), fmt.block_size)
    largest = np.abs(blocks).view(np.uint32).max(axis=-1)
    field = (largest >> 23).astype(np.int16)
    nan = field == 255
    exponents = np.clip(np.maximum(field, 1) - 126, fmt.min_exponent, fmt.max_exponent)

    # Scaling by a power of two is exact, or gives what is far too small to round to anything but 0;
    # where single precision has no such power, for blocks of tiny values, double precision has.
    powers = np.where(largest == 0, 0, fmt.fraction_bits - exponents)
    precision: Any = np.float32 if powers.max() <= 127 else np.float64
    scaled = np.abs(blocks)
    scaled[nan] = 0.0  # before a cast, which would warn of a signalling NaN
    scaled = scaled.astype(precision, copy=False)
    with np.errstate(over="ignore", under="ignore"):
        scaled *= np.ldexp(precision(1), powers)[..., np.newaxis]
    # Elements above a clamped exponent saturate, infinite ones too.
    np.minimum(scaled, fmt.max_mantissa + 1, out=scaled)
    match rounding:
        case Rounding.NEAREST:
            np.rint(scaled, out=scaled)
        case Rounding.TRUNCATE:
            np.trunc(scaled, out=scaled)
        case Rounding.STOCHASTIC:
            if step is None:
                step = np.arange(exponents.size, dtype=np.uint64).astype(np.uint32)
                step = step.reshape(exponents.shape)
            noise = draw(seed, step, fmt.block_size, random_bits)
            kept = (scaled * (1 << random_bits)).astype(np.int64)
            scaled = ((kept + noise) >> random_bits).astype(precision)
        case _:
            raise unknown_rounding(rounding)
    np.minimum(scaled, fmt.max_mantissa, out=scaled)
    signed = np.copysign(scaled.astype(np.float32, copy=False), blocks)
    mantissas = signed.astype(fmt.mantissa_dtype)
    exponents = np.where(nan, fmt.nan_exponent, exponents).astype(np.int16)
    return mantissas, exponents
