"""Tests of compiled code, run again with AddressSanitizer and UBSan: there must be no report.

They run in a copy of the package, in a child process that has loaded libasan. Every report is a
file, so it is found even if a test expects a process to fail.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sanitize.build import environment, make_tree

SECONDS = 1800


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sanitized")
    make_tree(folder)
    return folder


def run(tree: Path, reports: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy of the package."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=tree,
        env=environment(tree, reports),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def texts_of(reports: Path) -> str:
    return "\n".join(path.read_text() for path in reports.iterdir())


GROUPS = {
    "golden": (
        "tests/golden/test_native.py tests/golden/test_native_entry.py tests/golden/test_gemm.py "
        "tests/golden/test_gemm_values.py tests/golden/test_gemm_errors.py "
        "tests/helpers/test_native_array.py"
    ),
    "units": "tests/cosim/test_units.py",
    "cosim": "tests/cosim/test_faults.py tests/cosim/test_pack.py",
    "replay": "tests/simulate/test_replay.py",
    "driver": "tests/driver/test_products.py tests/driver/test_errors.py",
    "rtl": "tests/rtl/test_dot_walk.py",
}
"""Tests of each kind of compiled code."""


@pytest.mark.full
@pytest.mark.parametrize("group", GROUPS)
def test_no_report(group: str, tree: Path, tmp_path: Path) -> None:
    done = run(
        tree, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", *GROUPS[group].split()
    )
    assert not texts_of(tmp_path), texts_of(tmp_path)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert " passed" in done.stdout


@pytest.mark.full
def test_no_report_of_the_fuzzer(tree: Path, tmp_path: Path) -> None:
    done = run(
        tree, tmp_path, "-m", "tests.fuzz.run", "--part", "golden", "--calls", "5000", "--seed", "3"
    )
    assert not texts_of(tmp_path), texts_of(tmp_path)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert "5000 calls, 0 failures" in done.stdout


PLANTED = {
    "golden read": ("heap-buffer-overflow", "READ of size", "hbfp_convert"),
    "golden write": ("heap-buffer-overflow", "WRITE of size", "hbfp_convert"),
    "harness": ("heap-buffer-overflow", "hbfp_pack"),
    "core": ("heap-buffer-overflow", "hbfp_core_run"),
    "shift": ("ILL", "shifted"),
    "signed overflow": ("ILL", "added"),
    "misaligned": ("ILL", "loaded"),
}
"""Words that the report on each mistake of :mod:`tests.sanitize.planted` must contain."""


@pytest.mark.full
@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_reported(mistake: str, tree: Path, tmp_path: Path) -> None:
    done = run(tree, tmp_path, "-m", "tests.sanitize.planted", mistake)
    assert done.returncode != 0, done.stdout + done.stderr
    report = texts_of(tmp_path)
    assert all(words in report for words in PLANTED[mistake]), report + done.stderr
