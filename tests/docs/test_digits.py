"""The digits example: the commands that it prints run in the folder of the user."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.docs.pages import ROOT

SCRIPT = ROOT / "examples" / "digits" / "run.py"
HBFP = Path(sys.executable).with_name("hbfp")
BARE = os.pathsep.join(
    folder
    for folder in os.environ["PATH"].split(os.pathsep)
    if not (Path(folder) / "hbfp").exists()
)
"""PATH of a terminal without an active environment."""


@pytest.fixture
def example():
    spec = importlib.util.spec_from_file_location("digits_example", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.full
def test_printed_commands_run(example, tmp_path, monkeypatch, capfd):
    """The folder has a space in its name, and ``hbfp`` is not on PATH."""
    here = tmp_path / "a folder"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("PATH", BARE)
    rows = example.commands("icarus")[:1]
    monkeypatch.setattr(example, "commands", lambda sim: rows)
    monkeypatch.setattr(sys, "argv", [str(SCRIPT)])
    assert example.main() == 0
    out, err = capfd.readouterr()
    (printed,) = [line for line in err.splitlines() if "hbfp" in line]
    assert not list(here.iterdir())
    subprocess.run(["/bin/sh", "-c", printed], check=True, cwd=here, timeout=60)
    outputs = np.load(here / "outputs.npy")
    pixels, weights, bias = (
        np.load(SCRIPT.with_name(f"{name}.npy")) for name in ("pixels", "weights", "bias")
    )
    largest = np.abs(outputs - (bias + pixels @ weights)).max()
    assert float(re.search(r"golden +0 +(\S+)", out)[1]) == pytest.approx(largest, rel=0.01)


def test_program_is_named_as_the_user_reaches_it(example, tmp_path, monkeypatch):
    command = ["gemm", str(SCRIPT.with_name("pixels.npy")), "-o", "/somewhere/outputs.npy"]
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", BARE)
    program = os.path.relpath(HBFP)
    assert example.shown(str(HBFP), command) == (
        f"{program} gemm examples/digits/pixels.npy -o outputs.npy"
    )
    monkeypatch.setenv("PATH", f"{HBFP.parent}{os.pathsep}{BARE}")
    assert example.shown(str(HBFP), command).startswith("hbfp gemm examples/")
    # Another hbfp on PATH is not the one that runs.
    (tmp_path / "hbfp").write_text("#!/bin/sh\n")
    (tmp_path / "hbfp").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{BARE}")
    assert example.shown(str(HBFP), command).startswith(f"{program} gemm")
