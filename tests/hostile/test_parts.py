"""Temporary files are removed after a failure or a signal, whenever it comes."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from hbfp_hw.helpers.files import naming, write_text, write_whole
from tests.processes import HBFP, PATIENCE, wait_for_end

WRITER = """
import sys
from pathlib import Path
from hbfp_hw.cli.signals import Terminated, signals_raise
from hbfp_hw.helpers.files import write_whole
content = bytes(1 << 25)
print("ready", flush=True)
try:
    with signals_raise():
        while True:
            write_whole(Path(sys.argv[1]), content)
except (Terminated, KeyboardInterrupt):
    sys.exit(7)
"""


def _wait_for_part(folder, process):
    end = time.monotonic() + PATIENCE
    while not list(folder.glob(".hbfp-*.part")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_while_a_file_is_written(tmp_path, number):
    """The signal comes while the temporary file exists."""
    inherited = signal.signal(number, signal.SIG_DFL)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path / "file"], stdout=subprocess.PIPE, text=True
    )
    signal.signal(number, inherited)
    assert process.stdout.readline() == "ready\n"
    _wait_for_part(tmp_path, process)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 7
    assert {path.name for path in tmp_path.iterdir()} <= {"file"}


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_a_signal_while_workers_write_checkpoints(tmp_path, number):
    """Workers end with their parent, and remove what they were writing, even if it was killed."""
    options = ("--dataset", "digits", "--model", "mlp", "--width", "128", "--schedule", "fp32")
    inherited = signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
    process = subprocess.Popen(
        [
            HBFP,
            "train",
            *options,
            "--seeds",
            "0",
            "1",
            "--workers",
            "2",
            "--epochs",
            "1000",
            "-o",
            "run",
        ],
        cwd=tmp_path,
        env=os.environ | {"HBFP_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if inherited is not None:
        signal.signal(number, inherited)
    try:
        end = time.monotonic() + 5 * PATIENCE
        while not (parts := list((tmp_path / "run").glob("*/.hbfp-*.part"))):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()
    wait_for_end({int(path.name.split("-")[1]) for path in parts})
    assert not list(tmp_path.rglob("*.part"))
    assert list((tmp_path / "run").iterdir())


def test_a_failure(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match=r"taken") as error:
        write_whole(tmp_path / "taken", b"content")
    assert str(tmp_path / "taken") in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_errors_have_names(tmp_path):
    """``naming`` adds the file name to errors without one; NumPy's errors have no number either."""
    with pytest.raises(FileNotFoundError) as error:
        write_text(tmp_path / "none" / "file", "text")
    assert error.value.filename == str(tmp_path / "none" / "file")
    with (
        pytest.raises(OSError, match=r"^\[Errno 28\] No space left on device: 'name'$"),
        naming("name"),
        open("/dev/full", "wb", buffering=0) as full,
    ):
        full.write(b"x")
    with pytest.raises(OSError, match=r"requested and 0 written: 'name'$"), naming("name"):
        np.zeros(1 << 20).tofile("/dev/full")
    with pytest.raises(BrokenPipeError, match=r"'name'$"), naming("name"):
        raise BrokenPipeError(32, "Broken pipe")
