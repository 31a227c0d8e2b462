"""What a report measures, and the units by which it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.catalog import AREA_OPTIONS, CATALOG
from hbfp_hw.generation.options import FormatOptions
from hbfp_hw.generation.registry import make_unit
from hbfp_hw.rtl import Unit

KINDS = (
    *("mac", "dot", "dot_engine", "pe", "array", "convert"),
    *("fp32_mac", "bf16_mac", "int8_mac"),
)
"""Units of the catalog whose named configurations are measured, in this order."""
MOST_ELEMENTS = 64
"""Processing elements up to which arrays are measured, to end within minutes."""


@dataclass(frozen=True)
class Scope:
    """The extent of a report.

    Members:
        name: Its name.
        widths: Mantissa widths of the plot of density.
        block_sizes: Block sizes of that plot.
        side_by_side: Block sizes at which models and measurement stand side by side.
        configs: Named configurations to be measured in full.
        study: Mantissa width and block size of the sensitivity study.
        flows: How many options of synthesis it compares; None is all.
    """

    name: str
    widths: tuple[int, ...]
    block_sizes: tuple[int, ...]
    side_by_side: tuple[int, ...]
    configs: tuple[str, ...]
    study: tuple[int, int]
    flows: int | None


def full_scope() -> Scope:
    """All mantissa widths of the models, and the catalog but for large arrays."""
    units = {name: make() for name, make in CATALOG.items()}
    chosen = [
        name
        for kind in KINDS
        for name, unit in units.items()
        if unit.unit == kind and (kind != "array" or _is_shown(unit.parameters))
    ]
    return Scope(
        "full", tuple(range(2, 9)), (8, 16, 32, 64, 128), (16, 64), tuple(chosen), (4, 64), None
    )


def quick_scope() -> Scope:
    """Small blocks and few units, to see in a minute what a report looks like."""
    return Scope("quick", (2, 4), (4, 8), (4, 8), ("mac_hbfp4_n16",), (4, 8), 2)


def _is_shown(array: Mapping[str, Any]) -> bool:
    elements = array["rows"] * array["columns"]
    return array["variant"] == Variant.MIXED.value and elements <= MOST_ELEMENTS


def unpipelined_unit(kind: str, bits: int, block_size: int, **parameters: Any) -> Unit:
    """A unit of one width, built as the cores of the catalog are, unless parameters say else."""
    fmt = HBFPFormat(bits, block_size)
    options = {"rounding": Rounding.NEAREST, **AREA_OPTIONS, **parameters}
    return make_unit(kind, FormatOptions(fmt, fmt, **options))
