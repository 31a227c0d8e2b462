"""Conversion from FP32 to blocks by compiled code."""

from ctypes import addressof, c_int32, c_int64, c_uint32, c_void_p

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat, rounding_code
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.native.library import level, library
from hbfp_hw.golden.native.packed_operand import MICROPANEL, PackedOperand
from hbfp_hw.golden.parallel import CORES, in_threads
from hbfp_hw.helpers.native_array import ArrayArguments, CheckedStructure, Layout, contiguous

VALUES_AT_ONCE = 1 << 18
"""Values converted in one call of the library: enough to make the cost of a call negligible. A call
takes at least 16 lines, however long they are."""


class ConvertCall(CheckedStructure):
    """``ConvertCall`` of ``native.h``."""

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
        ("packed", c_int32),
    )


def convert(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    conversion: Conversion,
    step: NDArray[np.uint32] | None = None,
    *,
    threads: int = CORES,
) -> Blocks:
    """Convert a matrix (lines, length) to blocks (lines, blocks).

    Parameters:
        values: float32, in any order of memory.
        fmt: Format of the blocks.
        conversion: Rounding mode, seed and random bits.
        step: The generator's step of each block, shape (lines, blocks); None numbers the blocks
            line by line.
        threads: Threads that share the work.

    Raises:
        TypeError: An array has another dtype than the library takes.
        ValueError: The values are not a matrix or are empty, the steps have another shape, or the
            library does not implement the rounding mode.
    """
    lines, length = _check_matrix(values)
    blocks = -(-length // fmt.block_size)
    mantissas = np.empty((lines, blocks, fmt.block_size), fmt.mantissa_dtype)
    made = Blocks(fmt, mantissas, np.empty((lines, blocks), np.int16))
    if blocks > 1 and length % fmt.block_size == 0 and values.flags.c_contiguous:
        # Each block as a line of its own: the library converts several lines at once.
        values = values.reshape(-1, fmt.block_size)
        if step is not None:
            step = contiguous(_check_steps(step, (lines, blocks))).reshape(-1, 1)
    _run(values, conversion, step, made, threads)
    return made


def convert_packed(
    values: NDArray[np.float32],
    fmt: HBFPFormat,
    conversion: Conversion,
    step: NDArray[np.uint32] | None = None,
    *,
    threads: int = CORES,
) -> PackedOperand:
    """Convert as :func:`convert` does, but return a packed operand.

    Raises:
        TypeError: An array has another dtype than the library takes.
        ValueError: As for :func:`convert`, or a mantissa has more than 8 bits.
    """
    if fmt.mantissa_bits > 8:
        raise ValueError(
            f"Mantissa width of a packed operand must be 2 to 8, not {fmt.mantissa_bits!r}"
        )
    made = PackedOperand.empty(fmt, *_check_matrix(values))
    _run(values, conversion, step, made, threads)
    return made


def _check_matrix(values: NDArray[np.float32]) -> tuple[int, int]:
    """Return the number of lines and their length; raise unless both are above 0."""
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
    conversion: Conversion,
    step: NDArray[np.uint32] | None,
    made: Blocks | PackedOperand,
    threads: int,
) -> None:
    """Convert the lines of ``values`` into the arrays of ``made``."""
    fmt = made.fmt
    lines, length = values.shape
    blocks = -(-length // fmt.block_size)
    if not values.flags.aligned or any(stride % values.itemsize for stride in values.strides):
        values = values.copy()
    arrays = ArrayArguments()
    steps = None
    if step is not None:
        steps = arrays.read("Steps", contiguous(step), np.uint32, (lines, blocks))
    call = ConvertCall(
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
        rounding=rounding_code(conversion.rounding),
        random_bits=conversion.random_bits,
        seed=conversion.seed,
        steps=steps,
        mantissas=arrays.write(
            "Mantissas", made.mantissas, fmt.mantissa_dtype, made.mantissas.shape
        ),
        exponents=arrays.write("Exponents", made.exponents, np.int16, made.exponents.shape),
        packed=isinstance(made, PackedOperand),
    )
    loaded, kind, address = library(), level(), addressof(call)
    assert loaded
    at_once = max(1, VALUES_AT_ONCE // (length * MICROPANEL)) * MICROPANEL

    def work(first: int) -> None:
        if not loaded.hbfp_convert(address, kind, first, min(first + at_once, lines)):
            raise ValueError(f"Rounding must be a mode of the library, not {conversion.rounding!r}")

    in_threads(work, range(0, lines, at_once), threads)
