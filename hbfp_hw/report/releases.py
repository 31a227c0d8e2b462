"""Comparison of releases of Yosys, with the same designs and script on each."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from hbfp_hw.area import VerilogSource
from hbfp_hw.area.record import BASELINES
from hbfp_hw.area.yosys import yosys_version
from hbfp_hw.density.synthesis import SynthesisJob, YosysRelease, count_transistors
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.report.record import ReleaseRow
from hbfp_hw.report.scope import unpipelined_unit

VERSION = "from importlib.metadata import version; import pyosys; print(version('pyosys'))"
"""Python program that prints the version of an environment's pyosys."""


def find_release(python: Path) -> YosysRelease:
    """Return the release of Yosys in the environment of a Python interpreter.

    Raises:
        ValueError: The file is not an interpreter, or its environment has no pyosys.
    """
    try:
        run = subprocess.run(
            [python, "-c", VERSION], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        raise ValueError(f"Python must be an interpreter with pyosys, not '{python}'") from None
    # The path is absolute, because Yosys runs in another folder. A symbolic link is not resolved:
    # Python finds its environment by the path of the link.
    return YosysRelease(python.absolute(), run.stdout.strip())


def compare_releases(
    releases: Sequence[YosysRelease], bits: int, block_size: int, *, cached: bool = True
) -> list[ReleaseRow]:
    """Count the transistors of `mac` and of the baselines with each release of pyosys.

    Parameters:
        releases: Releases to compare with the installed one.
        bits, block_size: Format of `mac`.
        cached: Whether earlier counts may be used.

    Returns:
        One row per release, the installed one first; no row if ``releases`` is empty.
    """
    if not releases:
        return []
    units = [
        unpipelined_unit("mac", bits, block_size),
        CATALOG[BASELINES["fp32"]](),
        CATALOG[BASELINES["bf16"]](),
    ]
    jobs = [SynthesisJob(VerilogSource.of_unit(unit, cached=cached)) for unit in units]
    rows: list[ReleaseRow] = []
    for each in (None, *releases):
        count, fp32, bf16 = (count_transistors(job, cached=cached, release=each) for job in jobs)
        rows.append(
            {
                "pyosys": each.version if each else yosys_version(),
                "transistors": count,
                "transistors_per_mac": count / block_size,
                "transistors_fp32": fp32,
                "ratio_fp32": fp32 * block_size / count,
                "transistors_bf16": bf16,
                "ratio_bf16": bf16 * block_size / count,
            }
        )
    return rows
