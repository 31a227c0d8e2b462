"""The wheel has every file that an installation needs, `sim/` under its installed name."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA_SUFFIXES = {".cpp", ".h", ".vlt", ".json", ".lib", ".txt", ".typed"}
LIBRARY = f"hbfp_hw/golden/native/_library{sysconfig.get_config_var('EXT_SUFFIX')}"
INSTALLED_AS = {"hbfp_hw": "hbfp_hw", "sim": "hbfp_hw/sim"}


def package_files(suffixes):
    """Return the paths in the wheel of all source files with these suffixes."""
    return {
        f"{installed}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, installed in INSTALLED_AS.items()
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes
    }


@pytest.fixture(scope="module")
def wheel(wheel_path):
    with zipfile.ZipFile(wheel_path) as archive:
        yield archive


@pytest.mark.full
def test_every_module_is_in_the_wheel(wheel):
    modules = package_files({".py"})
    assert "hbfp_hw/sim/__init__.py" in modules
    assert modules <= set(wheel.namelist())


@pytest.mark.full
def test_every_data_file_is_in_the_wheel(wheel):
    data = package_files(DATA_SUFFIXES)
    assert "hbfp_hw/py.typed" in data
    assert data <= set(wheel.namelist())


@pytest.mark.full
def test_nothing_else_is_in_the_wheel(wheel):
    names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert set(names) == package_files({".py"} | DATA_SUFFIXES) | {LIBRARY}


@pytest.mark.full
def test_wheel_is_for_this_python_and_processor(wheel, wheel_path):
    """The wheel holds compiled code."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = re.sub("[-.]", "_", sysconfig.get_platform())
    assert wheel_path.stem.split("-")[2:] == [python, python, platform]
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/WHEEL"))
    assert "Root-Is-Purelib: false\n" in wheel.read(name).decode()


@pytest.mark.full
def test_build_without_a_compiler(source, tmp_path):
    """The build succeeds with a warning; the package then computes with NumPy."""
    build = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "-b", tmp_path, "-t", tmp_path / "objects"],
        cwd=source,
        env=os.environ | {"CC": "no-compiler", "CXX": "no-compiler"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert build.returncode == 0, build.stderr
    assert "no-compiler" in build.stderr
    assert not list(tmp_path.rglob("*.so"))


@pytest.mark.full
def test_wheel_metadata(wheel):
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    text = wheel.read(name).decode()
    assert "License-Expression: Apache-2.0\n" in text
    assert "Requires-Python: >=3.11\n" in text
    assert any(n.endswith(".dist-info/licenses/LICENSE") for n in wheel.namelist())
