"""Payloads of streams as plain data: the fields and their bit layout."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import data

from hbfp_hw.format import Rounding


class Field(TypedDict):
    """One field of a payload: ``count`` elements of ``width`` bits from bit ``offset`` up.

    Members:
        encoding: Meaning of an element's bits, one of :data:`ENCODINGS`. Packing ignores it.
        codes: Only with the encoding ``code``: the number that stands for each name.
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
