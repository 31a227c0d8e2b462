"""Pruning of the cache: the least recently used entries go first, and leftovers in any case."""

import os
import time

from hbfp_hw.helpers import cache, cache_pruning
from hbfp_hw.helpers.cache_pruning import entries, prune
from hbfp_hw.helpers.locks import FileLock
from hbfp_hw.helpers.run_folder import run_folder
from tests.helpers.cached import DAY, PAGE, numbers, record


def test_the_least_recently_used_go_first(folder):
    for number, age in ((1, 300), (2, 500), (3, 100), (4, 400)):
        record(number, age)
    found = entries()
    assert [entry.used for entry in found] == sorted(entry.used for entry in found)
    size = found[0].bytes
    assert size == 3 * PAGE  # two of text, and the rest of the record
    assert prune(None) == prune(4 * size) == []
    assert [entry.bytes for entry in prune(3 * size)] == [size]
    assert numbers() == [1, 3, 4]
    assert len(prune(2 * size - 1)) == 2
    assert numbers() == [3]
    assert len(prune(0)) == 1
    assert list((folder / "records").iterdir()) == []


def test_a_use_counts(folder):
    for number, age in ((1, 300), (2, 200)):
        record(number, age)
    record(1)  # exists, so this is a use
    (gone,) = prune(3 * PAGE)
    assert numbers() == [1]
    assert gone.kind == "records"


def test_the_limit_holds_by_itself(folder, monkeypatch):
    for number in range(4):
        record(number, 100 - number)
    monkeypatch.setenv("HBFP_CACHE_LIMIT", str(3 * 3 * PAGE))
    record(4)
    assert numbers() == [2, 3, 4]
    monkeypatch.setattr(cache_pruning, "TRIM_SECONDS", 1000.0)  # so that no pruning follows
    record(5)
    assert numbers() == [2, 3, 4, 5]


def test_what_killed_processes_left(folder):
    builds = cache.subfolder("builds")
    for name in ("design-key-partial-a", "other-key-partial-b"):
        (builds / name).mkdir()
        (builds / name / "file").write_bytes(bytes(PAGE))
    records = cache.subfolder("records")
    for name, age in (("old", 2 * DAY), ("new", 60)):
        (records / f".hbfp-{name}.part").write_text("x")
        os.utime(records / f".hbfp-{name}.part", (time.time() - age,) * 2)
    builder = FileLock(builds / "design-key.lock")
    builder.acquire()  # as if it were building
    removed = {entry.name for entry in prune(None)}
    assert removed == {"other-key-partial-b", ".hbfp-old.part"}
    assert (builds / "design-key-partial-a" / "file").exists()
    assert (records / ".hbfp-new.part").exists()
    builder.release()
    assert "design-key-partial-a" in {entry.name for entry in prune(None)}


def test_old_runs_go_without_a_limit(folder):
    with run_folder("run") as first, run_folder("run") as second, run_folder("run") as third:
        pass
    for path, days in ((first, 6), (second, 8), (third, 8)):
        os.utime(path, (time.time() - days * DAY,) * 2)
    lock = FileLock(third / "lock")
    lock.acquire(shared=True)
    os.utime(third, (time.time() - 8 * DAY,) * 2)
    assert [entry.name for entry in prune(None)] == [second.name]
    assert first.is_dir()
    assert third.is_dir()  # in use
    lock.release()
