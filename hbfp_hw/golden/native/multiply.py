"""Compiled products of blocks."""

from ctypes import Structure, addressof, c_int32, c_int64, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.native.library import Level, level, library
from hbfp_hw.golden.native.strips import STRIP, Strips
from hbfp_hw.golden.parallel import CORES, in_threads

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


class Operand(Structure):
    """Left or right operand, as the library takes it."""

    _fields_ = (
        ("mantissas", c_void_p),
        ("exponents", c_void_p),
        ("lines", c_int64),
        ("in_strips", c_int32),
        ("fraction_bits", c_int32),
    )


class Product(Structure):
    """A product, as the library takes it."""

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
    """
    rows, columns = y.shape
    blocks, largest = x.exponents.shape[1], x.fmt.max_mantissa * w.fmt.max_mantissa
    left, left_arrays = _operand(x, rows)
    right, right_arrays = _operand(w, columns)
    product = Product(
        left,
        right,
        blocks,
        x.fmt.block_size,
        x.fmt.nan_exponent,
        (largest * x.fmt.block_size).bit_length(),
        y.strides[0] // y.itemsize,
        y.ctypes.data,
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
    del left_arrays, right_arrays  # not before


def _operand(blocks: "Blocks | Strips", lines: int) -> tuple[Operand, Any]:
    """The operand, and the arrays in it, which must live as long."""
    mantissas = np.ascontiguousarray(blocks.mantissas, np.int8)
    exponents = np.ascontiguousarray(blocks.exponents, np.int16)
    in_strips, fraction_bits = isinstance(blocks, Strips), blocks.fmt.fraction_bits
    addresses = mantissas.ctypes.data, exponents.ctypes.data
    return Operand(*addresses, lines, in_strips, fraction_bits), (mantissas, exponents)
