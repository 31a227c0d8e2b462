"""Options, hooks and fixtures of all tests, and settings of the libraries that they use."""

import gc
import os
from pathlib import Path

import pytest

from tests import durations, tiers
from tests.durations import pytest_runtest_makereport, pytest_terminal_summary
from tests.tiers import pytest_collection_modifyitems, sample

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
    "sample",
]

# One thread for each library: tests run in parallel, and threads that wait for work on a small
# matrix would occupy a processor core. The variables must be set before the libraries are loaded;
# child processes inherit them.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

# Collect garbage less often than after the usual 700 new objects: a process of the tests holds
# millions of live objects, and every collection visits all of them.
gc.set_threshold(100_000, 50, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of tiers and durations."""
    tiers.add_options(parser)
    durations.add_options(parser)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the result folder of an empty cache; its path contains quotes and spaces."""
    folder = tmp_path / 'the cache\'s "own" folder'
    monkeypatch.setenv("HBFP_CACHE", str(folder))
    return folder / "records"
