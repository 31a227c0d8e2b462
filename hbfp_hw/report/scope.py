"""Scope of a report: the units and the sizes that it measures."""

from dataclasses import dataclass
from typing import Any

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.catalog import AREA_OPTIONS, CATALOG
from hbfp_hw.generation.options import FormatOptions
from hbfp_hw.generation.registry import make_unit
from hbfp_hw.rtl import Unit

KINDS = (
    "mac",
    "dot",
    "dot_engine",
    "pe",
    "array",
    "convert",
    "fp32_mac",
    "bf16_mac",
    "int8_mac",
)
"""Units whose configurations in the catalog are measured, in this order."""

MOST_CELLS = 64
"""Cells of the largest array that is measured, so that a report ends within minutes."""


@dataclass(frozen=True)
class Scope:
    """Scope of a report.

    Members:
        name: Name of the scope.
        widths: Mantissa widths of the density plot, in bits.
        block_sizes: Block sizes of the density plot.
        side_by_side: Block sizes for the table of measurement and models.
        configs: Configurations of the catalog that are measured in full.
        study: Mantissa width in bits, and block size, of the sensitivity studies.
        flows: Number of synthesis flows to compare; None for all.
    """

    name: str
    widths: tuple[int, ...]
    block_sizes: tuple[int, ...]
    side_by_side: tuple[int, ...]
    configs: tuple[str, ...]
    study: tuple[int, int]
    flows: int | None


def full_scope() -> Scope:
    """Return the scope with every mantissa width of the models and the catalog's smaller units."""
    units = {name: make() for name, make in CATALOG.items()}
    chosen = [
        name
        for kind in KINDS
        for name, unit in units.items()
        if unit.unit == kind and (kind != "array" or _is_shown(unit))
    ]
    return Scope(
        name="full",
        widths=tuple(range(2, 9)),
        block_sizes=(8, 16, 32, 64, 128),
        side_by_side=(16, 64),
        configs=tuple(chosen),
        study=(4, 64),
        flows=None,
    )


def quick_scope() -> Scope:
    """Return a small scope that takes about a minute, to preview the page."""
    return Scope(
        name="quick",
        widths=(2, 4),
        block_sizes=(4, 8),
        side_by_side=(4, 8),
        configs=("mac_hbfp4_n16",),
        study=(4, 8),
        flows=2,
    )


def _is_shown(array: Unit) -> bool:
    """Return whether an array is measured: a mixed one of at most :data:`MOST_CELLS` cells."""
    parameters = array.parameters
    cells = parameters["rows"] * parameters["columns"]
    return parameters["variant"] == Variant.MIXED.value and cells <= MOST_CELLS


def unpipelined_unit(kind: str, bits: int, block_size: int, **parameters: Any) -> Unit:
    """Return a unit without pipeline stages, for a comparison of area.

    Parameters:
        kind: Name of the unit.
        bits, block_size: Format of both operands.
        parameters: Parameters that override those of the catalog's configurations for area.
    """
    fmt = HBFPFormat(bits, block_size)
    options = {"rounding": Rounding.NEAREST, **AREA_OPTIONS, **parameters}
    return make_unit(kind, FormatOptions(fmt, fmt, **options))
