"""On a full disk, a command prints one line, writes no partial result and keeps the old one."""

import os
import resource
import subprocess

import numpy as np
import pytest

from tests.cli.conftest import FORMAT, snapshot
from tests.processes import HBFP

GEMM = ("gemm", "X.npy", "W.npy", *FORMAT)
LIMITS = {"Y.npy": 100, "design": 5000, "plot.svg": 2000, "simulation": 2000}
"""Largest file that may be written, in bytes; each result is larger."""

COMMANDS = {
    "Y.npy": (*GEMM, "-o", "Y.npy"),
    "design": ("generate", "dot", *FORMAT, "-o", "design"),
    "plot.svg": ("density", "--plot", "plot.svg"),
    "simulation": (*GEMM, "--engine", "rtl", "--sim", "icarus", "-o", "Y.npy"),
}


def _run(folder, command, limit=None, stdout=subprocess.PIPE):
    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [HBFP, *command],
        cwd=folder,
        env=os.environ | {"HBFP_CACHE": str(folder.parent / "cache")},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        preexec_fn=None if limit is None else full,
    )


@pytest.fixture
def work(tmp_path):
    """Folder with two matrices."""
    folder = tmp_path / "work"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, shape in {"X": (5, 7), "W": (7, 8)}.items():
        np.save(folder / f"{name}.npy", rng.standard_normal(shape).astype(np.float32))
    return folder


@pytest.mark.full(but=["Y.npy", "design"])
@pytest.mark.parametrize("name", COMMANDS)
def test_full_disk(work, name):
    old = (work / name) if "." in name else (work / "Y.npy")
    old.write_text("old")
    (work / "design").mkdir()
    before = snapshot(work)
    ended = _run(work, COMMANDS[name], LIMITS[name])
    assert ended.returncode in (1, 2), ended
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "File too large" in ended.stderr
    assert snapshot(work) == before
    assert old.read_text() == "old"


@pytest.mark.parametrize("command", [GEMM, ("--version",), ("--help",), ("sweep", "--help")])
def test_full_standard_output(work, command):
    with open("/dev/full", "w") as full:
        ended = _run(work, command, stdout=full)
    message = "hbfp: [Errno 28] No space left on device: 'standard output'\n"
    assert (ended.returncode, ended.stderr) == (1, message)
