"""docs/extending.md, followed step by step in a copy of the package."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Fence, fences, prose

PAGE = ROOT / "docs" / "extending.md"
COPIED = ("hbfp_hw", "sim", "examples/new_unit")
MYPY = "python -m mypy\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package in which ``hbfp`` and ``python`` run that package."""
    for folder in COPIED:
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "hbfp_hw" / "sim").symlink_to("../sim")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()  # mypy's configuration names this folder
    (tmp_path / "bin").mkdir()
    for name, arguments in (("python", ""), ("hbfp", " -m hbfp_hw")):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)}{arguments} "$@"\n')
        program.chmod(0o755)
    return tmp_path


def run(checkout: Path, command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy, with some text as its input."""
    environment = os.environ | {
        "PATH": f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(checkout),
        "XDG_CACHE_HOME": str(checkout / "cache"),
    }
    return subprocess.run(
        command,
        cwd=checkout,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=600,
    )


def follow(checkout: Path, fence: Fence) -> None:
    """Do what a block of the page says."""
    commands = {
        "sh": ["bash", "-e"],
        "py": ["python", "-W", "error", "-"],
        "diff": ["patch", "-p1", "--no-backup-if-mismatch"],
    }
    ended = run(checkout, commands[fence.language], fence.text)
    assert ended.returncode == 0, f"line {fence.line}: {ended.stdout}{ended.stderr}"


def steps(heading: str) -> list[Fence]:
    """Return the blocks of one section of the page."""
    text = PAGE.read_text()
    first = text.count("\n", 0, text.index(f"## {heading}\n"))
    after = text.find("\n## ", text.index(f"## {heading}\n"))
    last = text.count("\n") if after < 0 else text.count("\n", 0, after)
    found = [f for f in fences(PAGE, "sh", "py", "diff") if first < f.line <= last]
    assert found, heading
    return found


def named(table: int) -> set[str]:
    """Return the files in the first column of a table of the page."""
    tables = re.findall(r"(?:^\|.*\n)+", prose(PAGE), re.MULTILINE)
    return {
        name
        for row in tables[table].splitlines()[2:]
        if "`" in row.split("|")[1]
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }


@pytest.mark.full
def test_a_unit_in_a_project_of_its_own(checkout: Path) -> None:
    for fence in steps("A unit in your own project"):
        follow(checkout, fence)


@pytest.mark.full
def test_a_unit_of_the_package(checkout: Path) -> None:
    for fence in steps("A unit of the package"):
        follow(checkout, fence)
    assert (checkout / "out" / "hbfp_relu_n4.json").is_file()
    header = (checkout / "out" / "hbfp_relu_n4.v").read_text()
    assert "\n// Reproduce: hbfp generate relu --lanes 4\n" in header
    assert (checkout / "out" / "hbfp_relu_n4-relu_tests-icarus.xml").is_file()
    for fence in steps("A unit of the package")[:1]:
        for target in re.findall(r" (\S+/relu\w*\.py)$", fence.text, re.MULTILINE):
            assert (checkout / target).is_file()


@pytest.mark.full
def test_a_rounding_mode(checkout: Path) -> None:
    """mypy reports the files that the page lists, and nothing else."""
    for fence in steps("A rounding mode"):
        if fence.text == MYPY:
            (checkout / "hbfp_hw" / "sim").unlink()  # mypy would find its files twice
            ended = run(checkout, ["bash"], fence.text)
            errors = re.findall(r"^(\S+?):\d+: error: .*", ended.stdout, re.MULTILINE)
            assert set(errors) == named(2), ended.stdout + ended.stderr
            assert ended.stdout.count("Rounding.AWAY") == len(errors)
        else:
            follow(checkout, fence)


def test_files_that_the_page_names_exist() -> None:
    for name in set.union(*map(named, (1, 2, 3))):
        assert (ROOT / name).exists(), name


def test_every_unit_is_in_the_tables_of_tests_that_the_page_names() -> None:
    for name in named(1):
        if name.startswith("tests/") and name.endswith(".py") and "cache" not in name:
            text = (ROOT / name).read_text()
            assert all(f'"{unit}"' in text for unit in ("convert", "gemm", "int8_mac")), name


def test_every_file_with_its_own_rounding_modes_is_named() -> None:
    """Truncation is the mode whose name is rarest elsewhere: the page has every file with it."""
    found = subprocess.run(
        ["git", "grep", "-lE", r"\bTRUNCATE\b|\"truncate\"", "--", "hbfp_hw", "sim"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert found
    drawn = {"sim/dot_engine_tests.py"}  # a test of one mode after the other
    assert set(found) - drawn <= named(2) | named(3) | {"hbfp_hw/golden/convert.py"}
