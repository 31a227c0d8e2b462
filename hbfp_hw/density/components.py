"""Areas of the components that the analytic models add up, and the paper's table of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np

STRAIGHT_FROM = 4
"""Adder width in bits from which on the paper's areas grow linearly."""


@dataclass(frozen=True)
class FloatComponents:
    """Areas of the components of one floating-point format, in the unit of their table.

    Members:
        add, multiply: Adder and multiplier.
        accumulate: Adder with the register of a running sum.
        relu: Rectifier.
    """

    add: float
    multiply: float
    accumulate: float
    relu: float


@dataclass(frozen=True)
class Converter:
    """Area of a converter from floating point to one block, linear in the block size.

    Members:
        slope: Area per element.
        offset: Area per block.
    """

    slope: float
    offset: float

    def area(self, block_size: int) -> float:
        """Return the area of a converter for blocks of ``block_size`` elements."""
        return self.slope * block_size + self.offset


@dataclass(frozen=True)
class Components:
    """Table of component areas, all in one unit.

    Members:
        name: Short name of the table.
        source: Origin of the areas, as a text.
        unit: Unit of the areas.
        multipliers: Signed multipliers of two w-bit numbers with a product of 2w bits, by w.
        adders: Adders of two w-bit numbers with a sum of w bits, by w.
        floats: Floating-point components, by name of the format.
        to_bf16: Converters of a sum of 2m bits with a 10-bit exponent to BF16, by m.
        converters: Converters from floating point to a block of m-bit mantissas, by m.
    """

    name: str
    source: str
    unit: str
    multipliers: Mapping[int, float] = field(repr=False)
    adders: Mapping[int, float] = field(repr=False)
    floats: Mapping[str, FloatComponents] = field(repr=False)
    to_bf16: Mapping[int, float] = field(repr=False)
    converters: Mapping[int, Converter] = field(repr=False)

    def adder(self, width: int) -> float:
        """Return the area of an adder of ``width`` bits.

        For a width that is not in the table, the area is taken from the least-squares line through
        the table's areas from :data:`STRAIGHT_FROM` bits on.
        """
        if width in self.adders:
            return self.adders[width]
        widths = [w for w in self.adders if w >= STRAIGHT_FROM]
        slope, offset = np.polyfit(widths, [self.adders[w] for w in widths], 1)
        return float(slope * width + offset)


class ComponentsRecord(TypedDict):
    """Plain data of :class:`Components`. Widths are integers; in JSON they become strings."""

    name: str
    source: str
    unit: str
    multipliers: Mapping[int | str, float]
    adders: Mapping[int | str, float]
    floats: Mapping[str, Mapping[str, float]]
    to_bf16: Mapping[int | str, float]
    converters: Mapping[int | str, Mapping[str, float]]


def _by_width(first: int, areas: str) -> dict[int, float]:
    """Return areas by width, from a text with the areas of successive widths."""
    return dict(enumerate(map(float, areas.split()), start=first))


PAPER = Components(
    name="paper",
    source="Accuracy Boosters (arXiv 2211.10737): TSMC 28 nm, 50 MHz, each synthesised alone",
    unit="µm²",
    multipliers=_by_width(
        1,
        "0.73 3.04 13.24 30.86 53.22 69.50 111.78 122.72 "
        "164.15 189.42 239.23 275.93 336.56 377.62 448.58 493.41",
    ),
    adders=_by_width(
        1,
        "0.97 2.79 5.22 7.53 9.84 12.15 14.46 16.77 "
        "19.08 21.38 23.69 26.00 28.31 30.62 32.93 35.24",
    ),
    floats={
        "BF16": FloatComponents(add=173.14, multiply=135.84, accumulate=365.59, relu=7.53),
        "FP16": FloatComponents(add=201.81, multiply=234.25, accumulate=396.94, relu=7.53),
        "FP32": FloatComponents(add=485.27, multiply=1009.06, accumulate=864.84, relu=15.31),
    },
    to_bf16=_by_width(2, "70.23 80.80 91.37 102.30 113.48 121.74 136.93"),
    converters={
        2: Converter(29.85, 128.5),
        3: Converter(32.82, 127.1),
        4: Converter(35.81, 136.3),
        5: Converter(38.75, 137.3),
        6: Converter(41.70, 156.9),
        7: Converter(44.71, 148.8),
        8: Converter(47.76, 167.8),
    },
)
"""Component areas that the paper prints."""
