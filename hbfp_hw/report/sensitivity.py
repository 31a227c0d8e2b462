"""Sensitivity studies: tables of how area depends on synthesis options and on the design."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hbfp_hw.area import VerilogSource
from hbfp_hw.area.record import BASELINES
from hbfp_hw.density.synthesis import SynthesisFlow, SynthesisJob
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.yosys import convert
from hbfp_hw.report.alternatives import LaneMultiplier, PlainDot
from hbfp_hw.report.record import StudyRow
from hbfp_hw.report.scope import unpipelined_unit

FLOWS = {
    "dc2; amap (as everywhere else)": SynthesisFlow(),
    "Booth multipliers, dc2; amap": SynthesisFlow(synth="-booth"),
    "dc2 twice; amap": SynthesisFlow(abc='-g cmos4 -script "+strash;dc2;dc2;amap,-m"'),
    "amap alone": SynthesisFlow(abc='-g cmos4 -script "+strash;amap,-m"'),
    "dc2; map for area": SynthesisFlow(abc='-g cmos4 -script "+strash;dc2;map,-a"'),
    "ABC's default": SynthesisFlow(abc="-g cmos4"),
    "dc2; amap, with XOR and multiplexer cells": SynthesisFlow(
        abc='-g cmos -script "+strash;dc2;amap,-m"'
    ),
    "ABC's default, with XOR and multiplexer cells": SynthesisFlow(abc="-g cmos"),
}
"""Synthesis flows by name. ``-booth`` affects only multiplications written as ``*``."""

BOOTH = SynthesisFlow(synth="-booth")
"""The flow of all other figures, with Booth multipliers."""


@dataclass(frozen=True)
class Variation:
    """One measurement of a sensitivity study.

    Members:
        study: Name of the study.
        row, column: Row and column of the study's table.
        job: The design and its flow.
        macs: Multiply-accumulates per cycle of the design; None if it does none.
    """

    study: str
    row: str
    column: str
    job: SynthesisJob
    macs: int | None


def variations(bits: int, block_size: int, flows: int | None, cached: bool) -> list[Variation]:
    """Return the measurements of all studies.

    Parameters:
        bits, block_size: Format of the operands.
        flows: Number of synthesis flows to compare, from the first on; None for all.
        cached: Whether Verilog may come from the cache.
    """

    def source(kind: str, **parameters: Any) -> VerilogSource:
        unit = unpipelined_unit(kind, bits, block_size, **parameters)
        return VerilogSource.of_unit(unit, cached=cached)

    baselines = {
        name: VerilogSource.of_unit(CATALOG[config](), cached=cached)
        for name, config in BASELINES.items()
    }
    mac, dot = source("mac"), source("dot")
    flow_study = [
        Variation("flow", row, column, SynthesisJob(design, flow), macs)
        for row, flow in list(FLOWS.items())[:flows]
        for column, design, macs in (
            ("hbfp", mac, block_size),
            *((name, design, 1) for name, design in baselines.items()),
        )
    ]
    signed = _plain(bits, block_size, LaneMultiplier.TWOS_COMPLEMENT)
    unsigned = _plain(bits, block_size, LaneMultiplier.SIGN_MAGNITUDE)
    dots = {
        "two's complement, signed multipliers and a tree": SynthesisJob(signed),
        "the same with Booth multipliers": SynthesisJob(signed, BOOTH),
        "sign and magnitude, products negated, a tree": SynthesisJob(unsigned),
        "one bit heap, two's complement in": SynthesisJob(source("dot", sign_magnitude=False)),
        "one bit heap, sign and magnitude in (dot)": SynthesisJob(dot),
    }
    lane_study = [
        Variation("lanes", f"{number}. {row}", "hbfp", job, block_size)
        for number, (row, job) in enumerate(dots.items(), start=1)
    ]
    parts = {
        "dot": (dot, block_size),
        "mac": (mac, block_size),
        "convert": (source("convert"), None),
        "dot_engine": (source("dot_engine"), block_size),
    }
    part_study = [
        Variation("parts", row, "hbfp", SynthesisJob(design), macs)
        for row, (design, macs) in parts.items()
    ]
    return [*flow_study, *lane_study, *part_study]


def tabulate(measured: Mapping[Variation, int]) -> dict[str, list[StudyRow]]:
    """Return the rows of each sensitivity study. Ratios are to baselines of the same flow.

    Parameters:
        measured: Transistors of each variation.
    """
    baselines = {
        (each.row, each.column): count
        for each, count in measured.items()
        if each.study == "flow" and each.column in BASELINES
    }
    usual = next(iter(FLOWS))
    tables: dict[str, list[StudyRow]] = {}
    for each, count in measured.items():
        if each.column in BASELINES:
            continue
        flow = each.row if each.study == "flow" else usual
        fp32, bf16 = baselines[flow, "fp32"], baselines[flow, "bf16"]
        row: StudyRow = {
            "variant": each.row,
            "transistors": count,
            "transistors_per_mac": each.macs and count / each.macs,
            "ratio_fp32": each.macs and fp32 * each.macs / count,
            "ratio_bf16": each.macs and bf16 * each.macs / count,
        }
        if each.study == "flow":
            row["transistors_fp32"], row["transistors_bf16"] = fp32, bf16
        tables.setdefault(each.study, []).append(row)
    return tables


def _plain(bits: int, block_size: int, lane: LaneMultiplier) -> VerilogSource:
    """Return the Verilog of a plain dot product."""
    unit = PlainDot(HBFPFormat(bits, block_size), lane)
    name = f"plain_dot_{lane.value}"
    return VerilogSource.of_text(convert(unit, name), name)
