"""After ``hbfp`` is killed, no child process goes on and no partial result is left."""

import os
import subprocess

import numpy as np
import pytest

from tests.cli.conftest import snapshot
from tests.processes import HBFP, wait_for, wait_for_end

FORMAT = ("--mantissa-bits", "4", "--block-size", "4", "--rounding", "nearest")
RTL = ("gemm", "X.npy", "W.npy", "-o", "Y.npy", *FORMAT, "--engine", "rtl", "--sim")


@pytest.fixture
def killed(tmp_path):
    """Function that kills a command while a certain child runs, and waits for all its children."""
    work = tmp_path / "work"
    work.mkdir()
    np.save(work / "X.npy", np.ones((300, 64), np.float32))
    np.save(work / "W.npy", np.ones((64, 100), np.float32))

    def run(command, child, *condition):
        before = snapshot(work)
        process = subprocess.Popen(
            [HBFP, *command],
            cwd=work,
            env=os.environ | {"HBFP_CACHE": str(tmp_path / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            family = wait_for(process, child, *condition)
        finally:
            process.kill()
        assert process.communicate() == ("", "")
        wait_for_end(set(family))
        assert snapshot(work) == before
        return tmp_path / "cache"

    return run


def test_simulation(killed):
    killed((*RTL, "icarus"), "vvp")


@pytest.mark.full
def test_compilation(killed):
    """A partial build in the cache is not used, and the next build removes it."""
    cache = killed((*RTL, "verilator"), "cc1plus")
    left = list(cache.rglob("*-partial-*"))
    assert left
    assert all(os.path.lexists(f"{str(path).partition('-partial-')[0]}.lock") for path in left)
    killed((*RTL, "verilator"), "cc1plus")
    assert not set(left) & set(cache.rglob("*-partial-*"))


def test_synthesis(killed):
    killed(("area", "array_8x8_native_n16", "--no-cache"), "yosys-abc")


@pytest.mark.full
def test_training(killed):
    """Kill while both workers train: a worker that is just starting would print a traceback."""
    options = ("--dataset", "digits", "--seeds", "0", "1", "--workers", "2", "--epochs", "1000")
    killed(("train", *options, "--model", "mlp"), "python", 2, "libtorch")
