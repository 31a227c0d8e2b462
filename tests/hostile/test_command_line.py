"""Fuzzing of command lines, matrices and sweep files: they are refused or run, never a crash.

The user's input has passed all checks before a simulation, a synthesis or a training starts, so
these are replaced by stubs.
"""

import os
import pickle
import signal
from collections import Counter

import numpy as np
import pytest

from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.verilog import describe
from hbfp_hw.simulate import ToolError
from hbfp_hw.sweep.execute import PointOutcome
from hbfp_hw.training.errors import Diverged
from tests.hostile import fuzz_inputs

COMMAND_LINES, QUICK_COMMAND_LINES = 700, 140
FILES, QUICK_FILES = 300, 30
SECONDS = 60
"""Time limit of one command, in seconds."""

SWEEP = b"""timeout = 60
[gemm]
x = "X.npy"
w = "W.npy"
"mantissa-bits" = ["4", "4x6"]
"block-size" = [2, 3]
[[area]]
names = "dot"
"""


class Runs:
    """Pickle that runs a shell command when it is loaded."""

    def __reduce__(self):
        return os.system, ("touch pwned",)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Working folder with input files, and beside it a folder that must not change."""
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    for folder in (inside / "out", inside / "results", inside / "page"):
        folder.mkdir(parents=True)
    for name in ("out/hbfp_dot_m4_n2_e10.v", "results/cocotb.json", "page/report.json"):
        (inside / name).symlink_to(outside / "precious")
    (inside / "loop").symlink_to("loop")
    os.mkfifo(inside / "pipe")
    rng = np.random.default_rng(0)
    for name, shape in {"X": (5, 7), "W": (7, 3), "C": (5, 3)}.items():
        np.save(inside / f"{name}.npy", rng.standard_normal(shape).astype(np.float32))
    np.save(inside / "pickle.npy", np.array([Runs()], object), allow_pickle=True)
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000, 1), }\n"
    (inside / "huge.npy").write_bytes(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header)
    (inside / "broken.npy").write_bytes((inside / "X.npy").read_bytes()[:-1])
    (inside / "cells.lib").write_text("library (none) {}\n")
    (inside / "batches").mkdir()
    (inside / "batches" / "data_batch_1").write_bytes(pickle.dumps(Runs()))
    (inside / "sweep.toml").write_bytes(SWEEP)
    monkeypatch.chdir(inside)
    return inside


@pytest.fixture
def no_work(monkeypatch, tmp_path):
    """Replace everything that takes long by stubs."""

    def refuse(*_, **__):
        raise ToolError("No child is started here")

    def diverge(*_):
        raise Diverged("Nothing is trained here")

    outcome = PointOutcome("failed", None, None, "", 0.0)
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("hbfp_hw.helpers.processes._start_guard", refuse)
    monkeypatch.setattr("hbfp_hw.product.Product.simulated", refuse)
    monkeypatch.setattr("hbfp_hw.cli.commands.report.collect", refuse)
    monkeypatch.setattr("hbfp_hw.cli.commands.report.find_release", refuse)
    monkeypatch.setattr("hbfp_hw.cli.commands.train._train", diverge)
    monkeypatch.setattr("hbfp_hw.sweep.local.run_job", lambda job: outcome)
    few = {name: CATALOG[name] for name in ("hbfp4_n64", "fp32_mac", "array_4x4_mixed_n64")}
    monkeypatch.setattr("hbfp_hw.cli.commands.units.CATALOG", few)
    for module in ("cli.commands.generate", "generation.design_cache"):
        monkeypatch.setattr(
            f"hbfp_hw.{module}.generate",
            lambda unit, **_: Design(unit.design_name, "", describe(unit), ""),
        )


@pytest.fixture
def harmless(place, no_work, hbfp):
    """Function that runs a command and checks its exit status, its output and all folders."""

    def expire(*_):
        raise AssertionError("too slow")

    previous = signal.signal(signal.SIGALRM, expire)
    fixed = {path.name for path in place.parent.iterdir()} | {"cache"}

    def run(words):
        signal.alarm(SECONDS)
        try:
            ended = hbfp(*words)
        finally:
            signal.alarm(0)
        assert ended.status in (0, 1, 2), ended
        assert "Traceback" not in ended.err, ended.err
        if ended.status:
            assert ended.err.count("\n") <= 1, ended
        if ended.status == 2:
            assert (ended.out, ended.err.count("\n")) == ("", 1), ended
        assert (place.parent / "outside" / "precious").read_text() == "precious"
        assert [path.name for path in (place.parent / "outside").iterdir()] == ["precious"]
        assert {path.name for path in place.parent.iterdir()} <= fixed
        assert not list(place.rglob("pwned"))
        assert not list(place.rglob(".hbfp-*"))
        return ended.status

    yield run
    signal.signal(signal.SIGALRM, previous)


def test_command_lines(harmless, sample):
    rng = np.random.default_rng(1)
    tries = sample(COMMAND_LINES, quick=QUICK_COMMAND_LINES)
    ends = Counter(harmless(fuzz_inputs.damaged_command(rng)) for _ in range(tries))
    assert ends.total() == tries
    assert ends[0] > tries // 35
    assert ends[1] > tries // 140
    assert ends[2] > tries * 3 // 7


@pytest.mark.parametrize("command", fuzz_inputs.COMMANDS)
def test_every_command_without_harm(harmless, command):
    harmless(command.split())


@pytest.mark.parametrize(("name", "command"), [("X.npy", 0), ("W.npy", 1), ("sweep.toml", -1)])
def test_files(place, harmless, sample, name, command):
    rng = np.random.default_rng(2)
    whole = (place / name).read_bytes()
    words = fuzz_inputs.COMMANDS[command].split()
    ends = Counter()
    tries = sample(FILES, quick=QUICK_FILES)
    for _ in range(tries):
        (place / name).write_bytes(fuzz_inputs.damaged_file(rng, whole))
        ends[harmless(words)] += 1
    assert ends.total() == tries
    assert ends[2] > tries // 3
