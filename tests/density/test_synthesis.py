"""Transistor counts and their cache; an unexpected report never becomes a figure."""

import json
import sys
from pathlib import Path

import pytest

from hbfp_hw.area import SynthesisError, VerilogSource
from hbfp_hw.density import synthesis
from hbfp_hw.density.synthesis import (
    SynthesisFlow,
    SynthesisJob,
    YosysRelease,
    count_all,
    count_transistors,
)

INVERTER = "module inverter(input a, output y); assign y = ~a; endmodule"
JOB = SynthesisJob(VerilogSource.of_text(INVERTER, "inverter"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def yosys_reports(monkeypatch):
    """Function that replaces Yosys by a stub, which reports the given statistics."""

    def fake(module):
        def run(commands, folder, log, **_):
            (folder / "flat.json").write_text(json.dumps({"modules": {"\\inverter": module}}))

        monkeypatch.setattr(synthesis, "run_yosys", run)

    return fake


def statistics(estimate="2", **cells):
    """Return statistics of a module with these cells."""
    count = sum(cells.values())
    return {
        "num_cells": count,
        "num_cells_by_type": cells,
        "estimated_num_transistors": estimate,
    }


def test_an_inverter_has_two_transistors():
    assert count_transistors(JOB) == 2
    assert count_all([JOB, SynthesisJob(JOB.source, SynthesisFlow(abc="-g cmos"))]) == [2, 2]


def test_an_earlier_count_is_returned(yosys_reports):
    yosys_reports(statistics("4", INV=1))
    assert count_transistors(JOB) == 4
    yosys_reports(statistics("6", INV=1))
    assert count_transistors(JOB) == 4
    assert count_transistors(JOB, cached=False) == 6
    assert count_transistors(SynthesisJob(JOB.source, SynthesisFlow(synth="-booth"))) == 6


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (statistics("2+", INV=1), r"The transistor estimate of inverter is not whole: '2\+'"),
        (statistics("", INV=1), "The transistor estimate of inverter is not whole: ''"),
        (statistics(2, INV=1), "The transistor estimate of inverter is not whole: 2"),
        ({}, "The transistor estimate of inverter is not whole: None"),
        (statistics("0"), "The netlist of inverter is empty"),
    ],
)
def test_unexpected_statistics(yosys_reports, module, message):
    yosys_reports(module)
    with pytest.raises(SynthesisError, match=rf"^{message}; see .*\.log$"):
        count_transistors(JOB)


def test_an_error_of_yosys_names_the_log():
    broken = SynthesisJob(VerilogSource.of_text("module broken(", "broken"))
    with pytest.raises(SynthesisError, match=r"see .*\.log$") as error:
        count_all([JOB, broken])
    assert "ERROR" in Path(str(error.value).rpartition("see ")[2]).read_text()


def test_progress():
    seen = []
    count_all([JOB, JOB, JOB], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_another_release_is_another_key(yosys_reports):
    yosys_reports(statistics("4", INV=1))
    assert count_transistors(JOB) == 4
    release = YosysRelease(Path(sys.executable), "0.0 of a test")
    assert count_transistors(JOB, release=release) == 2
