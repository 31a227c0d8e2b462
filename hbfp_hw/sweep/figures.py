"""Figures of a command's result: numbers and strings by name."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

SHOWN = {
    "area": ("transistors", "transistors_per_mac", "gate_equivalents", "logic_depth"),
    "cosim": ("vectors", "mismatches", "vectors_per_second"),
    "explore": ("last.input.sqnr", "last.weight.sqnr", "last.gradient.sqnr"),
    "gemm": ("cycles", "seconds", "mismatches"),
    "workload": ("run.cycles", "run.speedup_hbfp6", "run.speedup_fp32"),
}
"""Figures that are printed for each command, unless the sweep names others."""

# Figures that ``area`` has for one unit.
_AREA_OF_A_UNIT = (
    "config",
    "design",
    "parameters.*",
    "method",
    "transistors",
    "area",
    "gate_equivalents",
    "macs_per_cycle",
    "transistors_per_mac",
    "transistors_per_lane",
    "area_per_mac",
    "ratio_fp32",
    "ratio_bf16",
    "ratio_public_fp32",
    "ratio_public_bf16",
    "cells.*",
    "flops",
    "memory_bits",
    "logic_depth",
    "breakdown.*",
    "library_cells.*",
    "fpga.family",
    "fpga.luts",
    "fpga.multiplexers",
    "fpga.carries",
    "fpga.flops",
    "fpga.memories",
    "fpga.cells.*",
    "fpga.log",
    "versions.*",
    "script_hash",
    "liberty.name",
    "liberty.sha256",
    "verilog_hash",
    "cached",
    "seconds",
    "log",
)

KNOWN = {
    "area": (
        *_AREA_OF_A_UNIT,
        *(f"baselines.{name}.{each}" for name in ("fp32", "bf16") for each in _AREA_OF_A_UNIT),
        "public.*",
        "script",
    ),
    "cosim": (
        "design",
        "seed",
        "vector",
        "vectors",
        "cycles",
        "seconds",
        "build_seconds",
        "vectors_per_second",
        "cycles_per_second",
        "mismatches",
        "classes.*",
        "log",
    ),
    "density": ("components.*", "headline.*"),
    "explore": (
        "study",
        "settings.*",
        "seconds",
        *(
            f"last.{tensor}.{figure}"
            for tensor in ("input", "weight", "gradient")
            for figure in ("distance", "relative", "sqnr", "predicted", "uniform")
        ),
    ),
    "gemm": (
        "engine",
        "shape.M",
        "shape.K",
        "shape.P",
        "block_size",
        "exponent_bits",
        "rounding",
        "seed",
        "macs",
        "cycles",
        "variant",
        "rows",
        "cols",
        "depth",
        "panel_tiles",
        "seconds",
        "breakdown.load",
        "breakdown.compute",
        "breakdown.drain",
        "breakdown.stalled",
        "utilisation",
        "steady_utilisation",
        "traffic.*",
        "sim",
        "top",
        "counters.*",
        "build_seconds",
        "log",
        "mismatches",
    ),
    "workload": (
        "schedule",
        "network",
        "layers",
        "parameters",
        "macs_per_sample",
        "edge_share",
        "training_edge_share",
        "batch",
        "epochs",
        "steps_per_epoch",
        "engine.variant",
        "engine.rows",
        "engine.cols",
        "engine.block_size",
        "engine.exponent_bits",
        "engine.depth",
        "engine.panel_tiles",
        "shares.*",
        "four_bit_share",
        "run.macs",
        "run.cycles",
        "run.speedup_hbfp6",
        "run.speedup_fp32",
        "run.busy_speedup_hbfp6",
        "run.busy_speedup_fp32",
        "density.array",
        "density.transistors_per_mac",
        "density.density_fp32",
        "density.density_bf16",
        "density.run_density_fp32",
        "density.run_density_bf16",
    ),
}
"""Names of all figures of each command; ``*`` matches names set by tools or parameters."""


def is_known(command: str, name: str) -> bool:
    """Return whether a result of the command can have a figure of this name."""
    return any(fnmatchcase(name, known) for known in KNOWN[command])


def flatten(command: str, result: Mapping[str, object]) -> dict[str, object]:
    """Return the figures of a command's result, with nested names joined by dots.

    Lists are left out. If ``area`` measured a single unit, the figures are those of that unit.
    """
    units = result.get("results")
    if command == "area" and isinstance(units, list) and len(units) == 1:
        result = units[0]
    return _flatten(result)


def _flatten(result: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    figures: dict[str, object] = {}
    for name, value in result.items():
        if isinstance(value, dict):
            figures |= _flatten(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            figures[prefix + name] = value
    return figures
