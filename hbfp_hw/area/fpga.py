"""FPGA resources of a design after synthesis, without place and route."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from hbfp_hw.area.scripts import FPGA, FPGA_SYNTHESIS
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.statistics import Cells, YosysReports
from hbfp_hw.area.yosys import TIMEOUT, run_yosys, yosys_version
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.result_cache import Record, cached_result

RESOURCES = {
    "ecp5": {
        "luts": "LUT4",
        "carries": "CCU2C",
        "flops": "TRELLIS_FF",
        "multiplexers": "PFUMX|L6MUX21",
        "memories": "DP16KD|PDPW16KD|TRELLIS_DPR16X4",
    },
    "ice40": {
        "luts": "SB_LUT4",
        "carries": "SB_CARRY",
        "flops": "SB_DFF.*",
        "memories": "SB_RAM40_4K.*",
    },
}
"""Resources of each family, with the regular expression of the cell types that count as each."""


class FpgaResources(TypedDict):
    """Resources of a design in one family: counts by resource, and all cells by type."""

    family: str
    luts: int
    carries: int
    flops: int
    multiplexers: NotRequired[int]
    memories: int
    cells: Cells


def check_family(family: str) -> None:
    """Raise ``ValueError`` unless the FPGA family can be measured."""
    if family not in FPGA:
        raise ValueError(f"FPGA must be {' or '.join(FPGA)}, not {family!r}")


def measure_fpga(
    source: VerilogSource,
    family: str,
    *,
    cached: bool = True,
    timeout: float = TIMEOUT,
    poll: Poll = None,
) -> tuple[FpgaResources, bool]:
    """Return a design's resources in an FPGA family, and whether they come from the cache.

    Parameters:
        source: The design.
        family: "ecp5" or "ice40".
        cached: Whether an earlier result may be returned.
        timeout: Seconds allowed.
        poll: Called a few times a second while Yosys runs.

    Raises:
        ValueError: The family is unknown.
        SynthesisError: Yosys fails, or the netlist has a cell of unknown type.
    """
    check_family(family)
    script = FPGA_SYNTHESIS.format(synth=FPGA[family].format(top=source.top))

    def make(folder: Path, log: Path) -> Record:
        write_text(folder / "design.v", source.verilog)
        run_yosys(script, folder, log, timeout=timeout, poll=poll)
        return _read(YosysReports(folder, log), source.top, family)

    key = (source.sha256, script, yosys_version())
    record, earlier = cached_result(f"{source.top}-{family}", key, make, cached=cached, poll=poll)
    return cast(FpgaResources, record), earlier


def _read(reports: YosysReports, top: str, family: str) -> Record:
    """Return the record of :class:`FpgaResources` from the reports in a folder."""
    cells = reports.cells(reports.modules("fpga.json").get(top, {}))
    return {"family": family, **count_resources(reports, cells, RESOURCES[family]), "cells": cells}


def count_resources(
    reports: YosysReports, cells: Mapping[str, int], resources: Mapping[str, str]
) -> dict[str, int]:
    """Return the number of cells that count as each resource.

    Parameters:
        reports: Reports that an error refers to.
        cells: Number of cells of each type.
        resources: Regular expression of the cell types of each resource; the first match counts.

    Raises:
        SynthesisError: A type matches no pattern.
    """
    counts = dict.fromkeys(resources, 0)
    for kind, count in cells.items():
        for resource, pattern in resources.items():
            if re.fullmatch(pattern, kind):
                counts[resource] += count
                break
        else:
            raise reports.error(f"Cells of unknown type: {kind}")
    return counts
