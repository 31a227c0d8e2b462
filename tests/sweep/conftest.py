"""A sweep of small products, and helpers that the tests of sweeps share."""

import argparse
import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.cli.parser import command_parsers
from hbfp_hw.sweep import PointRecord, SweepSpec, read_spec
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
"""Four points. The second and the fourth fail, because a mantissa has at most 16 bits."""

VOLATILE = ("seconds", "finished")
"""Names of values that differ from run to run."""

Parsers = dict[str, argparse.ArgumentParser]
ReadSpec = Callable[..., SweepSpec]


@pytest.fixture(scope="session")
def parsers() -> Parsers:
    """Parsers of a few commands."""
    complete = command_parsers()
    return {name: complete[name] for name in ("area", "gemm", "workload")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the matrices X (5, 7) and W (7, 3)."""
    rng = np.random.default_rng(0)
    for name, shape in {"X": (5, 7), "W": (7, 3)}.items():
        np.save(tmp_path / f"{name}.npy", rng.standard_normal(shape).astype(np.float32))
    return tmp_path


@pytest.fixture
def spec(folder: Path, parsers: Parsers) -> ReadSpec:
    """Return a function that reads a sweep from a text."""

    def read(text: str = PRODUCTS) -> SweepSpec:
        (folder / "sweep.toml").write_text(text)
        return read_spec(folder / "sweep.toml", parsers)

    return read


@pytest.fixture
def jobs(spec: ReadSpec) -> Callable[..., list[SweepJob]]:
    """Return a function that makes jobs of small products."""

    def make(sweep: str, count: int = 1, timeout: float = 60.0) -> list[SweepJob]:
        words = spec().points[0].words
        return [SweepJob(str(number), words, timeout, sweep) for number in range(count)]

    return make


def comparable(records: Sequence[PointRecord]) -> list[dict[str, object]]:
    """Return records without times."""
    plain = []
    for record in records:
        fields = {name: value for name, value in vars(record).items() if name not in VOLATILE}
        if record.result is not None:
            fields["result"] = {k: v for k, v in record.result.items() if k not in VOLATILE}
        plain.append(fields)
    return plain


def freeze_point(family: Callable[[], Iterable[int]]) -> tuple[int, int]:
    """Stop the process of a running point by SIGSTOP.

    Parameters:
        family: Function that returns the process numbers among which the point's parent is.

    Returns:
        Process numbers of the point and of its parent.
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


def _is_point(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:3] == [b"-m", b"hbfp_hw"]
