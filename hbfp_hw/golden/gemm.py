"""Golden model of the matrix product Y = C + X·W on blocks along K."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding
from hbfp_hw.golden.convert import Blocks, check_float32, convert
from hbfp_hw.golden.dot import check_pair, max_sum
from hbfp_hw.golden.fp32 import NAN, canonical, normalise
from hbfp_hw.golden.parallel import CORES, in_parallel

Products = Callable[[slice, slice, NDArray[np.float32]], None]
"""Writes the rounded dot products of some rows of X and some blocks with every column of W."""

BLOCKS_AT_ONCE = 8
"""Blocks along K whose products are computed in one call: fewer calls, which threads wait for."""

TILE_ELEMENTS = 1 << 18
"""Elements of the result computed at a time: small enough to stay in the cache."""


def check_operands(
    x: NDArray[np.float32], w: NDArray[np.float32], c: NDArray[np.float32] | None
) -> None:
    """Raise unless Y = C + X·W is defined for these arrays.

    Raises:
        TypeError: One is not a float32 array.
        ValueError: One is not a matrix, is empty, or the shapes do not fit.
    """
    matrices = {"X": x, "W": w} | ({} if c is None else {"C": c})
    for name, matrix in matrices.items():
        check_float32(name, matrix)
        if matrix.ndim != 2 or matrix.size == 0:
            raise ValueError(f"{name} must be a matrix that is not empty, not {matrix.shape!r}")
    if x.shape[1] != w.shape[0]:
        raise ValueError(f"W must have {x.shape[1]} rows, as X has columns, not {w.shape[0]!r}")
    shape = (x.shape[0], w.shape[1])
    if c is not None and c.shape != shape:
        raise ValueError(f"C must be of shape {shape!r}, as Y is, not {c.shape!r}")


def convert_operands(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    fmt_x: HBFPFormat,
    fmt_w: HBFPFormat,
    rounding: Rounding = Rounding.NEAREST,
    *,
    seed: int = 0,
    random_bits: int = RANDOM_BITS,
) -> tuple[Blocks, Blocks]:
    """Both operands as blocks along K: X of shape (M, blocks, N), W of shape (P, blocks, N).

    Block k of row i (of X) or column i (of W) is the generator's step ``i * blocks + k``. X takes
    the seed as it is and W takes it with every bit inverted, so that they share no random numbers.
    """
    columns = np.ascontiguousarray(w.T)
    return (
        convert(x, fmt_x, rounding, seed=seed, random_bits=random_bits),
        convert(columns, fmt_w, rounding, seed=operand_w_seed(seed), random_bits=random_bits),
    )


def operand_w_seed(seed: int) -> int:
    """Seed of the second operand of a product."""
    return int(seed) ^ 0xFFFFFFFF  # NumPy's integers may be too narrow for the mask


def multiply(x: Blocks, w: Blocks, c: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Product of converted operands: start from C, add one block dot product after the other.

    Every block's sums come from one matrix product in a type that holds them exactly, whatever the
    order in which it adds. If no sum needs rounding, that is a product of the blocks' values in
    float32. Else it is one of the mantissas (float32 up to 24 bits, beyond that float64), whose
    sums are then scaled and rounded.

    Parameters:
        x: Blocks of shape (M, blocks).
        w: Blocks of shape (P, blocks).
        c: Start values of shape (M, P); None is +0.
    """
    check_pair(x.fmt, w.fmt)
    rows, columns, blocks = len(x.exponents), len(w.exponents), x.exponents.shape[1]
    y = np.zeros((rows, columns), np.float32) if c is None else canonical(c)
    products = _exact_products(x, w) if _sums_are_float32(x, w) else _rounded_products(x, w)
    tile = min(rows, max(1, TILE_ELEMENTS // columns))

    def accumulate(tops: range) -> None:
        """Sum up the tiles that begin with these rows."""
        buffer = np.empty((BLOCKS_AT_ONCE, tile, columns), np.float32)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for top in tops:
                part = slice(top, top + tile)
                sums = y[part]
                for first in range(0, blocks, BLOCKS_AT_ONCE):
                    chunk = slice(first, min(first + BLOCKS_AT_ONCE, blocks))
                    terms = buffer[: chunk.stop - first, : len(sums)]
                    products(part, chunk, terms)
                    for term in terms:
                        sums += term
                sums[np.isnan(sums)] = NAN

    tops = range(0, rows, tile)
    in_parallel(accumulate, [tops[core::CORES] for core in range(min(CORES, len(tops)))])
    return y


def _sums_are_float32(x: Blocks, w: Blocks) -> bool:
    """Whether float32 holds every block dot product, and every partial sum of one."""
    bits = max_sum(x.fmt, w.fmt).bit_length()
    limits = []
    for blocks in (x, w):
        # Blocks of zeros have the smallest exponent, but add nothing.
        counted = blocks.exponents[blocks.mantissas.any(axis=-1)].astype(np.int32)
        if not len(counted):
            return True
        limits.append(counted - blocks.fmt.fraction_bits)
    lowest, highest = (sum(int(pick(limit)) for limit in limits) for pick in (np.min, np.max))
    return bits <= 24 and lowest >= -149 and highest + bits <= 128


def _exact_products(x: Blocks, w: Blocks) -> Products:
    """Products of the values themselves; those of NaN blocks are NaN."""
    left, right = (_float32_values(blocks) for blocks in (x, w))
    columns = np.ascontiguousarray(right.transpose(1, 2, 0))

    def products(part: slice, chunk: slice, out: NDArray[np.float32]) -> None:
        np.matmul(left[part, chunk].transpose(1, 0, 2), columns[chunk], out=out)

    return products


def _float32_values(blocks: Blocks) -> NDArray[np.float32]:
    scale = blocks.exponents.astype(np.int32) - blocks.fmt.fraction_bits
    values = blocks.mantissas.astype(np.float32)
    np.ldexp(values, scale[..., np.newaxis], out=values)
    values[blocks.is_nan] = NAN
    return values


def _rounded_products(x: Blocks, w: Blocks) -> Products:
    """Integer products of the mantissas, then scaled and rounded."""
    exact: Any = np.float32 if max_sum(x.fmt, w.fmt) <= 1 << 24 else np.float64
    scale = x.fmt.fraction_bits + w.fmt.fraction_bits
    columns = [
        np.ascontiguousarray(w.mantissas[:, block].T, exact)
        for block in range(w.exponents.shape[1])
    ]

    def products(part: slice, chunk: slice, out: NDArray[np.float32]) -> None:
        for block, terms in zip(range(chunk.start, chunk.stop), out, strict=True):
            sums = x.mantissas[part, block].astype(exact) @ columns[block]
            left = x.exponents[part, block].astype(np.int32) - scale
            terms[:] = normalise(sums, np.add.outer(left, w.exponents[:, block]))
            terms[np.logical_or.outer(x.is_nan[part, block], w.is_nan[:, block])] = NAN

    return products


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
    blocks_x, blocks_w = convert_operands(
        x, w, fmt_x, fmt_w, rounding, seed=seed, random_bits=random_bits
    )
    return multiply(blocks_x, blocks_w, c)
