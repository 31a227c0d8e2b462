"""The command ``hbfp ppa``, on a library of five cells."""

import json
import re

import pytest

from hbfp_hw.cli import main
from hbfp_hw.ppa import measure, netlist_job
from hbfp_hw.ppa.check import Comparison
from tests.ppa.conftest import SMALL
from tests.schemas import check_output

DOT = ("ppa", "dot", "--mantissa-bits", "2", "--block-size", "2", "--exponent-bits", "5")
GIVEN = (*DOT, "--pipeline", "0", "--stages", "0", "--effort", "area", "--workers", "1")


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Leave out the baselines, and change to a new folder."""
    monkeypatch.setattr(measure, "with_baselines", dict)
    monkeypatch.chdir(tmp_path)


def test_text(capsys):
    assert main([*GIVEN, "--liberty", str(SMALL)]) == 0
    first, _, title, *_ = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"library \w+, with wires; 10,\d+ results compared, 0 wrong", first)
    assert re.fullmatch(r"at one clock of [\d.]+ MHz \([\d.]+ ns\), times baseline", title)


def test_json_and_plots(capsys, tmp_path):
    plots = ["--plot", "area.svg", "--energy-plot", "energy.png"]
    assert main([*GIVEN, "--liberty", str(SMALL), "--json", *plots]) == 0
    text = capsys.readouterr().out
    check_output("ppa", text)
    run = json.loads(text)
    (result,) = run["results"]
    assert (result["config"], result["stages"]) == ("hbfp_dot_m2_n2_e5_p0", 0)
    assert result["energy_per_mac_pj"] > 0
    assert run["ratios"] == {"hbfp_dot_m2_n2_e5_p0": {}}
    assert (tmp_path / "area.svg").read_bytes().startswith(b"<?xml")
    assert (tmp_path / "energy.png").read_bytes().startswith(b"\x89PNG")


def test_library_without_power_tables(capsys, tmp_path):
    """Energy is refused in one line if it is asked for, and otherwise left out."""
    text = re.sub(r"internal_power ?\(\) ?\{(?:[^{}]|\{[^{}]*\})*\}", "", SMALL.read_text())
    (tmp_path / "bare.lib").write_text(text)
    given = [*GIVEN, "--liberty", "bare.lib"]
    assert main([*given, "--json"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"hbfp: library \w+ has no power tables, so there are no energies\n", err)
    assert json.loads(out)["results"][0]["energy_per_mac_pj"] is None
    assert main([*given, "--energy-plot", "e.svg"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("hbfp: Cell library must have tables of internal energy for energy fig")


def test_wrong_results(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / "cache"))  # the wrong result is kept

    def check(*_):
        return Comparison(vectors=10_000, wrong=3, first=("o__payload", 0, 9))

    monkeypatch.setattr(netlist_job, "check_netlist", check)
    assert main([*GIVEN, "--liberty", str(SMALL), "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["results"][0]["wrong_results"] == 3
    assert err.startswith("hbfp: 3 of 10000 results of hbfp_dot_m2_n2_e5_p0 are wrong, see /")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stages", "33"], "Stages must be 0 to 32, not 33"),
        (["--clock", "0"], "Clock must be more than 0 MHz, not 0.0"),
        (["--workers", "0"], "Workers must be 1 to 1024, not 0"),
        (["--timeout", "0"], "Time limit must be more than 0 seconds, not 0.0"),
        (["--liberty", "no.lib"], "Liberty file must be a file that can be read, not 'no.lib'"),
        (["--plot", "a.txt"], "Plot must be a .svg or .png file, not 'a.txt'"),
        (["--stimulus", "x.npy", "w.npy"], "X must be a file that can be read: x.npy"),
    ],
)
def test_refused(capsys, words, message):
    assert main([*GIVEN, *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"hbfp: {message}")
