"""Bad parameters of place and route, failing tools and unexpected reports."""

import importlib.util
import json
import re
import shlex

import pytest

from hbfp_hw import HBFPFormat
from hbfp_hw.area import SynthesisError
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.place_and_route import DoesNotFit, PlaceAndRouteOptions, place_and_route
from hbfp_hw.place_and_route.families import Target
from hbfp_hw.place_and_route.figures import read_figures
from hbfp_hw.place_and_route.nextpnr import Nextpnr, find_nextpnr
from hbfp_hw.place_and_route.wrapper import WRAPPER
from hbfp_hw.rtl import Dot
from hbfp_hw.simulate import SimulatorMissing

UNIT = Dot(HBFPFormat(3, 2))


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("xilinx", {}, "FPGA must be ecp5 or ice40, not 'xilinx'"),
        (
            "ecp5",
            {"device": "hx8k"},
            "Device of ecp5 must be one of 25k, 12k, 45k, 85k, not 'hx8k'",
        ),
        ("ecp5", {"speed": 9}, "Speed grade of ecp5 must be 6 or 7 or 8, not 9"),
        ("ice40", {"speed": 6}, "Speed grade of ice40 must be left out, not 6"),
        ("ecp5", {"seed": -1}, "Seed must be 0 to 2147483647, not -1"),
        ("ecp5", {"goal_mhz": 0.0}, "Frequency must be more than 0 MHz, not 0.0"),
        (
            "ecp5",
            {"goal_mhz": float("inf")},
            "Frequency must be more than 0 MHz, not inf",
        ),
    ],
)
def test_bad_parameters(family, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        place_and_route(UNIT, family, PlaceAndRouteOptions(**options))


def test_bad_seed():
    with pytest.raises(TypeError, match=r"^Seed must be an integer, not 1\.5$"):
        place_and_route(UNIT, "ecp5", PlaceAndRouteOptions(seed=1.5))


def test_options_of_nextpnr():
    large = Target.of("ecp5", "85k", 8).options
    assert large[:5] == ["--85k", "--package", "CABGA381", "--speed", "8"]
    assert Target.of("ice40").options[:3] == ["--hx8k", "--package", "ct256"]


@pytest.fixture
def no_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)


def test_missing(no_package, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    message = (
        "nextpnr for ecp5 is not installed: run `pip install 'hbfp_hw[fit]'`, "
        "or put nextpnr-ecp5 on PATH"
    )
    with pytest.raises(SimulatorMissing, match=f"^{re.escape(message)}$"):
        find_nextpnr("ecp5")


def test_program_on_path(no_package, monkeypatch, tmp_path):
    program = tmp_path / "nextpnr-ice40"
    program.write_text("#!/bin/sh\necho nextpnr-ice40 version 1.2 >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert find_nextpnr("ice40") == Nextpnr((str(program),), "nextpnr-ice40 version 1.2")


def run_script(script, folder, timeout=20.0):
    """Run a shell script in place of nextpnr, with a log that already has a line."""
    log = folder / "run.log"
    log.write_text("Info: \t     TRELLIS_FF:   9/   3   300%\n")  # from another run
    program = Nextpnr(("/bin/sh", "-c", script), "1")
    program.run([], folder, log, device="ecp5 25k", timeout=timeout)


def test_design_that_is_too_large(tmp_path):
    lines = [
        "Info: \t          TRELLIS_IO:       3/    197     1%",
        "Info: \t        TRELLIS_COMB:   24300/  24288   100%",
        "ERROR: Unable to place cell 'x', no BELs remaining to implement cell type 'TRELLIS_COMB'",
    ]
    script = f"printf '%s\\n' {' '.join(map(shlex.quote, lines))}; exit 1"
    message = (
        f"The design does not fit ecp5 25k: 24300 TRELLIS_COMB of 24288; see {tmp_path}/run.log"
    )
    with pytest.raises(DoesNotFit, match=f"^{re.escape(message)}$"):
        run_script(script, tmp_path)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo ERROR: it broke; exit 3", "nextpnr failed (it broke)"),
        ("exit 3", "nextpnr failed (exit status 3)"),
        ("sleep 20", "nextpnr was stopped after its time limit of 0.2 s"),
    ],
)
def test_failures_name_the_log(tmp_path, script, message):
    message = f"{message}; see {tmp_path}/run.log"
    with pytest.raises(SynthesisError, match=f"^{re.escape(message)}$") as caught:
        run_script(script, tmp_path, timeout=0.2 if "sleep" in script else 20.0)
    assert not isinstance(caught.value, DoesNotFit)


