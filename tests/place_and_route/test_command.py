"""Output and exit codes of ``hbfp fit``, with place and route replaced by known figures."""

import json
from pathlib import Path

import pytest

from hbfp_hw.cli import main
from hbfp_hw.cli.commands import fit as command
from hbfp_hw.place_and_route import PlaceAndRouteOptions, PlaceAndRouteResult

FIGURES = {
    "family": "ecp5",
    "device": "25k",
    "package": "CABGA381",
    "speed": 6,
    "seed": 1,
    "goal_mhz": 250.0,
    "macs_per_cycle": 16,
    "fmax_mhz": 123.456,
    "limited_by": "wrapper",
    "slowest_path": {},
    "unit": {"luts": 1234, "flops": 56},
    "wrapper": {"luts": 7, "flops": 8},
    "device_use": {},
    "verilog_hash": "",
    "tools": {},
    "cached": True,
    "seconds": 1.0,
    "log": "the.log",
}


@pytest.fixture
def asked(monkeypatch):
    """Replace place and route by a stub with known figures. Return the list of its calls."""
    calls = []

    def place_and_route(unit, family, options, *, config, watch):
        calls.append((family, options))
        return PlaceAndRouteResult(
            config=config, design=unit.design_name, parameters=unit.parameters, **FIGURES
        )

    monkeypatch.setattr(command, "place_and_route", place_and_route)
    return calls


def test_table(asked, capsys):
    assert main(["fit", "mac_hbfp4_n16", "--family", "ecp5"]) == 0
    head, row, note, log = capsys.readouterr().out.splitlines()
    assert head.split() == ["ecp5", "25k", "speed", "6", "luts", "flops", "MHz", "GMAC/s"]
    assert row.split() == ["mac_hbfp4_n16", "1,234", "56", "123.5", "1.98"]
    assert note == "mac_hbfp4_n16: the registers around the unit limit its clock"
    assert log == "log of mac_hbfp4_n16: the.log"
    assert asked == [("ecp5", PlaceAndRouteOptions())]


def test_clock_that_is_not_reached(asked, capsys):
    options = ["--family", "ecp5", "--frequency", "123.5", "--seed", "3", "--json"]
    assert main(["fit", "mac_hbfp4_n16", *options]) == 1
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert result["met"] is False
    assert result["results"][0]["macs_per_second"] == 16 * 123.456e6
    assert err == "hbfp: mac_hbfp4_n16 reaches 123.5 MHz, not 123.5\n"
    assert asked == [("ecp5", PlaceAndRouteOptions(goal_mhz=123.5, seed=3))]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--family", "xilinx"], "invalid choice: 'xilinx'"),
        ([], "the following arguments are required: --family"),
        (["--family", "ice40", "--device", "25k"], "Device of ice40 must be one of hx8k, "),
        (["--family", "ice40", "--speed", "6"], "Speed grade of ice40 must be left out, not 6"),
        (["--family", "ecp5", "--frequency", "0"], "Frequency must be more than 0 MHz, not 0.0"),
        (["--family", "ecp5", "--timeout", "0"], "Time limit must be more than 0 seconds"),
    ],
)
def test_bad_options(options, message, capsys):
    try:
        status = main(["fit", "mac_hbfp4_n16", *options])
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err


def test_tool_that_is_missing(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["fit", "mac_hbfp4_n16", "--family", "ice40"]) == 1
    assert capsys.readouterr().err.startswith("hbfp: nextpnr for ice40 is not installed: run ")
    assert not list(Path(tmp_path).iterdir())
