"""Packing of whole arrays into the payloads of streams, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.rtl.fields import Field

CHUNK_BITS = 1 << 27
"""Bits that packing spreads out at a time, one byte each."""


def words_of(bits: int) -> int:
    """32-bit words that hold so many bits."""
    return -(-bits // 32)


def pack(fields: Sequence[Field], values: Mapping[str, ArrayLike]) -> NDArray[np.uint32]:
    """Payloads as little-endian 32-bit words, shape (transfers, words).

    Parameters:
        fields: Layout, of which every field must be given.
        values: For each field an integer array of shape (transfers, count), or (transfers,) where
            the count is 1. Values are taken modulo the field's width.
    """
    arrays = {name: np.asarray(value) for name, value in values.items()}
    transfers = len(arrays[fields[0]["name"]])
    total = 32 * words_of(max(f["offset"] + f["width"] * f["count"] for f in fields))
    words = np.zeros((transfers, total // 32), np.uint32)
    step = max(1, CHUNK_BITS // total)
    for start in range(0, transfers, step):
        part = slice(start, min(start + step, transfers))
        bits = np.zeros((part.stop - start, total), np.uint8)
        for field in fields:
            first, width, count = field["offset"], field["width"], field["count"]
            column = arrays[field["name"]][part].reshape(-1, count)
            if first % 32 == 0 and width == 32:
                continue
            spread = bits[:, first : first + width * count].reshape(-1, count, width)
            spread[:] = (column[..., np.newaxis] >> np.arange(width, dtype=column.dtype)) & 1
        words[part] = np.packbits(bits, axis=1, bitorder="little").view("<u4")
        for field in fields:
            first, width, count = field["offset"], field["width"], field["count"]
            if first % 32 == 0 and width == 32:
                column = arrays[field["name"]][part].reshape(-1, count)
                words[part, first // 32 : first // 32 + count] = column.astype(np.uint32)
    return words


def unpack(fields: Sequence[Field], words: NDArray[np.uint32]) -> dict[str, NDArray[Any]]:
    """The fields of payloads, the inverse of :func:`pack`: int64, of the shapes it takes."""
    raw = np.ascontiguousarray(words, "<u4").view(np.uint8)
    bits = np.unpackbits(raw, axis=1, bitorder="little")
    values: dict[str, NDArray[Any]] = {}
    for field in fields:
        first, width, count = field["offset"], field["width"], field["count"]
        spread = bits[:, first : first + width * count].reshape(-1, count, width)
        weights = np.left_shift(1, np.arange(width, dtype=np.int64))
        if field["signed"]:
            weights[-1] = -weights[-1]
        column = spread.astype(np.int64) @ weights
        values[field["name"]] = column if count > 1 else column[:, 0]
    return values
