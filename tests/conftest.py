"""Tiers and durations of the tests, settings of the libraries that they use, an empty cache."""

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

# One thread for each library that would take more, as tests run side by side: threads that wait for
# their share of a small matrix take all of a processor meanwhile. Set before any of them is loaded,
# and for all child processes too.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

# Garbage is looked for after more than the usual 700 new objects: a process of the tests holds
# millions that are none, and all of them are looked at.
gc.set_threshold(100_000, 50, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of tiers and durations."""
    tiers.add_options(parser)
    durations.add_options(parser)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an empty cache keeps records; no shell can read the name of its folder."""
    folder = tmp_path / 'the cache\'s "own" folder'
    monkeypatch.setenv("HBFP_CACHE", str(folder))
    return folder / "records"
