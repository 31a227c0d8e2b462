"""Payloads of streams: the bit layout as plain data, and packing of whole arrays."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np
from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import data
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.format import Rounding


class Field(TypedDict):
    """One field of a payload: ``count`` elements of ``width`` bits from bit ``offset`` up.

    Members:
        encoding: Meaning of an element's bits, one of :data:`ENCODINGS`. Packing ignores it.
        codes: With the encoding ``code``, the number of each name.
    """

    name: str
    offset: int
    width: int
    count: int
    signed: bool
    encoding: NotRequired[str]
    codes: NotRequired[dict[str, int]]


ENCODINGS = {
    "unsigned": "a binary number, or a flag if it is one bit",
    "twos_complement": "a signed binary number",
    "sign_magnitude": "the highest bit is the sign, the bits below it are the magnitude",
    "fp32": "an IEEE 754 binary32 pattern",
    "bf16": "the upper 16 bits of an IEEE 754 binary32 pattern",
    "code": "one of the numbers in the field's codes",
}
"""Meanings that an element's bits can have."""

FP32_FIELDS = dict.fromkeys(("value", "values", "c", "addend", "total"), "fp32")
"""Encodings of the fields that carry FP32 bit patterns, in all units but the baselines."""

ROUNDING_FIELD = {"rounding": "code"}
"""Encoding of the field that selects the rounding mode."""

ROUNDING_CODES = {mode.name.lower(): mode.value for mode in Rounding}
"""Number of each rounding mode in the field that selects it."""


CHUNK_BITS = 1 << 27
"""Bits that packing spreads out at a time, one byte each."""


def fields_of(shape: ShapeLike, name: str = "", offset: int = 0) -> list[Field]:
    """List the fields of a payload's shape, nested names joined by dots.

    A payload that is one number has the field ``value``, one that is an array the field ``values``.
    """
    if hasattr(shape, "as_shape") and not isinstance(shape, data.Layout | Shape):
        shape = shape.as_shape()
    if isinstance(shape, data.StructLayout):
        prefix = f"{name}." if name else ""
        return [
            field
            for key, part in shape
            for field in fields_of(part.shape, f"{prefix}{key}", offset + part.offset)
        ]
    count = 1
    if isinstance(shape, data.ArrayLayout):
        count, shape, name = shape.length, shape.elem_shape, name or "values"
    number = Shape.cast(shape)
    return [
        Field(
            name=name or "value",
            offset=offset,
            width=number.width,
            count=count,
            signed=number.signed,
            encoding=_encoding_of(shape),
        )
    ]


def _encoding_of(shape: ShapeLike) -> str:
    """Return the encoding of an element, as far as its shape shows it."""
    if isinstance(shape, data.StructLayout) and list(shape.members) == ["magnitude", "sign"]:
        return "sign_magnitude"
    return "twos_complement" if Shape.cast(shape).signed else "unsigned"


def described(shape: ShapeLike, encodings: Mapping[str, str]) -> list[Field]:
    """List the fields of a payload as a design's ``.json`` has them.

    Parameters:
        shape: Shape of the payload.
        encodings: Encodings that the shape does not show, by the last part of a field's name.
    """
    fields = fields_of(shape)
    for field in fields:
        field["encoding"] = encodings.get(field["name"].rpartition(".")[2], field["encoding"])
        if field["encoding"] == "code":
            field["codes"] = ROUNDING_CODES
    return fields


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
