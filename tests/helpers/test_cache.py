"""The cache: entries are made once, stay while in use, and the least recently used go first."""

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hbfp_hw.helpers import build_cache, cache, cache_pruning
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import CacheError, cache_limit, parse_size
from hbfp_hw.helpers.cache_pruning import entries, in_use, prune
from hbfp_hw.helpers.locks import FileLock
from hbfp_hw.helpers.result_cache import cached_result
from hbfp_hw.helpers.run_folder import run_folder

PAGE = 4096
DAY = 86400


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make an empty cache that is pruned after each new entry."""
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HBFP_CACHE_LIMIT", "none")
    monkeypatch.setattr(cache_pruning, "TRIM_SECONDS", 0.0)
    return tmp_path / "cache"


def build(folder, log):
    (folder / "file").write_bytes(bytes(3 * PAGE))
    log.write_text("built\n")


def record(number, age=None):
    """Make a record and set its last use to ``age`` seconds ago."""
    cached_result("unit", (number,), lambda *_: {"number": number, "text": "x" * 2 * PAGE})
    if age is not None:
        (path,) = (p for p in _files("records", ".json") if f'"number": {number},' in p.read_text())
        os.utime(path, (time.time() - age,) * 2)


def _files(kind, ending):
    return sorted(p for p in (cache.cache_folder() / kind).iterdir() if p.suffix == ending)


def numbers():
    """Return the numbers of the records in the cache."""
    texts = [path.read_text() for path in _files("records", ".json")]
    return sorted(int(text.partition('"number": ')[2].partition(",")[0]) for text in texts)


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
    with pytest.raises(ValueError, match=r"^Size must be a number of bytes, as 500M or 2G, or "):
        parse_size(text)
    monkeypatch.setenv("HBFP_CACHE_LIMIT", text)
    message = rf"^HBFP_CACHE_LIMIT must be a size, as 500M or 2G, or none, not '{text}'$"
    with pytest.raises(CacheError, match=message):
        cached_result("unit", (1,), lambda *_: {})
    assert not folder.exists()


def test_there_is_a_limit_by_default(monkeypatch):
    monkeypatch.delenv("HBFP_CACHE_LIMIT", raising=False)
    assert cache_limit() == 4 << 30


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
    monkeypatch.setattr(cache_pruning, "TRIM_SECONDS", 1000.0)  # as if all were made at once
    record(5)
    assert numbers() == [2, 3, 4, 5]


def test_a_build_in_use_stays(folder):
    path = build_once("design", "key", build)
    (entry,) = entries()
    assert (entry.kind, entry.name, entry.bytes) == ("builds", "design-key", 4 * PAGE)
    assert in_use(entry)
    assert prune(0) == []
    assert (path / "file").stat().st_size == 3 * PAGE
    assert build_once("design", "key", _never) == path


def _never(*_):
    raise AssertionError("It is built already")


def test_a_build_removed_by_hand_is_made_again(folder):
    path = build_once("design", "key", build)
    (path / "file").unlink()
    path.rmdir()
    assert build_once("design", "key", build) == path
    assert (path / "file").exists()
    assert prune(0) == []


USER = """
import sys, time
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.run_folder import run_folder
with run_folder("run") as folder:
    build_once("design", "key", lambda folder, log: (folder / "file").write_text("content"))
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_what_another_process_uses_stays_until_it_ends(folder):
    user = subprocess.Popen(
        [sys.executable, "-c", USER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert user.stdout.readline() == "ready\n"
        assert sorted(entry.kind for entry in entries() if in_use(entry)) == ["builds", "runs"]
        assert prune(0) == []
        assert (folder / "builds" / "design-key" / "file").exists()
    finally:
        user.kill()
        user.communicate()
    assert sorted(entry.kind for entry in prune(0)) == ["builds", "runs"]
    assert list((folder / "builds").iterdir()) == list((folder / "runs").iterdir()) == []


def _use(results, enough):
    end, count = time.monotonic() + 60, 0
    while time.monotonic() < end and not enough.is_set():
        path = build_once("design", "key", build)
        with run_folder("run") as run:
            (run / "data").write_text("x")
            assert (path / "file").stat().st_size == 3 * PAGE
            cached_result("unit", (count % 3,), lambda *_: {"text": "x"})
            assert (run / "data").read_text() == "x"
        # As if this process ended and another one started.
        for lock in list(build_cache._builds_in_use.values()):
            lock.release()
        build_cache._builds_in_use.clear()
        time.sleep(0.02)  # otherwise some process nearly always uses the build
        count += 1
    results.put(count)


def test_users_and_pruners_at_once(folder):
    """No process loses what it uses, while free entries of every kind are removed."""
    context = multiprocessing.get_context("fork")
    results, enough = context.Queue(), context.Event()
    users = [context.Process(target=_use, args=(results, enough)) for _ in range(3)]
    for user in users:
        user.start()
    removed, passes = set(), 0
    while any(user.is_alive() for user in users):
        removed |= {entry.kind for entry in prune(0)}
        passes += 1
        if passes >= 200 and len(removed) == 3:
            enough.set()
    for user in users:
        user.join()
        assert user.exitcode == 0
    assert sum(results.get(timeout=10) for _ in users) >= 3
    assert removed == {"builds", "records", "runs"}


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


def test_a_failed_build_leaves_its_log_alone(folder):
    def fail(partial, log):
        log.write_text("because\n")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match=r"^no$"):
        build_once("design", "key", fail)
    (entry,) = entries()
    assert [path.name for path in entry.paths] == ["design-key.log"]
    assert not in_use(entry)
    assert prune(0) == [entry]


def test_a_lock_that_was_removed_is_none(tmp_path):
    """A process that waits for a lock whose file is removed gets a lock on the new file."""
    first, second, third = (FileLock(tmp_path / "lock") for _ in range(3))
    first.acquire()
    assert not second.try_acquire()
    polled = []

    def poll():
        if not polled:
            first.remove()
        polled.append(1)

    second.acquire(poll=poll)
    assert polled
    assert (tmp_path / "lock").exists()
    assert not third.try_acquire()
    second.release()
    assert third.try_acquire()
    third.release()


def test_no_home(monkeypatch):
    monkeypatch.delenv("HBFP_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("none")))
    with pytest.raises(CacheError, match=r"^Cache folder must be given by HBFP_CACHE, as this "):
        cache.cache_folder()
