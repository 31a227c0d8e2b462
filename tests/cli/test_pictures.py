"""Traces of the cycle model and waveforms of the RTL appear whole or not at all."""

import errno
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.cli.conftest import FORMAT, assert_refused, snapshot

GEMM = ("gemm", "X.npy", "W.npy", *FORMAT)
TRACE = (*GEMM, "--engine", "cycle", "--rows", "2", "--cols", "3", "--trace")
SMALLEST = ("--mantissa-bits", "2", "--block-size", "1")
RTL = ("gemm", "X.npy", "W.npy", *SMALLEST, "--engine", "rtl")
ARRAY = ("--mantissa-bits", "4", "--rows", "2", "--cols", "1", "--depth", "2")
FST_HEADER = bytes([0, *(329).to_bytes(8, "big")])
"""Kind and length of the first block of an FST file."""

SIMULATORS = ("verilator", "icarus")


def _full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_trace(folder, hbfp):
    before = snapshot(folder)
    ended = hbfp(*TRACE, "t.svg")
    assert (ended.status, ended.err) == (0, "")
    root = ElementTree.parse(folder / "t.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert set(snapshot(folder)) - set(before) == {str(folder / "t.svg")}


def test_trace_changes_no_figure(folder, hbfp):
    lines = [hbfp(*TRACE, "t.svg").out, hbfp(*TRACE[:-1]).out]
    lines = [[line for line in text.splitlines() if "seconds" not in line] for text in lines]
    assert lines[0] == lines[1]


def test_full_disk_keeps_the_old_trace(folder, hbfp, monkeypatch):
    (folder / "t.svg").write_text("old")
    before = snapshot(folder)
    monkeypatch.setattr(Path, "replace", _full)
    assert_refused(hbfp(*TRACE, "t.svg"), "No space left on device")
    assert snapshot(folder) == before
    assert (folder / "t.svg").read_text() == "old"


@pytest.mark.full(but=["icarus"])
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_waves(folder, hbfp, simulator):
    before = snapshot(folder)
    ended = hbfp(*RTL, "--sim", simulator, "--waves", "run.fst", "--check")
    assert (ended.status, ended.err) == (0, "")
    content = (folder / "run.fst").read_bytes()
    assert content.startswith(FST_HEADER)
    assert len(content) > 1000
    assert set(snapshot(folder)) - set(before) == {str(folder / "run.fst")}


@pytest.mark.full(but=["icarus"])
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_waves_of_an_array(folder, hbfp, simulator):
    options = (*ARRAY, "--sim", simulator)
    assert hbfp(*RTL, *options, "--waves", "run.fst").status == 0
    assert (folder / "run.fst").read_bytes().startswith(FST_HEADER)


def test_waves_through_a_link(folder, hbfp):
    (folder / "results").mkdir()
    (folder / "run.fst").symlink_to("results/last")
    assert hbfp(*RTL, "--sim", "icarus", "--waves", "run.fst").status == 0
    assert (folder / "run.fst").is_symlink()
    assert (folder / "results" / "last").read_bytes().startswith(FST_HEADER)
    assert [path.name for path in (folder / "results").iterdir()] == ["last"]


def test_waves_to_a_device(folder, hbfp):
    (folder / "run.fst").symlink_to("/dev/null")
    ended = hbfp(*RTL, "--sim", "icarus", "--waves", "run.fst")
    assert_refused(ended, "hbfp: Output must be a regular file, not 'run.fst'")
    assert not Path("/dev/null").is_file()


@pytest.mark.full(but=["icarus"])
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_failing_run_keeps_the_old_waves(folder, hbfp, simulator):
    (folder / "run.fst").write_text("old")
    before = snapshot(folder)
    limit = ("--sim", simulator, "--timeout", "1e-6")
    ended = hbfp(*RTL, *limit, "--waves", "run.fst")
    assert (ended.status, ended.out) == (1, "")
    assert "was stopped after its time limit" in ended.err
    assert snapshot(folder) == before
    assert (folder / "run.fst").read_text() == "old"


def test_full_disk_leaves_no_waves(folder, hbfp, monkeypatch):
    before = snapshot(folder)
    monkeypatch.setattr(Path, "replace", _full)
    ended = hbfp(*RTL, "--sim", "icarus", "--waves", "run.fst")
    assert_refused(ended, "hbfp: Output must be a file that can be written: run.fst: No space")
    assert snapshot(folder) == before
