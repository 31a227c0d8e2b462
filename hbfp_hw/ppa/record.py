"""Results as plain data: the JSON of ``hbfp ppa``."""

from dataclasses import asdict
from typing import TypedDict

from hbfp_hw.area.record import versions
from hbfp_hw.ppa.measure import Measured
from hbfp_hw.ppa.ratios import ratios
from hbfp_hw.ppa.result import PpaResult


class PpaRecord(TypedDict):
    """Plain data of one result: the members and derived figures of :class:`.PpaResult`."""

    config: str
    area_um2: float
    delay_ns: float
    clock_mhz: float
    clock_mhz_shared: float
    macs_per_cycle: int | None
    macs_per_second_per_mm2: float | None
    macs_per_second_per_mm2_shared: float | None
    energy_per_mac_pj: float | None
    energy_per_mac_pj_zero_delay: float | None
    energy_parts_pj: dict[str, float] | None
    leakage_nw: float
    stages: int
    wires: bool
    library: str
    library_sha256: str
    wrong_results: int
    vectors: int
    effort: str
    netlist: dict[str, str]
    seconds: float
    cached: bool


class RatioRecord(TypedDict):
    """Plain data of a :class:`.Ratio`."""

    throughput_per_area: float
    energy: float | None


class PpaRun(TypedDict):
    """Plain data of one run.

    Members:
        results: For each configuration, its smallest netlist that reaches the shared clock.
        best: For each configuration, its best netlist at its own clock.
        curves: All netlists.
        ratios: Advantages over the baselines, by configuration, then by baseline and clock.
        versions: Versions of the packages.
    """

    results: list[PpaRecord]
    best: list[PpaRecord]
    curves: list[PpaRecord]
    ratios: dict[str, dict[str, RatioRecord]]
    versions: dict[str, str]


def describe(result: PpaResult) -> PpaRecord:
    """Return a result as plain data."""
    return {
        "config": result.config,
        "area_um2": result.area_um2,
        "delay_ns": result.delay_ns,
        "clock_mhz": result.clock_mhz,
        "clock_mhz_shared": result.clock_mhz_shared,
        "macs_per_cycle": result.macs_per_cycle,
        "macs_per_second_per_mm2": result.macs_per_second_per_mm2,
        "macs_per_second_per_mm2_shared": result.macs_per_second_per_mm2_shared,
        "energy_per_mac_pj": result.energy_per_mac_pj,
        "energy_per_mac_pj_zero_delay": result.energy_per_mac_pj_zero_delay,
        "energy_parts_pj": None if result.energy is None else asdict(result.energy),
        "leakage_nw": result.leakage_nw,
        "stages": result.stages,
        "wires": result.wires,
        "library": result.library,
        "library_sha256": result.library_sha256,
        "wrong_results": result.wrong_results,
        "vectors": result.vectors,
        "effort": result.effort,
        "netlist": {"json": str(result.netlist.json), "verilog": str(result.netlist.verilog)},
        "seconds": result.seconds,
        "cached": result.cached,
    }


def describe_all(measured: Measured) -> PpaRun:
    """Return the results of a run, and their ratios to its baselines, as plain data."""
    return {
        "results": [describe(result) for result in measured.results],
        "best": [describe(result) for result in measured.best],
        "curves": [describe(result) for result in measured.curves],
        "ratios": {
            config: {
                key: {"throughput_per_area": each.throughput_per_area, "energy": each.energy}
                for key, each in found.items()
            }
            for config, found in ratios([*measured.results, *measured.best]).items()
        },
        "versions": versions(),
    }
