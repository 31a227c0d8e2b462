"""A sweep of small products, and what tests of sweeps share."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.cli.parser import command_parsers
from hbfp_hw.sweep import read_spec
from hbfp_hw.sweep.execute import SweepJob
from tests.processes import PATIENCE, processes

PRODUCTS = """
[gemm]
x = "X.npy"
w = "W.npy"
block-size = 4

[gemm.sweep]
engine = ["golden", "cycle"]
mantissa-bits = [4, 17]
"""
"""Four points, of which the second and the fourth fail: mantissas have at most 16 bits."""

VOLATILE = ("seconds", "finished")


@pytest.fixture(scope="session")
def parsers():
    """Parsers of a few commands."""
    complete = command_parsers()
    return {name: complete[name] for name in ("area", "gemm", "workload")}


@pytest.fixture
def folder(tmp_path):
    """A folder with the matrices X (5, 7) and W (7, 3)."""
    rng = np.random.default_rng(0)
    for name, shape in {"X": (5, 7), "W": (7, 3)}.items():
        np.save(tmp_path / f"{name}.npy", rng.standard_normal(shape).astype(np.float32))
    return tmp_path


@pytest.fixture
def spec(folder, parsers):
    """Reads a sweep from a text."""

    def read(text=PRODUCTS):
        (folder / "sweep.toml").write_text(text)
        return read_spec(folder / "sweep.toml", parsers)

    return read


@pytest.fixture
def jobs(spec):
    """Jobs of small products."""

    def make(sweep, count=1, timeout=60.0):
        words = spec().points[0].words
        return [SweepJob(str(number), words, timeout, sweep) for number in range(count)]

    return make


def comparable(records):
    """Records without times."""
    plain = []
    for record in records:
        fields = {name: value for name, value in vars(record).items() if name not in VOLATILE}
        if record.result is not None:
            fields["result"] = {k: v for k, v in record.result.items() if k not in VOLATILE}
        plain.append(fields)
    return plain


def freeze_point(family):
    """Stop the process of a point, so that it stays in the midst of its work.

    Parameters:
        family: Gives the numbers of processes of which one is to be the parent of the point.

    Returns:
        Its number, and that of its parent.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        parents = set(family())
        for pid, (parent, _) in processes().items():
            if parent in parents and _is_point(pid):
                os.kill(pid, signal.SIGSTOP)
                return pid, parent
        time.sleep(0.005)
    raise AssertionError("No point was started")


def _is_point(pid):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:3] == [b"-m", b"hbfp_hw"]
