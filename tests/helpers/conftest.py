"""The cache of the tests of helpers."""

from pathlib import Path

import pytest

from hbfp_hw.helpers import cache_pruning


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty cache that is pruned after each new entry."""
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HBFP_CACHE_LIMIT", "none")
    monkeypatch.setattr(cache_pruning, "TRIM_SECONDS", 0.0)
    return tmp_path / "cache"
