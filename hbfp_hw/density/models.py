"""The paper's two analytic models of area, for any table of components.

Each model returns an area as the parts that it adds up. A gain is the area in floating point over
the area in HBFP for the same work: one multiplication and one addition per cycle in each lane or
element.
"""

from hbfp_hw.density.components import Components
from hbfp_hw.format import check_integer

EXPONENT_BITS = 10
"""Width of the exponent adders in bits."""

ACCUMULATOR = "BF16"
"""Format in which both models accumulate the results of blocks."""

Parts = dict[str, float]
"""Area of each part, in the unit of the component table; the area of the whole is their sum."""


def dot_unit(components: Components, mantissa_bits: int, block_size: int) -> Parts:
    """Return the area of an HBFP dot-product unit that converts its results to blocks.

    This is the model in version 2 of the paper.

    Parameters:
        components: Component areas.
        mantissa_bits: Width m of the mantissas in bits.
        block_size: Lanes N, one per element of a block.

    Raises:
        ValueError: The table has no components of that width, or the block size is out of range.
    """
    _check_width(components, mantissa_bits)
    check_integer("Block size", block_size, 1, 1024)
    float_unit = components.floats[ACCUMULATOR]
    return {
        "multipliers": block_size * components.multipliers[mantissa_bits],
        "tree": (block_size - 1) * components.adder(2 * mantissa_bits),
        "exponent": components.adder(EXPONENT_BITS),
        "to_float": components.to_bf16[mantissa_bits],
        "accumulate": float_unit.accumulate,
        "relu": float_unit.relu,
        "convert": components.converters[mantissa_bits].area(block_size),
    }


def float_dot_unit(components: Components, name: str, block_size: int) -> Parts:
    """Return the area of a floating-point dot-product unit (version 2 of the paper).

    Parameters:
        components: Component areas.
        name: Format, a key of :attr:`Components.floats`.
        block_size: Number of lanes.

    Raises:
        ValueError: The table has no such format, or the block size is out of range.
    """
    _check_float(components, name)
    check_integer("Block size", block_size, 1, 1024)
    float_unit = components.floats[name]
    return {
        "multipliers": block_size * float_unit.multiply,
        "tree": (block_size - 1) * float_unit.add,
        "accumulate": float_unit.accumulate,
        "relu": float_unit.relu,
    }


def dot_gain(
    components: Components, mantissa_bits: int, block_size: int, *, over: str = "FP32"
) -> float:
    """Return the density gain of an HBFP dot-product unit over a floating-point one.

    Parameters:
        components, mantissa_bits, block_size: See :func:`dot_unit`.
        over: Floating-point format, a key of :attr:`Components.floats`.

    Raises:
        ValueError: The table has no such components, or the block size is out of range.
    """
    unit = dot_unit(components, mantissa_bits, block_size)
    return sum(float_dot_unit(components, over, block_size).values()) / sum(unit.values())


def element(
    components: Components, mantissa_bits: int, tile: int, *, accumulator: str = ACCUMULATOR
) -> Parts:
    """Return the area of one HBFP element of a systolic array (version 3 of the paper).

    It includes the element's share of the adders that serve a whole tile.

    Parameters:
        components: Component areas.
        mantissa_bits: Width m of the mantissas in bits.
        tile: Number b of rows, and of columns, of a tile, whose elements share an exponent.
        accumulator: Format in which results of tiles are accumulated.

    Raises:
        ValueError: The table has no such components, or the tile is out of range.
    """
    _check_width(components, mantissa_bits)
    _check_float(components, accumulator)
    check_integer("Tile", tile, 1, 1024)
    return {
        "multiplier": components.multipliers[mantissa_bits],
        "adder": components.adder(2 * mantissa_bits + (tile - 1).bit_length() + 1),
        "accumulate": components.floats[accumulator].add / tile,
        "exponent": components.adder(EXPONENT_BITS) / tile**2,
    }


def float_element(components: Components, name: str) -> Parts:
    """Return the area of one floating-point element of a systolic array (version 3 of the paper).

    Parameters:
        components: Component areas.
        name: Format, a key of :attr:`Components.floats`.

    Raises:
        ValueError: The table has no such format.
    """
    _check_float(components, name)
    float_unit = components.floats[name]
    return {"multiplier": float_unit.multiply, "adder": float_unit.add}


def systolic_gain(
    components: Components,
    mantissa_bits: int,
    tile: int,
    *,
    over: str = "FP32",
    accumulator: str = ACCUMULATOR,
) -> float:
    """Return the density gain of an HBFP systolic array over a floating-point one.

    Parameters:
        components, mantissa_bits, tile, accumulator: See :func:`element`.
        over: Floating-point format, a key of :attr:`Components.floats`.

    Raises:
        ValueError: The table has no such components, or the tile is out of range.
    """
    parts = element(components, mantissa_bits, tile, accumulator=accumulator)
    return sum(float_element(components, over).values()) / sum(parts.values())


def mixed_gain(narrow: float, wide: float, narrow_share: float = 0.997) -> float:
    """Return the paper's mean of the gains of two formats, for training in both.

    It is the arithmetic mean of the gains of two separate designs, which is not the gain of any
    design: that would be the harmonic mean, and one design for both widths is larger than either.

    Parameters:
        narrow, wide: Gains of the narrow and of the wide format.
        narrow_share: Share of the work in the narrow format.
    """
    return narrow_share * narrow + (1 - narrow_share) * wide


def _check_width(components: Components, mantissa_bits: int) -> None:
    low, high = min(components.converters), max(components.converters)
    check_integer("Mantissa width", mantissa_bits, low, high)


def _check_float(components: Components, name: str) -> None:
    if name not in components.floats:
        known = ", ".join(components.floats)
        raise ValueError(f"Floating-point format must be one of {known}, not {name!r}")
