"""Output whose encoding lacks characters: they are replaced, and no command fails."""

import io
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from hbfp_hw.cli import main
from hbfp_hw.cli.parser import COMMANDS
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cli.terminal import HANDLER, SUBSTITUTES, degrading_output
from tests.cli.conftest import FORMAT
from tests.processes import HBFP

NAME = "größe·.npy"
ARRAY = ("--rows", "2", "--cols", "2")
RUNS = {
    "gemm": ("gemm", "X.npy", "W.npy", *FORMAT, "-o", NAME),
    "cycle": ("gemm", "X.npy", "W.npy", *FORMAT, "--engine", "cycle", *ARRAY, "--trace", "ü.svg"),
    "generate": ("generate", "dot", *FORMAT, "-o", "ü·"),
    "units": ("units",),
    "density": ("density", "--plot", "ü.svg"),
    "workload": ("workload", "gpt2-block", *ARRAY, "--plot", "ü.png"),
    "cache": ("cache", "list"),
    "missing": ("gemm", NAME, "W.npy", *FORMAT),
    "none": ("generate", NAME),
    "option": ("gemm", "X.npy", "W.npy", *FORMAT, f"--{NAME}"),
    "sweep": ("sweep", "ü.toml"),
}
LONG = {
    "icarus": (*RUNS["gemm"], "--engine", "rtl", "--sim", "icarus", "--waves", "ü.fst"),
    "verilator": (*RUNS["gemm"], "--engine", "rtl", "--check"),
    "test": ("test", "fp32", "--sim", "icarus", "--coverage", "-o", "ü·"),
    "cosim": ("cosim", "dot", *FORMAT, "--vectors", "1000"),
    "area": ("area", "dot", *FORMAT),
    "ppa": ("ppa", "dot", *FORMAT, "--stages", "0", "--effort", "area", "--plot", "ü.svg"),
    "fit": ("fit", "fp32", *FORMAT, "--family", "ice40"),
    "train": (*("train", "--dataset", "digits", "--model", "mlp", "--epochs", "1"), "-o", "ü·"),
    "explore": (*("explore", "distances", "--model", "mlp", "--epochs", "1"), "-o", "ü·"),
    "report": ("report", "--quick", "-o", "ü·"),
}
REFUSED = ("missing", "none", "option")


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Return a cache whose name is not ASCII, shared by the workers of a test run."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return run / "zwischenspeicher-ü"


@pytest.fixture
def work(folder, cache, monkeypatch):
    """Make a folder with matrices and a sweep, whose names and cache are not ASCII."""
    (folder / "ü.toml").write_text(
        '[gemm]\nx = "X.npy"\nw = "größe.npy"\nmantissa-bits = 4\nblock-size = 4\n', "utf-8"
    )
    np.save(folder / "größe.npy", np.load(folder / "W.npy"))
    monkeypatch.setenv("HBFP_CACHE", str(cache))
    return folder


def in_ascii(monkeypatch, words):
    """Run a command whose output takes only ASCII. Return exit code, output and errors."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2)]
    for name, stream in zip(("stdout", "stderr"), streams, strict=True):
        monkeypatch.setattr(sys, name, stream)
    try:
        status = main(words)
    except SystemExit as ended:
        status = ended.code
    for stream in streams:
        stream.flush()
        assert stream.errors == "strict"  # restored
    return status, *(stream.buffer.getvalue().decode("ascii") for stream in streams)


def test_signs_have_ascii_in_their_place():
    for sign, ascii_ in SUBSTITUTES.items():
        assert sign.encode("ascii", HANDLER) == ascii_.encode("ascii")
        assert sign.encode("latin-1", HANDLER) in (
            sign.encode("latin-1", "replace"),
            ascii_.encode(),
        )
    assert "4\N{MULTIPLICATION SIGN}4 ü\udcff".encode("ascii", HANDLER) == b"4x4 \\xfc\\udcff"
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", HANDLER)


def test_help_of_every_command(monkeypatch):
    replaced = 0
    for words in ([], *([command] for command in COMMANDS)):
        status, out, err = in_ascii(monkeypatch, [*words, "--help"])
        assert (status, err) == (0, "")
        assert out.startswith("usage: hbfp")
        replaced += "C + X*W" in out
    assert replaced == 2  # only the help of hbfp and of hbfp gemm has it


@pytest.mark.parametrize("name", RUNS)
def test_every_command(work, monkeypatch, name):
    status, out, err = in_ascii(monkeypatch, RUNS[name])
    if name in REFUSED:
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "gr\\xf6\\xdfe*.npy" in err
    else:
        assert (status, err) == (0, "")
        assert out


ENVIRONMENTS = {
    "encoding": {"PYTHONIOENCODING": "ascii"},
    "locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "latin": {"PYTHONIOENCODING": "latin-1"},
}


def _in_a_process(work, words, environment):
    return subprocess.run(
        [HBFP, *words],
        cwd=work,
        env=os.environ | environment,
        capture_output=True,
        timeout=300,
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize(
    "name",
    [
        "missing",
        *(
            pytest.param(name, marks=pytest.mark.full)
            for name in (*RUNS, *LONG)
            if name != "missing"
        ),
    ],
)
def test_in_a_process(work, name, environment):
    ended = _in_a_process(work, (RUNS | LONG)[name], ENVIRONMENTS[environment])
    assert b"Traceback" not in ended.stderr, ended.stderr.decode("latin-1")
    if name in REFUSED:
        assert (ended.returncode, ended.stdout, ended.stderr.count(b"\n")) == (2, b"", 1)
    else:
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert ended.stdout


class Terminal(io.TextIOWrapper):
    """A terminal takes only ASCII."""

    def isatty(self):
        return True


def test_bar_on_a_terminal(monkeypatch):
    terminal = Terminal(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", terminal)
    with degrading_output(), progress_bar("vector") as follow:
        for done in range(3):
            follow(done, 3)
            time.sleep(0.15)  # longer than the bar waits between two updates
    terminal.flush()
    shown = terminal.buffer.getvalue()
    assert shown.isascii()
    assert b"vector/s" in shown
    assert b"#" in shown  # the bar itself
