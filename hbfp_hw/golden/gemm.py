"""Golden model of the matrix product Y = C + X·W on blocks along K."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding
from hbfp_hw.golden.blocks import Blocks, check_blocks, check_float32
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.convert import convert_lines
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.golden.fp32 import canonical
from hbfp_hw.golden.matmul import add_product as add_product_by_numpy
from hbfp_hw.golden.native import PackedOperand, add_product, can_multiply, convert_packed

PART_BYTES = 16 << 20
"""Most bytes of an operand's blocks and generator steps that are held in memory at once."""


def check_operands(
    x: NDArray[np.float32], w: NDArray[np.float32], c: NDArray[np.float32] | None
) -> None:
    """Raise unless Y = C + X·W is defined for these arrays.

    Raises:
        TypeError: One is not a float32 array.
        ValueError: One is not a matrix, is empty, or the shapes do not fit.
    """
    for name, matrix in (("X", x), ("W", w)):
        check_float32(name, matrix)
        if matrix.ndim != 2 or matrix.size == 0:
            raise ValueError(f"{name} must be a matrix that is not empty, not {matrix.shape!r}")
    if x.shape[1] != w.shape[0]:
        raise ValueError(
            f"W must have {x.shape[1]} rows, as many as X has columns, not {w.shape[0]!r}"
        )
    check_start(c, (x.shape[0], w.shape[1]))


def check_start(c: NDArray[np.float32] | None, shape: tuple[int, int]) -> None:
    """Raise unless C is None or a float32 array of the shape of Y.

    Raises:
        TypeError: C is not a float32 array.
        ValueError: C has another shape.
    """
    if c is None:
        return
    check_float32("C", c)
    if c.shape != shape:
        raise ValueError(f"C must be of shape {shape!r}, as Y is, not {c.shape!r}")


def multiply(x: Blocks, w: Blocks, c: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Multiply converted operands: start from C and add the block dot products in order of K.

    Every block dot product is exact before it is rounded, in whatever order its terms are added.
    Compiled code and NumPy therefore give the same bits, on any number of threads.

    Parameters:
        x: Blocks of shape (M, blocks).
        w: Blocks of shape (P, blocks).
        c: Start values of shape (M, P); None is +0.

    Returns:
        Y, float32, shape (M, P).

    Raises:
        TypeError: An operand is not Blocks of integers, or C is not a float32 array.
        ValueError: The formats or the shapes do not fit, an operand is empty, or a mantissa or an
            exponent is outside the range of its format.
    """
    x, w = check_blocks("X", x), check_blocks("W", w)
    check_pair(x.fmt, w.fmt)
    for thing, operand in (("X", x), ("W", w)):
        if operand.exponents.ndim != 2 or operand.exponents.size == 0:
            raise ValueError(
                f"Blocks of {thing} must be a matrix that is not empty, not of shape "
                f"{operand.exponents.shape!r}"
            )
    if x.exponents.shape[1] != w.exponents.shape[1]:
        shape = (len(w.exponents), x.exponents.shape[1])
        raise ValueError(f"Blocks of W must be of shape {shape!r}, not {w.exponents.shape!r}")
    check_start(c, (len(x.exponents), len(w.exponents)))
    y = _start(len(x.exponents), len(w.exponents), c)
    _add(x, w, y)
    return y


def _add(x: Blocks, w: Blocks | PackedOperand, y: NDArray[np.float32]) -> None:
    """Add the block dot products to Y, compiled where possible."""
    if isinstance(w, PackedOperand) or can_multiply(x.fmt, w.fmt):
        add_product(x, w, y)
    else:
        add_product_by_numpy(x, w, y)


def _start(rows: int, columns: int, c: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """Return the memory of Y, filled with the start values."""
    y = np.zeros((rows, columns), np.float32)
    if c is not None:
        y[:] = canonical(c)
    return y


def gemm(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    c: NDArray[np.float32] | None = None,
    *,
    fmt_x: HBFPFormat,
    fmt_w: HBFPFormat | None = None,
    rounding: Rounding = Rounding.NEAREST,
    seed: int = 0,
    random_bits: int = RANDOM_BITS,
) -> NDArray[np.float32]:
    """Multiply FP32 matrices in HBFP, bit for bit as the hardware does.

    Block k of row i of X, or of column i of W, takes step ``i * blocks + k`` of the random
    generator. X takes the seed and W the seed with every bit inverted, so that they share no random
    numbers.

    Parameters:
        x: float32, shape (M, K).
        w: float32, shape (K, P).
        c: Start values, float32, shape (M, P); None is +0.
        fmt_x: Format of X's blocks.
        fmt_w: Format of W's blocks; by default that of X.
        rounding: Rounding mode of both conversions.
        seed: Seed of stochastic rounding, 32 bits.
        random_bits: Random bits of stochastic rounding, 1 to 16.

    Returns:
        Y, float32, shape (M, P).

    Raises:
        TypeError: An operand is not a float32 array, or a parameter is of the wrong kind.
        ValueError: The shapes or the formats do not fit, an operand is empty, or a parameter is out
            of range.
    """
    check_operands(x, w, c)
    fmt_w = fmt_x if fmt_w is None else fmt_w
    check_pair(fmt_x, fmt_w)
    of_x = Conversion(rounding, seed, random_bits)
    of_w = of_x.for_w()
    convert_w = convert_packed if can_multiply(fmt_x, fmt_w) else convert_lines
    y = _start(len(x), w.shape[1], c)
    for columns, step in _parts(w.shape[1], w.shape[0], fmt_w):
        right = convert_w(w.T[columns], fmt_w, of_w, step)
        for rows, step in _parts(len(x), x.shape[1], fmt_x):
            _add(convert_lines(x[rows], fmt_x, of_x, step), right, y[rows, columns])
    return y


def _parts(
    lines: int, length: int, fmt: HBFPFormat
) -> Iterator[tuple[slice, NDArray[np.uint32] | None]]:
    """Cut an operand into parts whose blocks fit ``PART_BYTES``.

    Yields the lines of each part and the generator's steps of their blocks, shape (lines, blocks),
    or None if the part is the whole operand.
    """
    blocks = -(-length // fmt.block_size)
    size = max(1, PART_BYTES // (blocks * (2 * fmt.block_size + 8)))
    for first in range(0, lines, size):
        part = slice(first, min(first + size, lines))
        numbers = np.arange(part.start, part.stop, dtype=np.uint64) * blocks
        own = np.arange(blocks, dtype=np.uint32)
        yield part, None if size >= lines else np.add.outer(numbers.astype(np.uint32), own)