EDGE = "posedge clk"
STEP = {"type": "routing", "delay": 1.0}
REPORT = {
    "fmax": {"clk": {"achieved": 500.0, "constraint": 100.0}},
    "critical_paths": [
        {"from": "async", "to": EDGE, "path": []},
        {
            "from": EDGE,
            "to": EDGE,
            "path": [
                STEP | {"from": {"cell": "shifted_1"}, "to": {"cell": "unit.sum"}},
                STEP | {"type": "logic", "from": {"cell": "unit.sum"}, "to": {"cell": "taken_1"}},
            ],
        },
    ],
    "utilization": {
        "ICESTORM_LC": {"used": 3, "available": 9},
        "SB_GB": {"used": 0, "available": 8},
    },
}
MODULES = {
    "top": {"num_cells": 3, "num_cells_by_type": {"SB_LUT4": 2, "SB_DFF": 1}},
    WRAPPER: {"num_cells": 5, "num_submodules": 1, "num_cells_by_type": {"SB_DFF": 5, "top": 1}},
}


def read(folder, report, modules=MODULES):
    """Write the reports of both tools and return the figures that are read from them."""
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "modules.json").write_text(json.dumps({"modules": modules}))
    return read_figures(YosysReports(folder, folder / "run.log"), "top", "ice40")


def test_figures_of_known_reports(tmp_path):
    figures = read(tmp_path, REPORT)
    assert figures["fmax_mhz"] == 500.0
    assert figures["limited_by"] == "unit"
    path = {"first": "shifted_1", "last": "taken_1", "nanoseconds": 2.0, "logic_steps": 1}
    assert figures["slowest_path"] == path
    assert (figures["unit"]["luts"], figures["unit"]["flops"]) == (2, 1)
    assert (figures["wrapper"]["luts"], figures["wrapper"]["flops"]) == (0, 5)
    assert figures["device_use"] == {"ICESTORM_LC": {"used": 3, "available": 9}}


def test_path_in_the_wrapper(tmp_path):
    cell = {"cell": "taken_1"}
    path = {"from": EDGE, "to": EDGE, "path": [STEP | {"from": cell, "to": {"cell": "folded_1"}}]}
    assert read(tmp_path, REPORT | {"critical_paths": [path]})["limited_by"] == "wrapper"


@pytest.mark.parametrize(
    "change",
    [
        {"fmax": {}},
        {"fmax": {"a": {"achieved": 1.0}, "b": {"achieved": 2.0}}},
        {"fmax": {"clk": {}}},
        {"critical_paths": []},
        {"utilization": {"ICESTORM_LC": {"used": 3}}},
        {"utilization": None},
    ],
)
def test_reports_that_lack_something(tmp_path, change):
    message = r"^nextpnr's report has no clock, path or count of resources; see "
    with pytest.raises(SynthesisError, match=message):
        read(tmp_path, REPORT | change)


def test_unit_that_was_optimised_away(tmp_path):
    without_unit = {"num_cells": 5, "num_cells_by_type": {"SB_DFF": 5}}
    with pytest.raises(
        SynthesisError, match=r"^The wrapper does not contain exactly one top; see "
    ):
        read(tmp_path, REPORT, MODULES | {WRAPPER: without_unit})
