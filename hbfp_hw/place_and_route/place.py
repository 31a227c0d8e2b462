"""Fitting a unit: its Verilog in a shell, through Yosys and nextpnr."""

import math
import time
from pathlib import Path
from typing import Any

from hbfp_hw.area.fpga import RESOURCES, count_resources
from hbfp_hw.area.result import macs_per_cycle
from hbfp_hw.area.source import Source
from hbfp_hw.area.statistics import Reports
from hbfp_hw.area.yosys import TIMEOUT, run_yosys, yosys_version
from hbfp_hw.format import check_integer
from hbfp_hw.generation.verilog import describe
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.result_cache import Record, cached_result
from hbfp_hw.place_and_route.families import Target
from hbfp_hw.place_and_route.follow import Watch, follow_clock
from hbfp_hw.place_and_route.nextpnr import find_nextpnr
from hbfp_hw.place_and_route.result import FitResult
from hbfp_hw.place_and_route.wrapper import SHELL, UNIT, shell_verilog
from hbfp_hw.rtl import Unit

SYNTHESIS = """\
read_verilog -sv design.v shell.v
setattr -mod -set keep_hierarchy 1 {top}
synth_{family} -top {shell}
delete t:$scopeinfo
tee -q -o modules.json stat -json
setattr -mod -unset keep_hierarchy {top}
flatten
delete t:$scopeinfo
write_json netlist.json
"""
"""The unit stays a module until its cells are counted, so that none is shared with the shell."""

MEMORIES = {
    "ecp5": {
        "block_rams": "DP16KD|PDPW16KD",
        "table_rams": "TRELLIS_DPR16X4",
        "multiplier_blocks": "MULT18X18D|ALU54B",
    },
    "ice40": {"block_rams": "SB_RAM40_4K.*", "multiplier_blocks": "SB_MAC16"},
}
"""Resources that replace the memories of the area measure, which has no multiplier blocks."""

SEEDS = 2**31 - 1


def fit(
    unit: Unit,
    family: str,
    *,
    config: str | None = None,
    device: str | None = None,
    speed: int | None = None,
    seed: int = 1,
    goal_mhz: float | None = None,
    cached: bool = True,
    timeout: float = TIMEOUT,
    watch: Watch = lambda step, clock_mhz: None,
) -> FitResult:
    """Place and route a unit, and measure it.

    Parameters:
        family: "ecp5" or "ice40".
        config: Name of the result; the design's by default.
        device, speed: Device and speed grade; the family's default ones if None.
        seed: Where placing starts from.
        goal_mhz: Clock to work towards, in MHz; the family's default one if None. Whether it is
            reached is no error.
        cached: Whether an earlier result of the same Verilog, options and tools will do.
        timeout: Seconds that synthesis, and then placing and routing, may take.
        watch: Told of each step, and of nextpnr's clock estimate as soon as its log has one.

    Raises:
        TypeError: The seed is no integer.
        ValueError: The family, the device or a number is none of those possible.
        SimulatorMissing: nextpnr is not installed.
        DoesNotFit: The device is too small.
        SynthesisError: A tool fails, or does not say clearly what is asked; it names the log.
    """
    target = Target.of(family, device, speed)
    check_integer("Seed", seed, 0, SEEDS)
    goal = target.family.goal if goal_mhz is None else goal_mhz
    if not (goal > 0 and math.isfinite(goal)):
        raise ValueError(f"Frequency must be more than 0 MHz, not {goal!r}")
    nextpnr = find_nextpnr(family)
    source = Source.of_unit(unit, cached=cached)
    shell = shell_verilog(describe(unit))
    script = SYNTHESIS.format(top=source.top, family=family, shell=SHELL)
    options = [
        *target.options,
        *("--json", "netlist.json", "--top", SHELL, "--report", "report.json"),
        *("--seed", str(seed), "--freq", f"{goal:g}", "--timing-allow-fail"),
    ]

    def make(folder: Path, log: Path) -> Record:
        started = time.monotonic()
        write_text(folder / "design.v", source.verilog)
        write_text(folder / "shell.v", shell)
        watch("synthesis", None)
        run_yosys(script, folder, log, timeout=timeout)
        watch("placing", None)
        follow = follow_clock(log, lambda clock_mhz: watch("routing", clock_mhz))
        name = f"{family} {target.device}"
        nextpnr.run(options, folder, log, device=name, timeout=timeout, poll=follow)
        record = read_fit(Reports(folder, log), source.top, family)
        return record | {"seconds": round(time.monotonic() - started, 3)}

    key = (source.sha256, shell, script, options, yosys_version(), nextpnr.version)
    name = f"{source.top}-{family}-{target.device}"
    record, earlier = cached_result(name, key, make, cached=cached)
    return FitResult(
        config=unit.design_name if config is None else config,
        design=unit.design_name,
        parameters=unit.parameters,
        family=family,
        device=target.device,
        package=target.package,
        speed=target.speed,
        seed=seed,
        goal_mhz=goal,
        macs_per_cycle=macs_per_cycle(unit),
        verilog_hash=source.sha256,
        tools={"pyosys": yosys_version(), "nextpnr": nextpnr.version},
        cached=earlier,
        **record,
    )


def read_fit(reports: Reports, top: str, family: str) -> Record:
    """The figures that the tools left in a folder."""
    modules = reports.modules("modules.json")
    shell = reports.cells(modules.get(SHELL, {}))
    if shell.pop(top, None) != 1:
        raise reports.error(f"{top} is not once in its shell")
    resources = {key: cells for key, cells in RESOURCES[family].items() if key != "memories"}
    resources |= MEMORIES[family]
    report = reports.json("report.json")
    try:
        ((clock, speed),) = report["fmax"].items()
        fmax = float(speed["achieved"])
        use = {
            name: {"used": int(count["used"]), "available": int(count["available"])}
            for name, count in report["utilization"].items()
        }
        path = _slowest_path(report, clock)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise reports.error("nextpnr's report has no clock, path or count of resources") from None
    return {
        "fmax_mhz": fmax,
        "limited_by": "unit" if path.pop("in_unit") else "shell",
        "slowest_path": path,
        "unit": count_resources(reports, reports.cells(modules.get(top, {})), resources),
        "shell": count_resources(reports, shell, resources),
        "device_use": {name: count for name, count in use.items() if count["used"]},
    }


def _slowest_path(report: Any, clock: str) -> dict[str, Any]:
    edge = f"posedge {clock}"
    (path,) = (
        path["path"]
        for path in report["critical_paths"]
        if path["from"] == path["to"] == edge  # others begin or end at pins
    )
    ends = [path[0]["from"]["cell"], path[-1]["to"]["cell"]]
    cells = [step["to"]["cell"] for step in path]
    return {
        "first": ends[0],
        "last": ends[1],
        "nanoseconds": sum(step["delay"] for step in path),
        "logic_steps": sum(step["type"] == "logic" for step in path),
        "in_unit": any(cell.startswith(f"{UNIT}.") for cell in (*ends, *cells)),
    }
