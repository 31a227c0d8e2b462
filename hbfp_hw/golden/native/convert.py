"""Compiled conversion."""

from ctypes import addressof, c_int32, c_int64, c_uint32, c_void_p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat, Rounding, rounding_code
from hbfp_hw.golden.native.library import level, library
from hbfp_hw.golden.native.packed_operand import STRIP, Strips
from hbfp_hw.golden.parallel import CORES, in_threads
from hbfp_hw.helpers.native_array import ArrayArguments, Layout, Parameters, contiguous

VALUES_AT_ONCE = 1 << 18
"""Values converted in one call, if lines are not too long: far more work than a call."""


class Conversion(Parameters):
    """``Conversion`` of ``native.h``."""

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


class Generator(NamedTuple):
    """How values are rounded: the mode, and which random numbers it takes."""

    rounding: Rounding
    seed: int
    steps: NDArray[np.uint32] | None
    random_bits: int


class Blocked(NamedTuple):
    """Arrays that take the blocks, line by line or in strips."""

    mantissas: NDArray[np.signedinteger[Any]]
    exponents: NDArray[np.int16]
    in_strips: bool


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

    Raises:
        TypeError: An array is not one of the dtype that the library takes.
        ValueError: The values are not a matrix with elements, the steps are of another shape, or
            the library does not implement the rounding mode.
    """
    lines, length = _check_matrix(values)
    blocks = -(-length // fmt.block_size)
    mantissas = np.empty((lines, blocks, fmt.block_size), fmt.mantissa_dtype)
    exponents = np.empty((lines, blocks), np.int16)
    if blocks > 1 and length % fmt.block_size == 0 and values.flags.c_contiguous:
        # So that even one long line has many.
        values = values.reshape(-1, fmt.block_size)
        if step is not None:
            step = contiguous(_check_steps(step, exponents.shape)).reshape(-1, 1)
    made = Blocked(mantissas, exponents, in_strips=False)
    _run(values, fmt, Generator(rounding, seed, step, random_bits), made, threads)
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
    """The same for a right operand with mantissas up to 8 bits, in the order of a product."""
    if fmt.mantissa_bits > 8:
        raise ValueError(f"Mantissa width in strips must be 2 to 8, not {fmt.mantissa_bits!r}")
    strips = Strips.empty(fmt, *_check_matrix(values))
    made = Blocked(strips.mantissas, strips.exponents, in_strips=True)
    _run(values, fmt, Generator(rounding, seed, step, random_bits), made, threads)
    return strips


def _check_matrix(values: NDArray[np.float32]) -> tuple[int, int]:
    """The lines and the length of a matrix that has elements."""
    if not isinstance(values, np.ndarray):
        raise TypeError(f"Values must be a NumPy array, not {type(values).__name__}")
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"Values must be a matrix that is not empty, not {values.shape!r}")
    return values.shape


def _check_steps(steps: NDArray[np.uint32], shape: tuple[int, ...]) -> NDArray[np.uint32]:
    if steps.shape != shape:
        raise ValueError(f"Steps must be of shape {shape!r}, not {steps.shape!r}")
    return steps


def _run(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    how: Generator,
    made: Blocked,
    threads: int,
) -> None:
    lines, length = values.shape
    blocks = -(-length // fmt.block_size)
    if not values.flags.aligned or any(stride % values.itemsize for stride in values.strides):
        values = values.copy()
    arrays = ArrayArguments()
    steps = None
    if how.steps is not None:
        steps = arrays.read("Steps", contiguous(how.steps), np.uint32, (lines, blocks))
    conversion = Conversion(
        values=arrays.read("Values", values, np.float32, (lines, length), Layout.STRIDED),
        line_stride=values.strides[0] // values.itemsize,
        lane_stride=values.strides[1] // values.itemsize,
        lines=lines,
        length=length,
        block_size=fmt.block_size,
        mantissa_bits=fmt.mantissa_bits,
        lowest_exponent=fmt.min_exponent,
        highest_exponent=fmt.max_exponent,
        nan_exponent=fmt.nan_exponent,
        rounding=rounding_code(how.rounding),
        random_bits=how.random_bits,
        seed=how.seed,
        steps=steps,
        mantissas=arrays.write(
            "Mantissas", made.mantissas, fmt.mantissa_dtype, made.mantissas.shape
        ),
        exponents=arrays.write("Exponents", made.exponents, np.int16, made.exponents.shape),
        in_strips=made.in_strips,
    )
    loaded, kind, address = library(), level(), addressof(conversion)
    assert loaded
    at_once = max(1, VALUES_AT_ONCE // (length * STRIP)) * STRIP

    def work(first: int) -> None:
        if not loaded.hbfp_convert(address, kind, first, min(first + at_once, lines)):
            raise ValueError(f"Rounding must be a mode of the library, not {how.rounding!r}")

    in_threads(work, range(0, lines, at_once), threads)
