"""The same designs and script on other releases of Yosys."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hbfp_hw.area import VerilogSource
from hbfp_hw.area.report import BASELINES
from hbfp_hw.area.yosys import yosys_version
from hbfp_hw.density.synthesis import SynthesisJob, YosysRelease, count_transistors
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.report.scope import unpipelined_unit
from hbfp_hw.rtl import Unit

VERSION = "from importlib.metadata import version; import pyosys; print(version('pyosys'))"


def find_release(python: Path) -> YosysRelease:
    """The release of pyosys that belongs to a Python interpreter.

    Raises:
        ValueError: It is none, or has no pyosys.
    """
    try:
        run = subprocess.run(
            [python, "-c", VERSION], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        raise ValueError(f"Python must be an interpreter with pyosys, not '{python}'") from None
    # Absolute, as Yosys runs in a folder of its own; a link stays one, as its place matters.
    return YosysRelease(python.absolute(), run.stdout.strip())


def compare_releases(
    releases: Sequence[YosysRelease], bits: int, block_size: int, *, cached: bool = True
) -> list[dict[str, Any]]:
    """Transistors of a core and of the baselines, by this release of pyosys and by others.

    Parameters:
        releases: The others.
        bits, block_size: Of the core.
        cached: Whether earlier measurements will do.

    Returns:
        One row per release; none if there is nothing to compare with.
    """
    if not releases:
        return []
    core = unpipelined_unit("mac", bits, block_size)
    sources = [
        VerilogSource.of_unit(unit, cached=cached) for unit in (core, *_baselines().values())
    ]
    rows = []
    for each in (None, *releases):
        count, *others = (
            count_transistors(SynthesisJob(source), cached=cached, release=each)
            for source in sources
        )
        row: dict[str, Any] = {
            "pyosys": each.version if each else yosys_version(),
            "transistors": count,
            "transistors_per_mac": count / block_size,
        }
        for name, other in zip(BASELINES, others, strict=True):
            row[f"transistors_{name}"] = other
            row[f"ratio_{name}"] = other * block_size / count
        rows.append(row)
    return rows


def _baselines() -> dict[str, Unit]:
    return {name: CATALOG[config]() for name, config in BASELINES.items()}
