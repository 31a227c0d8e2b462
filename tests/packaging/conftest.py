"""The wheel, built once for all tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD_FILES = ["pyproject.toml", "setup.py", "README.md", "LICENSE"]
SOURCES = ["hbfp_hw", "sim"]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the sources without build folders, and return the copy."""
    source = tmp_path_factory.mktemp("source")
    for name in BUILD_FILES:
        shutil.copy(ROOT / name, source)
    for folder in SOURCES:
        ignore = shutil.ignore_patterns("__pycache__", "sim_build", "*.so")
        shutil.copytree(ROOT / folder, source / folder, ignore=ignore)
    return source


@pytest.fixture(scope="session")
def wheel_path(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the copy, with little optimisation to save time; return its path."""
    target = tmp_path_factory.mktemp("wheel")
    compiler = target / "g++"
    compiler.write_text('#!/bin/sh\nexec g++ "$@" -O1\n')
    compiler.chmod(0o755)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    build = subprocess.run(
        [*pip, "--wheel-dir", target, source],
        env=os.environ | {"CXX": str(compiler)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert build.returncode == 0, build.stdout + build.stderr
    (path,) = target.glob("*.whl")
    return path
