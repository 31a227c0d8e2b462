"""Folder and size limit of the cache."""

from pathlib import Path

import pytest

from hbfp_hw.helpers import cache
from hbfp_hw.helpers.cache import CacheError, cache_limit, parse_size
from hbfp_hw.helpers.result_cache import cached_result


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("0", 0), ("500", 500), ("3K", 3072), ("500M", 500 << 20), ("2g", 2 << 30)),
        *(("1T", 1 << 40), ("none", None), ("NONE", None)),
    ],
)
def test_sizes(text, size, monkeypatch):
    assert parse_size(text) == size
    monkeypatch.setenv("HBFP_CACHE_LIMIT", text)
    assert cache_limit() == size


@pytest.mark.parametrize("text", ["-1", "1.5G", "2GB", "G", "2 G", "\N{FULLWIDTH DIGIT FOUR}"])
def test_no_sizes(text, folder, monkeypatch):
    with pytest.raises(ValueError, match=r"^Size must be a number of bytes, such as 500M or "):
        parse_size(text)
    monkeypatch.setenv("HBFP_CACHE_LIMIT", text)
    message = rf"^HBFP_CACHE_LIMIT must be a size, such as 500M or 2G, or none, not '{text}'$"
    with pytest.raises(CacheError, match=message):
        cached_result("unit", (1,), lambda *_: {})
    assert not folder.exists()


def test_there_is_a_limit_by_default(monkeypatch):
    monkeypatch.delenv("HBFP_CACHE_LIMIT", raising=False)
    assert cache_limit() == 4 << 30


def test_no_home(monkeypatch):
    monkeypatch.delenv("HBFP_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("none")))
    with pytest.raises(CacheError, match=r"^Cache folder must be given by HBFP_CACHE, as this "):
        cache.cache_folder()
