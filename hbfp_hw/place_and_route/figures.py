"""Figures of a place and route, read from the reports of Yosys and nextpnr."""

from typing import Any

from hbfp_hw.area.fpga import RESOURCES, count_resources
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.place_and_route.result import SlowestPath, ToolFigures
from hbfp_hw.place_and_route.wrapper import UNIT, WRAPPER

MEMORIES = {
    "ecp5": {
        "block_rams": "DP16KD|PDPW16KD",
        "table_rams": "TRELLIS_DPR16X4",
        "multiplier_blocks": "MULT18X18D|ALU54B",
    },
    "ice40": {"block_rams": "SB_RAM40_4K.*", "multiplier_blocks": "SB_MAC16"},
}
"""Memories and multipliers of each family, with the regular expression of their cell types.

They take the place of ``memories`` in :data:`~hbfp_hw.area.fpga.RESOURCES`.
"""


def read_figures(reports: YosysReports, top: str, family: str) -> ToolFigures:
    """Return the figures in the reports that Yosys and nextpnr wrote.

    Parameters:
        reports: The reports.
        top: Name of the unit's module.
        family: "ecp5" or "ice40".

    Raises:
        SynthesisError: A report is not as expected; the error names the log.
    """
    modules = reports.modules("modules.json")
    wrapper = reports.cells(modules.get(WRAPPER, {}))
    if wrapper.pop(top, None) != 1:
        raise reports.error(f"The wrapper does not contain exactly one {top}")
    resources = {key: cells for key, cells in RESOURCES[family].items() if key != "memories"}
    resources |= MEMORIES[family]
    report = reports.json("report.json")
    try:
        ((clock, speed),) = report["fmax"].items()
        fmax = float(speed["achieved"])
        utilisation = {
            name: (int(count["used"]), int(count["available"]))
            for name, count in report["utilization"].items()
        }
        path, in_unit = _slowest_path(report, clock)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise reports.error("nextpnr's report has no clock, path or count of resources") from None
    return {
        "fmax_mhz": fmax,
        "limited_by": "unit" if in_unit else "wrapper",
        "slowest_path": path,
        "unit": count_resources(reports, reports.cells(modules.get(top, {})), resources),
        "wrapper": count_resources(reports, wrapper, resources),
        "device_use": {
            name: {"used": used, "available": available}
            for name, (used, available) in utilisation.items()
            if used
        },
    }


def _slowest_path(report: Any, clock: str) -> tuple[SlowestPath, bool]:
    """Return the critical path between registers, and whether it enters the unit."""
    edge = f"posedge {clock}"
    (path,) = (
        path["path"]
        for path in report["critical_paths"]
        if path["from"] == path["to"] == edge  # others begin or end at pins
    )
    ends = [path[0]["from"]["cell"], path[-1]["to"]["cell"]]
    cells = [step["to"]["cell"] for step in path]
    slowest: SlowestPath = {
        "first": ends[0],
        "last": ends[1],
        "nanoseconds": sum(step["delay"] for step in path),
        "logic_steps": sum(step["type"] == "logic" for step in path),
    }
    return slowest, any(cell.startswith(f"{UNIT}.") for cell in (*ends, *cells))
