"""Packing of arrays into the payloads of streams, and unpacking."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.rtl.fields import Field

BITS_AT_ONCE = 1 << 27
"""Most payload bits that are unpacked in memory at once, at one byte per bit."""


def words_of(bits: int) -> int:
    """Return the number of 32-bit words that hold this number of bits."""
    return -(-bits // 32)


def pack(fields: Sequence[Field], values: Mapping[str, ArrayLike]) -> NDArray[np.uint32]:
    """Return payloads as little-endian 32-bit words, shape (transfers, words).

    Parameters:
        fields: Layout of the payload.
        values: Integer array of every field, shape (transfers, count), or (transfers,) if the count
            is 1. The lowest ``width`` bits of each integer are packed.
    """
    arrays = {name: np.asarray(value) for name, value in values.items()}
    transfers = len(arrays[fields[0]["name"]])
    total = 32 * words_of(max(f["offset"] + f["width"] * f["count"] for f in fields))
    words = np.zeros((transfers, total // 32), np.uint32)
    step = max(1, BITS_AT_ONCE // total)
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
    """Return the fields of payloads as int64 arrays, the inverse of :func:`pack`.

    A field has the shape (transfers, count), or (transfers,) if its count is 1.
    """
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
