"""Compiled products of blocks."""

from ctypes import addressof, c_int32, c_int64, c_void_p
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.native.library import Level, level, library
from hbfp_hw.golden.native.packed_operand import STRIP, Strips
from hbfp_hw.golden.parallel import CORES, in_threads
from hbfp_hw.helpers.native_array import ArrayArguments, Layout, Parameters, contiguous

if TYPE_CHECKING:
    from hbfp_hw.golden.convert import Blocks

ROWS = 512
"""Most rows computed in one call."""

PANEL = 3
"""Most strips that are multiplied at once."""

PANELS = 8
"""Most of them computed in one call."""

MACS_ALONE = 1 << 25
"""Products of fewer multiplications end before another thread would have begun."""


class Operand(Parameters):
    """``Operand`` of ``native.h``."""

    _fields_ = (
        ("mantissas", c_void_p),
        ("exponents", c_void_p),
        ("lines", c_int64),
        ("in_strips", c_int32),
        ("fraction_bits", c_int32),
    )


class Product(Parameters):
    """``Product`` of ``native.h``."""

    _fields_ = (
        ("left", Operand),
        ("right", Operand),
        ("blocks", c_int64),
        ("block_size", c_int32),
        ("nan_exponent", c_int32),
        ("sum_bits", c_int32),
        ("y_stride", c_int64),
        ("y", c_void_p),
    )


def can_multiply(x: HBFPFormat, w: HBFPFormat) -> bool:
    """Whether the library multiplies blocks of these formats on this processor."""
    widths = x.mantissa_bits, w.mantissa_bits
    return max(widths) <= 8 and level() >= Level.AVX2


def add_product(
    x: "Blocks", w: "Blocks | Strips", y: NDArray[np.float32], threads: int = CORES
) -> None:
    """Add the block dot products of x (M, blocks) and w (P, blocks) to y (M, P), in order.

    Parameters:
        x, w: Operands of formats that :func:`can_multiply` allows.
        y: Start values, then the result; rows may lie apart in memory.
        threads: Threads that share the work.

    Raises:
        TypeError: An array is not one of the dtype that the library takes.
        ValueError: A shape does not fit, or y is read-only or shares memory with an operand.
    """
    if max(x.fmt.mantissa_bits, w.fmt.mantissa_bits) > 8:
        raise ValueError(f"Mantissa widths must be 2 to 8, not those of {x.fmt!r} and {w.fmt!r}")
    if isinstance(x, Strips):
        raise TypeError("Left operand must be Blocks, not Strips")
    if x.exponents.ndim != 2 or x.exponents.size == 0:
        raise ValueError(f"Left operand must have blocks, not shape {x.exponents.shape!r}")
    for name in ("block_size", "exponent_bits"):
        if getattr(x.fmt, name) != getattr(w.fmt, name):
            raise ValueError(f"Formats must have the same {name}, not {x.fmt!r} and {w.fmt!r}")
    rows, blocks = x.exponents.shape
    columns = w.lines if isinstance(w, Strips) else len(w.exponents)
    largest = x.fmt.max_mantissa * w.fmt.max_mantissa
    arrays = ArrayArguments()
    left, right = _operand(arrays, x, rows, blocks), _operand(arrays, w, columns, blocks)
    address = arrays.write("Result", y, np.float32, (rows, columns), Layout.ROWS)
    product = Product(
        left=left,
        right=right,
        blocks=blocks,
        block_size=x.fmt.block_size,
        nan_exponent=x.fmt.nan_exponent,
        sum_bits=(largest * x.fmt.block_size).bit_length(),
        y_stride=y.strides[0] // y.itemsize,
        y=address,
    )
    loaded, kind, address = library(), level(), addressof(product)
    assert loaded
    strips = -(-columns // STRIP)
    panels = min(PANELS, max(1, strips // (2 * threads * PANEL)))
    pieces = [
        (row, min(row + ROWS, rows), strip, min(strip + panels * PANEL, strips))
        for strip in range(0, strips, panels * PANEL)
        for row in range(0, rows, ROWS)
    ]
    if rows * columns * blocks * x.fmt.block_size < MACS_ALONE:
        threads = 1
    in_threads(lambda piece: loaded.hbfp_multiply(address, kind, *piece), pieces, threads)


def _operand(arrays: ArrayArguments, blocks: "Blocks | Strips", lines: int, count: int) -> Operand:
    """An operand of ``lines`` lines, each of ``count`` blocks."""
    if isinstance(blocks, Strips):
        strips, groups = -(-lines // STRIP), -(-blocks.fmt.block_size // 4)
        shape: tuple[int, ...] = (strips, count, groups, STRIP, 4)
        of_exponents: tuple[int, ...] = (strips, count, STRIP)
    else:
        shape, of_exponents = (lines, count, blocks.fmt.block_size), (lines, count)
    mantissas, exponents = contiguous(blocks.mantissas), contiguous(blocks.exponents)
    return Operand(
        mantissas=arrays.read("Mantissas", mantissas, np.int8, shape),
        exponents=arrays.read("Exponents", exponents, np.int16, of_exponents),
        lines=lines,
        in_strips=isinstance(blocks, Strips),
        fraction_bits=blocks.fmt.fraction_bits,
    )
