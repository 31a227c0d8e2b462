"""A copy of the package whose C++ is built with AddressSanitizer and UBSan."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.simulate.toolchain import first_line

ROOT = Path(__file__).parents[2]
COMPILER = "g++"
# UBSan executes an illegal instruction for each finding, and libasan reports that in its file.
# libubsan would only write to standard error, which tests capture.
FLAGS = (
    "-fsanitize=address,undefined",
    "-fsanitize-undefined-trap-on-error",
    "-fno-omit-frame-pointer",
    "-g1",
)
PARTS = (
    "hbfp_hw",
    "sim",
    "tests",
    "rtl_out",
    "examples",
    "docs",
    "setup.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)
"""Folders and files of the copy."""

NATIVE = "hbfp_hw/golden/native"
GENERATED = "-fno-sanitize=shift-base"
"""Flag for units written by Verilator: it shifts negative numbers left, which GCC defines."""

OPTIMISE = "-O1"
"""Optimisation of the native library; -O3 would take minutes with the sanitizers."""


def compiler_script(more: str = "") -> str:
    """Return a script for ``CXX`` that compiles with the sanitizers.

    Its version contains the flags. As the version is part of the key of every cached build, no
    build of the plain compiler is used. The compiler itself runs without libasan.

    Parameters:
        more: Further flags.
    """
    version, flags = first_line(COMPILER, "--version"), " ".join(FLAGS)
    return (
        "#!/bin/sh\nunset LD_PRELOAD\n"
        f'if [ "$1" = --version ]; then echo "{version} {flags} {GENERATED} {more}"; exit; fi\n'
        f'case "$*" in *unit_*) set -- "$@" {GENERATED};; esac\n'
        f'exec {COMPILER} {flags} "$@" {more}\n'
    )


def runtime(name: str) -> str:
    """Return the path of a library of the compiler."""
    return first_line(COMPILER, f"-print-file-name={name}")


def _copy(folder: Path, parts: Sequence[str]) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.so")
    for part in parts:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=ignored)
        else:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, folder / part)


def native_library() -> Path:
    """Return the path of the golden model's native library, built once for the same sources."""
    parts = ("setup.py", "pyproject.toml", "README.md", "LICENSE", NATIVE)
    sources = sorted(path for path in (ROOT / NATIVE).iterdir() if path.suffix in (".cpp", ".h"))
    texts = [path.read_text() for path in (ROOT / "setup.py", *sources)]

    def build(folder: Path, log: Path) -> None:
        _copy(folder, parts)
        compiler = _write_compiler(folder, OPTIMISE)
        with log.open("w") as output:
            subprocess.run(
                [sys.executable, "setup.py", "-q", "build_ext", "--inplace"],
                cwd=folder,
                env=os.environ | {"CC": str(compiler), "CXX": str(compiler)},
                stdout=output,
                stderr=output,
                check=True,
            )
        assert list((folder / NATIVE).glob("_library*.so")), log.read_text()

    folder = build_once("sanitized", content_key(texts, compiler_script(OPTIMISE)), build)
    (path,) = (folder / NATIVE).glob("_library*.so")
    return path


def _write_compiler(folder: Path, more: str = "") -> Path:
    compiler = folder / COMPILER
    compiler.write_text(compiler_script(more))
    compiler.chmod(0o755)
    return compiler


def make_tree(folder: Path) -> None:
    """Copy the package and its tests, with the checked native library and a compiler."""
    _copy(folder, PARTS)
    # The installed package contains this folder.
    _copy(folder / "hbfp_hw", ("sim",))
    _write_compiler(folder)
    shutil.copy(native_library(), folder / NATIVE)


def environment(tree: Path, reports: Path) -> dict[str, str]:
    """Return the environment of a process that runs the package in ``tree``.

    The process must load libasan before every other library, and libstdc++ with it, whose
    exceptions libasan intercepts. Leaks are not reported: Python leaks at its end by design.

    Parameters:
        tree: Copy of the package.
        reports: Folder for the reports.
    """
    return os.environ | {
        "CXX": str(tree / COMPILER),
        "LD_PRELOAD": f"{runtime('libasan.so')} {runtime('libstdc++.so.6')}",
        "ASAN_OPTIONS": f"log_path={reports / 'report'}:detect_leaks=0:handle_sigill=1",
        "PYTHONPATH": str(tree),
        "PYTHONMALLOC": "malloc",
    }
