"""Compiled conversion."""

from ctypes import Structure, addressof, c_int32, c_int64, c_uint32, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden.native.library import level, library
from hbfp_hw.golden.native.strips import STRIP, Strips
from hbfp_hw.golden.parallel import CORES, in_threads

VALUES_AT_ONCE = 1 << 18
"""Values converted in one call, if lines are not too long: far more work than a call."""


class Conversion(Structure):
    """What the library wants to know."""

    _fields_ = (
        ("values", c_void_p),
        ("line_stride", c_int64),
        ("lane_stride", c_int64),
        ("lines", c_int64),
        ("length", c_int64),
        ("block_size", c_int32),
        ("mantissa_bits", c_int32),
        ("lowest_exponent", c_int32),
        ("highest_exponent", c_int32),
        ("nan_exponent", c_int32),
        ("rounding", c_int32),
        ("random_bits", c_int32),
        ("seed", c_uint32),
        ("steps", c_void_p),
        ("mantissas", c_void_p),
        ("exponents", c_void_p),
        ("in_strips", c_int32),
    )


def convert(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    rounding: Rounding,
    *,
    seed: int,
    step: NDArray[np.uint32] | None,
    random_bits: int,
    threads: int = CORES,
) -> tuple[NDArray[np.signedinteger[Any]], NDArray[np.int16]]:
    """Mantissas (lines, blocks, lanes) and exponents (lines, blocks) of a matrix (lines, length).

    Parameters:
        values, fmt, rounding, seed, random_bits: As of :func:`hbfp_hw.golden.convert`.
        step: The generator's step of each block, (lines, blocks); None is the blocks' numbers.
        threads: Threads that share the work.
    """
    lines, length = values.shape
    blocks = -(-length // fmt.block_size)
    mantissas = np.empty((lines, blocks, fmt.block_size), fmt.mantissa_dtype)
    exponents = np.empty((lines, blocks), np.int16)
    if blocks > 1 and length % fmt.block_size == 0 and values.flags.c_contiguous:
        values = values.reshape(-1, fmt.block_size)  # so even one long line has many
        if step is not None:
            step = step.reshape(-1, 1)
    _run(values, fmt, rounding, seed, step, random_bits, mantissas, exponents, 0, threads)
    return mantissas, exponents


def convert_to_strips(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    rounding: Rounding,
    *,
    seed: int,
    step: NDArray[np.uint32] | None,
    random_bits: int,
    threads: int = CORES,
) -> Strips:
    """The same for a right operand, in the order in which it is multiplied."""
    strips = Strips.empty(fmt, *values.shape)
    arrays = strips.mantissas, strips.exponents
    _run(values, fmt, rounding, seed, step, random_bits, *arrays, 1, threads)
    return strips


def _run(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    rounding: Rounding,
    seed: int,
    steps: NDArray[np.uint32] | None,
    random_bits: int,
    mantissas: NDArray[np.signedinteger[Any]],
    exponents: NDArray[np.int16],
    in_strips: int,
    threads: int,
) -> None:
    if not values.flags.aligned or any(stride % values.itemsize for stride in values.strides):
        values = values.copy()
    if steps is not None:
        steps = np.ascontiguousarray(steps)
    lines, length = values.shape
    strides = (stride // values.itemsize for stride in values.strides)
    conversion = Conversion(
        values.ctypes.data,
        *strides,
        lines,
        length,
        fmt.block_size,
        fmt.mantissa_bits,
        fmt.min_exponent,
        fmt.max_exponent,
        fmt.nan_exponent,
        rounding,
        random_bits,
        seed,
        None if steps is None else steps.ctypes.data,
        mantissas.ctypes.data,
        exponents.ctypes.data,
        in_strips,
    )
    loaded, kind, address = library(), level(), addressof(conversion)
    assert loaded
    at_once = max(1, VALUES_AT_ONCE // (length * STRIP)) * STRIP

    def work(first: int) -> None:
        loaded.hbfp_convert(address, kind, first, min(first + at_once, lines))

    in_threads(work, range(0, lines, at_once), threads)
