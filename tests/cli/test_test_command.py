"""``hbfp test`` runs the cocotb regression and prints how each case ended."""

import dataclasses
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from hbfp_hw.generation.registry import UNITS
from hbfp_hw.sim import suite
from hbfp_hw.simulate import SIMULATORS


@pytest.fixture
def short(monkeypatch):
    """Replace the cases by one with few transfers, so that Icarus is fast."""
    cases = {name: dataclasses.replace(case, count=60) for name, case in suite.CASES.items()}
    cases["fp32_m4_n16"] = dataclasses.replace(cases["fp32_m4_n16"], count=400)
    del cases["fp32_m16_n64"]
    monkeypatch.setattr("hbfp_hw.cli.commands.test.CASES", cases)
    # Few transfers do not meet every class.
    monkeypatch.setattr(suite, "required", lambda description: {"round.tie", "add.cancel"})


@pytest.fixture
def wrong_fp32(monkeypatch):
    """Plant a fault: the adder rounds up when it must not."""

    def generate_wrong(unit):
        design = suite_generated(unit)
        verilog = design.verilog.replace("= subtract & level;", "= subtract;")
        assert verilog != design.verilog
        return dataclasses.replace(design, verilog=verilog)

    suite_generated = suite.cached_design
    monkeypatch.setattr(suite, "cached_design", generate_wrong)


@pytest.mark.full
def test_one_unit_on_both_simulators(hbfp, short, tmp_path):
    ended = hbfp("test", "fp32", "-o", tmp_path / "results")
    assert (ended.status, ended.err) == (0, "")
    *lines, last = ended.out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["fp32_m4_n16", "verilator", "2"],
        ["fp32_m4_n16", "icarus", "2"],
    ]
    assert last == "4 passed, 0 failed"
    for simulator in SIMULATORS:
        junit = tmp_path / "results" / f"hbfp_fp32_m4_n16_e10-fp32_tests-{simulator}.xml"
        assert len(list(ElementTree.parse(junit).iter("testcase"))) == UNITS["fp32"].test_count


def test_json(hbfp, short, tmp_path):
    ended = hbfp("test", "fp32", "--sim", "verilator", "--json", "-o", tmp_path)
    assert (ended.status, ended.err, ended.out.count("\n")) == (0, "", 1)
    result = json.loads(ended.out)
    assert (result["passed"], result["failed"]) == (2, 0)
    assert result["not_covered"] == 0
    assert result["coverage"]["fp32"]["add.cancel"] > 20
    (case,) = result["results"]
    assert (case["case"], case["unit"], case["sim"]) == ("fp32_m4_n16", "fp32", "verilator")
    assert case["missing"] == []
    assert Path(case["junit"]).is_file()
    assert Path(case["log"]).is_file()


def test_class_that_did_not_occur_is_named(hbfp, short, tmp_path, monkeypatch):
    monkeypatch.setattr(suite, "required", lambda description: {"add.cancel", "add.none"})
    ended = hbfp("test", "fp32", "--sim", "verilator", "--coverage", "-o", tmp_path)
    assert (ended.status, ended.err) == (1, "")
    first, total, *table = ended.out.splitlines()
    assert "NOT COVERED add.none; see " in first
    assert total == "2 passed, 0 failed, 1 classes not covered"
    assert any(line.split()[0] == "add.cancel" for line in table if line)


@pytest.mark.parametrize("json_option", [False, True], ids=["text", "json"])
def test_failed_test_is_named(hbfp, short, wrong_fp32, tmp_path, json_option):
    options = ["--json"] * json_option
    ended = hbfp("test", "fp32", "--sim", "icarus", "-o", tmp_path, *options)
    assert (ended.status, ended.err) == (1, "")
    if json_option:
        (case,) = json.loads(ended.out)["results"]
        assert case["failed"]
        assert case["failed"][0].startswith("every_class")
    else:
        assert "FAILED every_class" in ended.out
        assert str(tmp_path / "hbfp_fp32_m4_n16_e10-fp32_tests-icarus.log") in ended.out


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_missing_simulator(hbfp, monkeypatch, tmp_path, simulator):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    ended = hbfp("test", "fp32", "--sim", simulator, "-o", tmp_path / "results")
    assert (ended.status, ended.out) == (1, "")
    assert "apt-get install" in ended.err
    assert ended.err.count("\n") == 1
