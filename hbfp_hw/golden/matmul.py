"""Sums of block dot products by NumPy's matrix product, in a type that holds each sum exactly."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.golden.convert import Blocks
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.golden.fp32 import NAN, normalise
from hbfp_hw.golden.parallel import CORES, in_parallel

Products = Callable[[slice, slice, NDArray[np.float32]], None]
"""Writes the rounded dot products of some rows of X and some blocks with every column of W."""

BLOCKS_AT_ONCE = 8
"""Blocks along K whose products are computed in one call: fewer calls, which threads wait for."""

TILE_ELEMENTS = 1 << 18
"""Elements of the result computed at a time: small enough to stay in the cache."""


def add_product(x: Blocks, w: Blocks, y: NDArray[np.float32]) -> None:
    """Add the block dot products of x (M, blocks) and w (P, blocks) to y (M, P), in order.

    If no sum needs rounding, a block's sums are a product of its values in float32. Else they are
    one of the mantissas (float32 up to 24 bits, beyond that float64), then scaled and rounded.
    """
    rows, columns = y.shape
    blocks = x.exponents.shape[1]
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


def _sums_are_float32(x: Blocks, w: Blocks) -> bool:
    """Whether float32 holds every value, every block dot product, and every partial sum of one."""
    bits = max_sum(x.fmt, w.fmt).bit_length()
    limits = []
    for blocks in (x, w):
        # Blocks of zeros may have any exponent, and add nothing.
        counted = blocks.exponents[blocks.mantissas.any(axis=-1)].astype(np.int32)
        if not len(counted):
            continue
        # In units of the last place, whose powers of two are these.
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
