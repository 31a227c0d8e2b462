"""Figures of both models as plain data, in the rows and columns of the paper's tables."""

from dataclasses import asdict
from typing import TypedDict, cast

from hbfp_hw.density.components import PAPER, Components, ComponentsRecord
from hbfp_hw.density.models import dot_gain, dot_unit, element, mixed_gain, systolic_gain

WIDTHS = range(2, 9)
"""Mantissa widths of both tables in bits."""
BLOCK_SIZES = (16, 25, 36, 49, 64, 256, 576)
"""Block sizes of the paper's table of dot-product units."""
TILES = (8, 16, 32, 64)
"""Rows, and columns, of the tiles in the paper's table of systolic arrays."""
BASELINES = ("FP32", "BF16")
"""Formats that gains refer to."""

REMARKS = (
    "HBFP6 at N = 16: the paper prints 8.85; its formula and components give 8.58.",
    "HBFP4 at N = 16: 12.5251 with the components as printed; the paper prints 12.52, which is "
    "within their rounding.",
    "Adders wider than 16 bits (HBFP8, HBFP6 from b = 16 on, HBFP5 at b = 64) are not in the "
    "paper's table; they lie on the least-squares line through its widths 4 to 16.",
    "The 21.3 and 4.4 of the paper's abstract are HBFP4 at b = 16. An FP32 adder at b = 256 gives "
    "nearly the same; the paper does not say which of the two is meant.",
    "16.98 = 0.997 · 17 + 0.003 · 10 is the paper's mean of the rounded gains of HBFP4 and HBFP6.",
)
"""Differences between the paper's figures and formulas, and assumptions of this computation."""


class DensityTables(TypedDict):
    """Plain data of :func:`density`."""

    components: ComponentsRecord
    dot_product: list[dict[str, float]]
    systolic: list[dict[str, float]]
    headline: dict[str, float]
    remarks: list[str]


def density(components: Components) -> DensityTables:
    """Compute both tables and the paper's headline figures from one table of components.

    Returns:
        ``components``: the table of components. ``dot_product`` and ``systolic``: one row per
        mantissa width and block size or tile, with the area (in the unit of the components) and the
        gains over FP32 and BF16. ``headline``: the figures that the paper states in its text, by
        name. ``remarks``: notes for a comparison with the paper, empty for other components.
    """
    return {
        "components": cast(ComponentsRecord, asdict(components)),
        "dot_product": [
            {
                "mantissa_bits": bits,
                "block_size": size,
                "area": sum(dot_unit(components, bits, size).values()),
                **{
                    f"gain_{over.lower()}": dot_gain(components, bits, size, over=over)
                    for over in BASELINES
                },
            }
            for bits in WIDTHS
            for size in BLOCK_SIZES
        ],
        "systolic": [
            {
                "mantissa_bits": bits,
                "tile": tile,
                "area": sum(element(components, bits, tile).values()),
                **{
                    f"gain_{over.lower()}": systolic_gain(components, bits, tile, over=over)
                    for over in BASELINES
                },
            }
            for bits in WIDTHS
            for tile in TILES
        ],
        "headline": _headline(components),
        "remarks": list(REMARKS) if components is PAPER else [],
    }


def _headline(components: Components) -> dict[str, float]:
    """Return the headline figures by name."""
    figures: dict[str, float] = {}
    for over in BASELINES:
        name = over.lower()
        figures |= {
            f"systolic_hbfp4_b16_{name}": systolic_gain(components, 4, 16, over=over),
            f"systolic_hbfp4_b256_fp32_adder_{name}": systolic_gain(
                components, 4, 256, over=over, accumulator="FP32"
            ),
            f"dot_hbfp4_n64_{name}": dot_gain(components, 4, 64, over=over),
        }
    narrow, wide = (dot_gain(components, bits, 256) for bits in (4, 6))
    figures["mixed_hbfp4_hbfp6_n256_fp32"] = mixed_gain(narrow, wide)
    if components is PAPER:
        figures["mixed_of_rounded_gains_fp32"] = mixed_gain(17, 10)
    return figures
