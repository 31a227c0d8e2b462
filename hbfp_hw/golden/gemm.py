"""Golden model of the matrix product Y = C + X·W on blocks along K."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding
from hbfp_hw.golden import matmul, native
from hbfp_hw.golden.convert import (
    Blocks,
    check_blocks,
    check_conversion,
    check_float32,
    convert,
)
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.golden.fp32 import canonical

PART_BYTES = 16 << 20
"""Of the blocks of an operand, no more is kept at a time, with the steps of their random bits."""


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
        raise ValueError(f"W must have {x.shape[1]} rows, as X has columns, not {w.shape[0]!r}")
    check_start(c, (x.shape[0], w.shape[1]))


def check_start(c: NDArray[np.float32] | None, shape: tuple[int, int]) -> None:
    """Raise unless C is None or a float32 array of the shape of Y."""
    if c is None:
        return
    check_float32("C", c)
    if c.shape != shape:
        raise ValueError(f"C must be of shape {shape!r}, as Y is, not {c.shape!r}")


def operand_w_seed(seed: int) -> int:
    """Seed of the second operand of a product."""
    return int(seed) ^ 0xFFFFFFFF  # NumPy's integers may be too narrow for the mask


def multiply(x: Blocks, w: Blocks, c: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Product of converted operands: start from C, add one block dot product after the other.

    Every sum of a block is exact, whatever the order in which it is added up; so compiled code and
    NumPy, on any number of threads, give the same bits.

    Parameters:
        x: Blocks of shape (M, blocks).
        w: Blocks of shape (P, blocks).
        c: Start values of shape (M, P); None is +0.

    Raises:
        TypeError: An operand is not Blocks of integers, or C is not a float32 array.
        ValueError: The formats or the shapes do not fit, an operand is empty, or has a mantissa or
            an exponent that its format has not.
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


def _add(x: Blocks, w: Blocks | native.Strips, y: NDArray[np.float32]) -> None:
    if isinstance(w, native.Strips) or native.can_multiply(x.fmt, w.fmt):
        native.add_product(x, w, y)
    else:
        matmul.add_product(x, w, y)


def _start(rows: int, columns: int, c: NDArray[np.float32] | None) -> NDArray[np.float32]:
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
    """HBFP matrix product of FP32 matrices, bit for bit what the hardware returns.

    Block k of row i (of X) or column i (of W) is the generator's step ``i * blocks + k``. X takes
    the seed as it is and W takes it with every bit inverted, so that they share no random numbers.

    Parameters:
        x: float32, shape (M, K).
        w: float32, shape (K, P).
        c: Start values, float32, shape (M, P); None is +0.
        fmt_x: Format of X's blocks.
        fmt_w: Format of W's blocks; by default that of X.
        rounding: Rounding mode of both conversions.
        seed: Seed of stochastic rounding, 32 bits.
        random_bits: Random bits of stochastic rounding, 1 to 16.

    Raises:
        TypeError: An operand is not a float32 array.
        ValueError: The shapes or the formats do not fit, or an operand is empty.
    """
    check_operands(x, w, c)
    fmt_w = fmt_x if fmt_w is None else fmt_w
    check_pair(fmt_x, fmt_w)
    rounding = check_conversion(rounding, seed, random_bits)
    y = _start(len(x), w.shape[1], c)
    to_right = native.convert_to_strips if native.can_multiply(fmt_x, fmt_w) else convert
    for columns, step in _parts(w.shape[1], w.shape[0], fmt_w):
        right = to_right(
            w.T[columns],
            fmt_w,
            rounding,
            seed=operand_w_seed(seed),
            step=step,
            random_bits=int(random_bits),
        )
        for rows, step in _parts(len(x), x.shape[1], fmt_x):
            left = convert(x[rows], fmt_x, rounding, seed=seed, step=step, random_bits=random_bits)
            _add(left, right, y[rows, columns])
    return y


def _parts(
    lines: int, length: int, fmt: HBFPFormat
) -> Iterator[tuple[slice, NDArray[np.uint32] | None]]:
    """Lines of an operand that are converted at a time, and the steps of their blocks."""
    blocks = -(-length // fmt.block_size)
    size = max(1, PART_BYTES // (blocks * (2 * fmt.block_size + 8)))
    for first in range(0, lines, size):
        part = slice(first, min(first + size, lines))
        numbers = np.arange(part.start, part.stop, dtype=np.uint64) * blocks
        own = np.arange(blocks, dtype=np.uint32)
        yield part, None if size >= lines else np.add.outer(numbers.astype(np.uint32), own)
