"""Place and route of one unit: its Verilog in a wrapper, through Yosys and nextpnr."""

import math
import time
from pathlib import Path
from typing import cast

from hbfp_hw.area.result import macs_per_cycle
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.area.yosys import run_yosys, yosys_version
from hbfp_hw.format import check_integer
from hbfp_hw.generation.verilog import describe
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.result_cache import Record, cached_result
from hbfp_hw.place_and_route.families import Target
from hbfp_hw.place_and_route.figures import read_figures
from hbfp_hw.place_and_route.follow import Watch, follow_clock
from hbfp_hw.place_and_route.nextpnr import find_nextpnr
from hbfp_hw.place_and_route.options import DEFAULT_OPTIONS, PlaceAndRouteOptions
from hbfp_hw.place_and_route.result import MeasuredFigures, PlaceAndRouteResult
from hbfp_hw.place_and_route.wrapper import WRAPPER, wrapper_verilog
from hbfp_hw.rtl import Unit

SYNTHESIS = """\
read_verilog -sv design.v shell.v
setattr -mod -set keep_hierarchy 1 {top}
synth_{family} -top {wrapper}
delete t:$scopeinfo
tee -q -o modules.json stat -json
setattr -mod -unset keep_hierarchy {top}
flatten
delete t:$scopeinfo
write_json netlist.json
"""
"""Yosys script. The unit stays a module until it is counted, so it shares no cell with the wrapper.

The wrapper's file must keep its name: the names of FPGA cells contain it, and Yosys breaks ties by
name, so another name would move the figures.
"""

SEEDS = 2**31 - 1
"""Largest seed that nextpnr takes."""


def place_and_route(
    unit: Unit,
    family: str,
    options: PlaceAndRouteOptions = DEFAULT_OPTIONS,
    *,
    config: str | None = None,
    watch: Watch = lambda step, clock_mhz: None,
) -> PlaceAndRouteResult:
    """Place and route a unit on an FPGA and return its resources and clock.

    Parameters:
        unit: The unit.
        family: "ecp5" or "ice40".
        options: Device, clock and limits.
        config: Name of the result; the design's by default.
        watch: Called when a step begins, and with each clock estimate that nextpnr logs.

    Raises:
        TypeError: The seed is not an integer.
        ValueError: The family, the device or a number is out of range.
        SimulatorMissing: nextpnr is not installed.
        DoesNotFit: The device is too small.
        SynthesisError: A tool fails, or its report is not as expected; the error names the log.
    """
    target = Target.of(family, options.device, options.speed)
    check_integer("Seed", options.seed, 0, SEEDS)
    goal = target.family.goal if options.goal_mhz is None else options.goal_mhz
    if not (goal > 0 and math.isfinite(goal)):
        raise ValueError(f"Frequency must be more than 0 MHz, not {goal!r}")
    nextpnr = find_nextpnr(family)
    source = VerilogSource.of_unit(unit, cached=options.cached)
    wrapper = wrapper_verilog(describe(unit))
    script = SYNTHESIS.format(top=source.top, family=family, wrapper=WRAPPER)
    arguments = [
        *target.options,
        *("--json", "netlist.json", "--top", WRAPPER, "--report", "report.json"),
        *("--seed", str(options.seed), "--freq", f"{goal:g}", "--timing-allow-fail"),
    ]

    def make(folder: Path, log: Path) -> Record:
        started = time.monotonic()
        write_text(folder / "design.v", source.verilog)
        write_text(folder / "shell.v", wrapper)
        watch("synthesis", None)
        run_yosys(script, folder, log, timeout=options.timeout)
        watch("placing", None)
        follow = follow_clock(log, lambda clock_mhz: watch("routing", clock_mhz))
        name = f"{family} {target.device}"
        nextpnr.run(arguments, folder, log, device=name, timeout=options.timeout, poll=follow)
        figures = read_figures(YosysReports(folder, log), source.top, family)
        return {**figures, "seconds": round(time.monotonic() - started, 3)}

    versions = (yosys_version(), nextpnr.version)
    key = (
        source.sha256,
        wrapper,
        script,
        arguments,
        *versions,
        sorted(MeasuredFigures.__annotations__),
    )
    name = f"{source.top}-{family}-{target.device}"
    record, earlier = cached_result(name, key, make, cached=options.cached)
    return PlaceAndRouteResult(
        config=unit.design_name if config is None else config,
        design=unit.design_name,
        parameters=unit.parameters,
        family=family,
        device=target.device,
        package=target.package,
        speed=target.speed,
        seed=options.seed,
        goal_mhz=goal,
        macs_per_cycle=macs_per_cycle(unit),
        verilog_hash=source.sha256,
        tools={"pyosys": yosys_version(), "nextpnr": nextpnr.version},
        cached=earlier,
        **cast(MeasuredFigures, record),
    )
