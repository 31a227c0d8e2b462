"""How much the figures owe to choices of the tool and of the designer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.lib import wiring

from hbfp_hw.area import VerilogSource
from hbfp_hw.area.report import BASELINES
from hbfp_hw.density.synthesis import SynthesisFlow, SynthesisJob
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.yosys import convert
from hbfp_hw.report.alternatives import LaneMultiplier, PlainDot
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
"""Options of synthesis. The booth pass finds only multiplications written as such."""

BOOTH = SynthesisFlow(synth="-booth")


@dataclass(frozen=True)
class Variation:
    """One measurement of a study.

    Members:
        study: Name of the study.
        row, column: Its place in the study's table.
        job: What is measured, and how.
        macs: Multiply-accumulates per cycle of the design; None if it does none.
    """

    study: str
    row: str
    column: str
    job: SynthesisJob
    macs: int | None


def variations(bits: int, block_size: int, flows: int | None, cached: bool) -> list[Variation]:
    """All measurements, for one mantissa width and block size, with the first of the flows."""

    def unit_source(kind: str, **parameters: Any) -> VerilogSource:
        return VerilogSource.of_unit(
            unpipelined_unit(kind, bits, block_size, **parameters), cached=cached
        )

    core = unit_source("mac")
    baselines = {
        name: VerilogSource.of_unit(CATALOG[key](), cached=cached)
        for name, key in BASELINES.items()
    }
    options = [
        Variation("flow", row, column, SynthesisJob(source, flow), macs)
        for row, flow in list(FLOWS.items())[:flows]
        for column, source, macs in (
            ("hbfp", core, block_size),
            *((name, source, 1) for name, source in baselines.items()),
        )
    ]
    plain = {lane: _plain(bits, block_size, lane) for lane in LaneMultiplier}
    lanes: Sequence[tuple[str, VerilogSource, SynthesisFlow]] = (
        (
            "two's complement, signed multipliers and a tree",
            plain[LaneMultiplier.TWOS_COMPLEMENT],
            SynthesisFlow(),
        ),
        ("the same with Booth multipliers", plain[LaneMultiplier.TWOS_COMPLEMENT], BOOTH),
        (
            "sign and magnitude, products negated, a tree",
            plain[LaneMultiplier.SIGN_MAGNITUDE],
            SynthesisFlow(),
        ),
        (
            "one heap, two's complement in",
            unit_source("dot", sign_magnitude=False),
            SynthesisFlow(),
        ),
        ("one heap, sign and magnitude in (dot)", unit_source("dot"), SynthesisFlow()),
    )
    encodings = [
        Variation("lanes", f"{number}. {row}", "hbfp", SynthesisJob(source, flow), block_size)
        for number, (row, source, flow) in enumerate(lanes, start=1)
    ]
    parts = {
        "dot": unit_source("dot"),
        "mac": core,
        "convert": unit_source("convert"),
        "dot_engine": unit_source("dot_engine"),
    }
    inside = [
        Variation(
            "parts", row, "hbfp", SynthesisJob(source), None if row == "convert" else block_size
        )
        for row, source in parts.items()
    ]
    return [*options, *encodings, *inside]


def tabulate(measured: Mapping[Variation, int]) -> dict[str, list[dict[str, Any]]]:
    """The studies as plain data: one row per variation, with ratios within its own flow."""
    baselines = {
        (each.row, each.column): count
        for each, count in measured.items()
        if each.study == "flow" and each.column in BASELINES
    }
    usual = next(iter(FLOWS))
    tables: dict[str, list[dict[str, Any]]] = {}
    for each, count in measured.items():
        if each.column in BASELINES:
            continue
        flow = each.row if each.study == "flow" else usual
        row: dict[str, Any] = {
            "variant": each.row,
            "transistors": count,
            "transistors_per_mac": each.macs and count / each.macs,
        }
        for name in BASELINES:
            baseline = baselines[flow, name]
            if each.study == "flow":
                row[f"transistors_{name}"] = baseline
            row[f"ratio_{name}"] = each.macs and baseline * each.macs / count
        tables.setdefault(each.study, []).append(row)
    return tables


def _plain(bits: int, block_size: int, lane: LaneMultiplier) -> VerilogSource:
    unit: wiring.Component = PlainDot(HBFPFormat(bits, block_size), lane)
    name = f"plain_dot_{lane.value}"
    return VerilogSource.of_text(convert(unit, name), name)
