"""The build cache: builds are made once, and stay while a process uses them."""

import multiprocessing
import subprocess
import sys
import time

import pytest

from hbfp_hw.helpers import build_cache
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache_pruning import entries, in_use, prune
from hbfp_hw.helpers.result_cache import cached_result
from hbfp_hw.helpers.run_folder import run_folder
from tests.helpers.cached import PAGE, build


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
        time.sleep(0.02)  # otherwise a process would nearly always use the build
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
