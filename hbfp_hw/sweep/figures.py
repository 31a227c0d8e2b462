"""Figures of a result: numbers and texts by name."""

from typing import Any

SHOWN = {
    "area": ("transistors", "transistors_per_mac", "gate_equivalents", "logic_depth"),
    "cosim": ("vectors", "mismatches", "vectors_per_second"),
    "explore": ("last.input.sqnr", "last.weight.sqnr", "last.gradient.sqnr"),
    "gemm": ("cycles", "seconds", "mismatches"),
    "workload": ("run.cycles", "run.speedup_hbfp6", "run.speedup_fp32"),
}
"""Figures of each command that are printed unless the sweep names others."""


def flatten(command: str, result: dict[str, Any]) -> dict[str, Any]:
    """Figures of what a command printed; lists are left out."""
    units = result.get("results")
    if command == "area" and isinstance(units, list) and len(units) == 1:
        result = units[0]
    return _flatten(result)


def _flatten(result: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, value in result.items():
        if isinstance(value, dict):
            figures |= _flatten(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            figures[prefix + name] = value
    return figures
