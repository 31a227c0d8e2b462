"""Products of blocks by compiled code."""

from ctypes import addressof, c_int32, c_int64, c_void_p

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.native.library import Level, level, library
from hbfp_hw.golden.native.packed_operand import MICROPANEL, PackedOperand
from hbfp_hw.golden.parallel import CORES, in_threads
from hbfp_hw.helpers.native_array import ArrayArguments, CheckedStructure, Layout, contiguous

ROWS = 512
"""Most rows of Y computed in one call of the library."""

TILE_MICROPANELS = 3
"""Most micropanels of a tile of the library, which does not depend on the size of an array."""

TILES = 8
"""Most tiles side by side in one call of the library."""

MACS_ALONE = 1 << 25
"""Products of fewer multiplications use one thread: they end before a second one would start."""


class Operand(CheckedStructure):
    """``Operand`` of ``native.h``."""

    _fields_ = (
        ("mantissas", c_void_p),
        ("exponents", c_void_p),
        ("lines", c_int64),
        ("packed", c_int32),
        ("fraction_bits", c_int32),
    )


class MultiplyCall(CheckedStructure):
    """``MultiplyCall`` of ``native.h``."""

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
    """Return whether the library multiplies blocks of these formats on this processor."""
    widths = x.mantissa_bits, w.mantissa_bits
    return max(widths) <= 8 and level() >= Level.AVX2


def add_product(
    x: Blocks, w: Blocks | PackedOperand, y: NDArray[np.float32], threads: int = CORES
) -> None:
    """Add the block dot products of x (M, blocks) and w (P, blocks) to y (M, P), in order of K.

    Parameters:
        x, w: Operands of formats for which :func:`can_multiply` holds.
        y: Start values, replaced by the result; rows may lie apart in memory.
        threads: Threads that share the work.

    Raises:
        TypeError: An array has another dtype than the library takes.
        ValueError: The formats or a shape do not fit, a mantissa has more than 8 bits, or y is
            read-only or shares memory with an operand.
    """
    if max(x.fmt.mantissa_bits, w.fmt.mantissa_bits) > 8:
        raise ValueError(f"Mantissa widths must be 2 to 8, not those of {x.fmt!r} and {w.fmt!r}")
    if isinstance(x, PackedOperand):
        raise TypeError("Left operand must be Blocks, not PackedOperand")
    if x.exponents.ndim != 2 or x.exponents.size == 0:
        raise ValueError(f"Left operand must have blocks, not shape {x.exponents.shape!r}")
    for name in ("block_size", "exponent_bits"):
        if getattr(x.fmt, name) != getattr(w.fmt, name):
            raise ValueError(f"Formats must have the same {name}, not {x.fmt!r} and {w.fmt!r}")
    rows, blocks = x.exponents.shape
    columns = w.lines if isinstance(w, PackedOperand) else len(w.exponents)
    largest = x.fmt.max_mantissa * w.fmt.max_mantissa
    arrays = ArrayArguments()
    left, right = _operand(arrays, x, rows, blocks), _operand(arrays, w, columns, blocks)
    y_address = arrays.write("Result", y, np.float32, (rows, columns), Layout.ROWS)
    call = MultiplyCall(
        left=left,
        right=right,
        blocks=blocks,
        block_size=x.fmt.block_size,
        nan_exponent=x.fmt.nan_exponent,
        sum_bits=(largest * x.fmt.block_size).bit_length(),
        y_stride=y.strides[0] // y.itemsize,
        y=y_address,
    )
    loaded, kind, address = library(), level(), addressof(call)
    assert loaded
    micropanels = -(-columns // MICROPANEL)
    tiles = min(TILES, max(1, micropanels // (2 * threads * TILE_MICROPANELS)))
    width = tiles * TILE_MICROPANELS
    pieces = [
        (row, min(row + ROWS, rows), first, min(first + width, micropanels))
        for first in range(0, micropanels, width)
        for row in range(0, rows, ROWS)
    ]
    if rows * columns * blocks * x.fmt.block_size < MACS_ALONE:
        threads = 1
    in_threads(lambda piece: loaded.hbfp_multiply(address, kind, *piece), pieces, threads)


def _operand(
    arrays: ArrayArguments, blocks: Blocks | PackedOperand, lines: int, count: int
) -> Operand:
    """Return an operand of ``lines`` lines of ``count`` blocks each for the library."""
    packed = isinstance(blocks, PackedOperand)
    if packed:
        micropanels, groups = -(-lines // MICROPANEL), -(-blocks.fmt.block_size // 4)
        shape: tuple[int, ...] = (micropanels, count, groups, MICROPANEL, 4)
        exponents_shape: tuple[int, ...] = (micropanels, count, MICROPANEL)
    else:
        shape, exponents_shape = (lines, count, blocks.fmt.block_size), (lines, count)
    mantissas, exponents = contiguous(blocks.mantissas), contiguous(blocks.exponents)
    return Operand(
        mantissas=arrays.read("Mantissas", mantissas, np.int8, shape),
        exponents=arrays.read("Exponents", exponents, np.int16, exponents_shape),
        lines=lines,
        packed=packed,
        fraction_bits=blocks.fmt.fraction_bits,
    )
