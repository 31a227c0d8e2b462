"""The installed wheel works like the checkout, in any folder."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def installed(wheel_path, tmp_path_factory):
    """Return a function that runs a program of a new environment with the wheel installed.

    A .pth file adds the dependencies of this environment. Python does not read .pth files in the
    folders that it adds, so an editable installation of this package has no effect there.
    """
    place = tmp_path_factory.mktemp("environment")
    work = tmp_path_factory.mktemp("elsewhere")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(program, *arguments):
        command = [place / "bin" / program, *arguments]
        ended = subprocess.run(
            [str(word) for word in command],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    setup = {"check": True, "capture_output": True, "timeout": 120, "cwd": work}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], **setup)
    paths = {"base": str(place), "platbase": str(place)}
    own = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    lent = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (own / "dependencies.pth").write_text("\n".join(sorted(lent)) + "\n")
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-index", "--ignore-installed", wheel_path], **setup)
    run.work, run.own = work, own
    return run


@pytest.mark.full
def test_package_is_that_of_the_wheel(installed):
    code = "import hbfp_hw, hbfp_hw.sim; print(hbfp_hw.__file__, hbfp_hw.sim.__file__)"
    for path in installed("python", "-c", code).split():
        assert Path(path).is_relative_to(installed.own)


@pytest.mark.full
def test_compiled_code_is_used(installed):
    code = "from hbfp_hw.golden import native; print(native.level() > native.Level.NUMPY)"
    assert installed("python", "-c", code) == "True\n"


@pytest.mark.full
def test_generate(installed):
    options = ("--mantissa-bits", 4, "--block-size", 8, "-o", "out", "--json")
    result = json.loads(installed("hbfp", "generate", "dot", *options))
    assert result["designs"] == ["hbfp_dot_m4_n8_e10"]
    assert all((installed.work / path).stat().st_size for path in result["files"])


@pytest.mark.full
def test_area(installed):
    """Measure one small unit; the command would also measure the baselines."""
    code = (
        "from hbfp_hw import HBFPFormat; from hbfp_hw.area import measure; "
        "from hbfp_hw.rtl import Dot; "
        "result = measure(Dot(HBFPFormat(4, 2)), cached=False); "
        "print(result.transistors, result.liberty['name'])"
    )
    transistors, library = installed("python", "-c", code).split()
    assert int(transistors) > 0
    assert library == "cells.lib"


@pytest.mark.full
@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_gemm(installed, simulator):
    rng = np.random.default_rng(0)
    np.save(installed.work / "X.npy", rng.standard_normal((3, 10)).astype(np.float32))
    np.save(installed.work / "W.npy", rng.standard_normal((10, 2)).astype(np.float32))
    options = ("--mantissa-bits", 4, "--block-size", 4, "--engine", "rtl", "--sim", simulator)
    result = json.loads(
        installed("hbfp", "gemm", "X.npy", "W.npy", *options, "--check", "--json", "-o", "Y.npy")
    )
    assert (result["mismatches"], result["macs"]) == (0, 60)
    assert np.load(installed.work / "Y.npy").shape == (3, 2)


@pytest.mark.full
def test_test(installed):
    result = json.loads(installed("hbfp", "test", "accumulate", "--sim", "icarus", "--json"))
    assert result["failed"] == 0
    assert result["passed"] > 0
