"""A signal ends ``hbfp`` with all its children and leaves no file."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.cli.conftest import snapshot
from tests.processes import HBFP, PATIENCE, processes, wait_for


def _wait_for_waves(folder):
    """Wait until a waveform file exists below the folder."""
    end = time.monotonic() + PATIENCE
    while not list(folder.rglob("*.fst")):
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.full(but=["icarus-vvp-15-143-hbfp: terminated\\n"])
@pytest.mark.parametrize(
    ("number", "status", "message"),
    [
        (signal.SIGINT, 130, "hbfp: interrupted\n"),
        (signal.SIGTERM, 143, "hbfp: terminated\n"),
        (signal.SIGHUP, 129, "hbfp: terminated\n"),
    ],
)
@pytest.mark.parametrize(("simulator", "child"), [("icarus", "vvp"), ("verilator", "cc1plus")])
def test_no_child_and_no_file_is_left(tmp_path, simulator, child, number, status, message):
    """The signal arrives during the simulation (Icarus) or the compilation (Verilator)."""
    work, cache = tmp_path / "work", tmp_path / "cache"
    work.mkdir()
    np.save(work / "X.npy", np.ones((300, 64), np.float32))
    np.save(work / "W.npy", np.ones((64, 100), np.float32))
    before = snapshot(work)
    options = ["--mantissa-bits", "4", "--block-size", "4", "--rounding", "nearest"]
    options += ["--engine", "rtl", "--sim", simulator]
    if simulator == "icarus":
        options += ["--waves", "run.fst"]
    # A background job may ignore the signal, and its children inherit that.
    inherited = signal.signal(number, signal.SIG_DFL)
    process = subprocess.Popen(
        [HBFP, "gemm", "X.npy", "W.npy", "-o", "Y.npy", *options],
        cwd=work,
        env=os.environ | {"HBFP_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(number, inherited)
    try:
        family = wait_for(process, child)
        if simulator == "icarus":
            _wait_for_waves(cache)
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (status, "", message)
    time.sleep(0.1)
    assert not family.keys() & processes().keys()
    assert snapshot(work) == before
    assert not list(cache.rglob("*-partial-*"))
    assert not [path for path in cache.rglob("*") if path.suffix in (".in", ".out", ".order")]


def test_ignored_hangup_stays_ignored():
    """A signal that the parent ignores, as nohup does, stays ignored."""
    script = (
        "import os, signal\n"
        "from hbfp_hw.cli.signals import signals_raise\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with signals_raise():\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
