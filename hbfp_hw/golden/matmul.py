"""Sums of block dot products by NumPy's matrix product, in a type that holds each sum exactly."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.blocks import Blocks
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.golden.fp32 import NAN, normalise
from hbfp_hw.golden.parallel import CORES, in_parallel

Products = Callable[[slice, slice, NDArray[np.float32]], None]
"""Function (rows, span, out): write to ``out`` the rounded dot products of these rows of X with
every column of W, for each block of the span; shape (blocks of the span, rows, columns)."""

SPAN_BLOCKS = 8
"""Blocks along K, a *span*, whose products are computed in one call. Threads wait for each other at
every call, so fewer calls are faster."""

TILE_ELEMENTS = 1 << 18
"""Elements of Y computed at a time: few enough to stay in the cache."""


def add_product(x: Blocks, w: Blocks, y: NDArray[np.float32]) -> None:
    """Add the block dot products of x (M, blocks) and w (P, blocks) to y (M, P), in order of K.

    If no dot product needs rounding, NumPy multiplies the values of the blocks in float32.
    Otherwise it multiplies the mantissas, in float32 for sums of up to 24 bits and in float64
    beyond, and the sums are then scaled and rounded.
    """
    rows, columns = y.shape
    blocks = x.exponents.shape[1]
    products = _exact_products(x, w) if _sums_are_float32(x, w) else _rounded_products(x, w)
    tile_rows = min(rows, max(1, TILE_ELEMENTS // columns))

    def accumulate(tops: range) -> None:
        """Compute the tiles that begin with the rows ``tops``."""
        buffer = np.empty((SPAN_BLOCKS, tile_rows, columns), np.float32)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for top in tops:
                tile = slice(top, top + tile_rows)
                sums = y[tile]
                for first in range(0, blocks, SPAN_BLOCKS):
                    span = slice(first, min(first + SPAN_BLOCKS, blocks))
                    terms = buffer[: span.stop - first, : len(sums)]
                    products(tile, span, terms)
                    for term in terms:
                        sums += term
                sums[np.isnan(sums)] = NAN

    tops = range(0, rows, tile_rows)
    in_parallel(accumulate, [tops[thread::CORES] for thread in range(min(CORES, len(tops)))])


def _sums_are_float32(x: Blocks, w: Blocks) -> bool:
    """Return whether float32 holds every value and every partial sum of a block dot product."""
    bits = max_sum(x.fmt, w.fmt).bit_length()
    limits = []
    for blocks in (x, w):
        # Blocks of zeros add nothing, so their exponents do not count.
        counted = blocks.exponents[blocks.mantissas.any(axis=-1)].astype(np.int32)
        if not len(counted):
            continue
        # Exponents of the last mantissa bit.
        lowest, highest = (
            int(pick(counted)) - blocks.fmt.fraction_bits for pick in (np.min, np.max)
        )
        if lowest < -149 or highest + blocks.fmt.fraction_bits > 128:
            return False
        limits.append((lowest, highest))
    if len(limits) < 2:
        return True
    lowest, highest = (sum(ends) for ends in zip(*limits, strict=True))
    return bits <= 24 and lowest >= -149 and highest + bits <= 128


def _exact_products(x: Blocks, w: Blocks) -> Products:
    """Return the function that multiplies the values themselves; NaN blocks have NaN values."""
    left, right = (_float32_values(blocks) for blocks in (x, w))
    columns = np.ascontiguousarray(right.transpose(1, 2, 0))

    def products(rows: slice, span: slice, out: NDArray[np.float32]) -> None:
        np.matmul(left[rows, span].transpose(1, 0, 2), columns[span], out=out)

    return products


def _float32_values(blocks: Blocks) -> NDArray[np.float32]:
    scale = blocks.exponents.astype(np.int32) - blocks.fmt.fraction_bits
    values = blocks.mantissas.astype(np.float32)
    np.ldexp(values, scale[..., np.newaxis], out=values)
    values[blocks.is_nan] = NAN
    return values


def _rounded_products(x: Blocks, w: Blocks) -> Products:
    """Return the function that multiplies mantissas as integers, then scales and rounds."""
    exact: Any = np.float32 if max_sum(x.fmt, w.fmt) <= 1 << 24 else np.float64
    scale = x.fmt.fraction_bits + w.fmt.fraction_bits
    columns = [
        np.ascontiguousarray(w.mantissas[:, block].T, exact)
        for block in range(w.exponents.shape[1])
    ]

    def products(rows: slice, span: slice, out: NDArray[np.float32]) -> None:
        for block, terms in zip(range(span.start, span.stop), out, strict=True):
            sums = x.mantissas[rows, block].astype(exact) @ columns[block]
            left = x.exponents[rows, block].astype(np.int32) - scale
            terms[:] = normalise(sums, np.add.outer(left, w.exponents[:, block]))
            terms[np.logical_or.outer(x.is_nan[rows, block], w.is_nan[:, block])] = NAN

    return products
