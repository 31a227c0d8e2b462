"""The paper's two analytic models of area, over any table of components.

Both give areas as the parts that they add up. A gain is the area of the same work in floating point
over that in HBFP; both sides do one multiplication and addition per lane or element and cycle.
"""

from hbfp_hw.density.components import Components
from hbfp_hw.format import check_integer

EXPONENT_BITS = 10
ACCUMULATOR = "BF16"
"""Format in which both models add up the results of blocks."""

Parts = dict[str, float]


def dot_unit(components: Components, mantissa_bits: int, block_size: int) -> Parts:
    """Dot-product unit of HBFP (version 2 of the paper): FP blocks in, block out.

    Parameters:
        components: Areas to add up.
        mantissa_bits: Width m of the mantissas.
        block_size: Lanes N, all elements of a block.

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
    """Dot-product unit of a floating-point format (version 2 of the paper).

    Parameters:
        components: Areas to add up.
        name: Format, a key of :attr:`Components.floats`.
        block_size: Lanes.

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
    """Gain in density of a dot-product unit of HBFP over one of floating point."""
    unit = dot_unit(components, mantissa_bits, block_size)
    return sum(float_dot_unit(components, over, block_size).values()) / sum(unit.values())


def element(
    components: Components, mantissa_bits: int, tile: int, *, accumulator: str = ACCUMULATOR
) -> Parts:
    """One processing element of a systolic array (version 3), with its share of a tile's adders.

    Parameters:
        components: Areas to add up.
        mantissa_bits: Width m of the mantissas.
        tile: Rows and columns b of a tile, whose elements share an exponent.
        accumulator: Format in which results of tiles are added up.

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
    """One processing element of a systolic array of a floating-point format (version 3)."""
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
    """Gain in density of a systolic array of HBFP over one of floating point."""
    parts = element(components, mantissa_bits, tile, accumulator=accumulator)
    return sum(float_element(components, over).values()) / sum(parts.values())


def mixed_gain(narrow: float, wide: float, narrow_share: float = 0.997) -> float:
    """Mean of two gains, as the paper takes it for training that is mostly in the narrow format.

    It is that of two separate designs, not of one that computes in both widths, and it is the
    arithmetic mean; the gain of the whole work would be the harmonic one.
    """
    return narrow_share * narrow + (1 - narrow_share) * wide


def _check_width(components: Components, mantissa_bits: int) -> None:
    low, high = min(components.converters), max(components.converters)
    check_integer("Mantissa width", mantissa_bits, low, high)


def _check_float(components: Components, name: str) -> None:
    if name not in components.floats:
        known = ", ".join(components.floats)
        raise ValueError(f"Floating-point format must be one of {known}, not {name!r}")
