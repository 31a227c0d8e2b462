"""Catalog of named configurations, whose Verilog is kept in ``rtl_out``."""

from dataclasses import dataclass
from typing import Any, TypedDict

from hbfp_hw.engine import Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions, UnitOptions
from hbfp_hw.generation.registry import make_unit, units_with
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl import Unit


class AreaOptions(TypedDict):
    """Options of :class:`~hbfp_hw.generation.options.FormatOptions` that area depends on."""

    pipeline: int
    sign_magnitude: bool


AREA_OPTIONS = AreaOptions(pipeline=0, sign_magnitude=True)
"""Options of units whose area is compared: no register stages, the mantissa code of least area."""

BASELINES = [entry.name for entry in units_with(BaselineOptions)]


@dataclass(frozen=True)
class Configuration:
    """A unit with its options; a call makes the unit.

    Members:
        unit: Name of the unit.
        options: Options of the unit.
    """

    unit: str
    options: UnitOptions

    def __call__(self) -> Unit:
        return make_unit(self.unit, self.options)


def _named(unit: str, a: int, b: int, block_size: int, **parameters: Any) -> Configuration:
    options = FormatOptions(HBFPFormat(a, block_size), HBFPFormat(b, block_size), **parameters)
    return Configuration(unit, options)


def _mixed(
    unit: str, variant: Variant, block_size: int, lines: int = 1, **parameters: Any
) -> Configuration:
    options = MixedOptions(variant, block_size, rows=lines, columns=lines, **parameters)
    return Configuration(unit, options)


def _baseline(unit: str, **parameters: Any) -> Configuration:
    return Configuration(unit, BaselineOptions(**parameters))


CATALOG: dict[str, Configuration] = {
    **{
        f"hbfp{bits}_n{block_size}": _named("dot_engine", bits, bits, block_size)
        for bits in (4, 6, 8)
        for block_size in (16, 64)
    },
    "hbfp4x6_n16": _named("dot_engine", 4, 6, 16),
    **{
        f"{unit}_hbfp{bits}_n64": _named(unit, bits, bits, 64)
        for unit in ("convert", "dot", "accumulate")
        for bits in (4, 6)
    },
    "fp32_hbfp4_n64": _named("fp32", 4, 4, 64),
    **{
        f"mac_hbfp{bits}_n{block_size}": _named("mac", bits, bits, block_size, **AREA_OPTIONS)
        for bits in (4, 6, 8)
        for block_size in (16, 64)
    },
    **{
        f"convert_nearest_hbfp{bits}_n64": _named(
            "convert", bits, bits, 64, **AREA_OPTIONS, rounding=Rounding.NEAREST
        )
        for bits in (4, 6)
    },
    **{
        f"pe_{variant.value}_n{block_size}": _mixed("pe", variant, block_size, sign_magnitude=True)
        for variant in Variant
        for block_size in (16, 64)
    },
    **{
        f"{unit}_{lines}x{lines}_{variant.value}_n{block_size}": _mixed(
            unit, variant, block_size, lines
        )
        for unit in ("array", "gemm")
        for lines, block_size in ((4, 64), (8, 16), (16, 16))
        for variant in (Variant.MIXED, Variant.NATIVE)
    },
    **{f"{unit}_8x8_mixed_n64": _mixed(unit, Variant.MIXED, 64, 8) for unit in ("array", "gemm")},
    "core_8x8_mixed_n16": _mixed("core", Variant.MIXED, 16, 8),
    **{unit: _baseline(unit) for unit in BASELINES},
    "fp32_mac_separate": _baseline("fp32_mac", fused=False),
    "bf16_mac_bf16": _baseline("bf16_mac", accumulate=Accumulation.BF16),
    **{f"{unit}_n16": _baseline(unit, lanes=16) for unit in BASELINES},
}
"""Named configurations.

A plain name such as ``hbfp4_n64`` is a dot engine. The name of a baseline unit is also the
configuration with its default options.
"""
