"""Records that a store keeps, and files that it refuses."""

import contextlib
import re
import sqlite3

import pytest

from hbfp_hw.sweep import PointRecord, StoreError, open_store, read_store
from hbfp_hw.sweep.execute import PointOutcome

DONE = PointOutcome("done", 0, {"cycles": 7, "traffic": {"x": 1.5}, "list": [1]}, "", 0.25)
FAILED = PointOutcome("failed", -9, None, "ended by signal 9\n", 1.0)


def test_round_trip(spec, folder, monkeypatch):
    points, path = spec().points, folder / "store.sqlite"
    with open_store(path) as store:
        assert store.records() == {}
        first = store.add(points[0], FAILED)
        second = store.add(points[1], FAILED)
        assert read_store(path) == [first, second]  # while it is open
        again = store.add(points[0], DONE)
    assert [entry.name for entry in folder.glob("store*")] == ["store.sqlite"]
    assert read_store(path) == [second, again]
    assert again == PointRecord(
        key=points[0].key,
        version=first.version,
        command="gemm",
        parameters=points[0].parameters,
        state="done",
        status=0,
        result=DONE.result,
        log="",
        seconds=0.25,
        finished=again.finished,
    )
    assert again.figures == {"cycles": 7, "traffic.x": 1.5}

    monkeypatch.setattr("hbfp_hw.sweep.store.__version__", "99.0")
    with open_store(path) as store:
        assert store.records() == {}, "results of another version do not count"
        newer = store.add(points[0], DONE)
        assert store.records() == {newer.key: newer}
    assert read_store(path) == [second, again, newer]


def test_one_sweep_at_a_time(folder):
    path = folder / "store.sqlite"
    message = f"^Store must be free, but another sweep writes to '{path}'$"
    with open_store(path):
        with pytest.raises(StoreError, match=message), open_store(path):
            pass
        assert read_store(path) == []
    with open_store(path):
        pass


def test_files_that_are_no_stores(folder):
    with contextlib.closing(sqlite3.connect(folder / "other")) as connection, connection:
        connection.execute("CREATE TABLE points (key)")
    with contextlib.closing(sqlite3.connect(folder / "newer")) as connection, connection:
        connection.execute(f"PRAGMA application_id = {0x48424650}")
        connection.execute("PRAGMA user_version = 2")
    for name, message in {
        "X.npy": "Store must be a file that hbfp sweep made, not ",
        "other": "Store must be a file that hbfp sweep made, not ",
        "newer": "Store must have layout 1, not 2: ",
    }.items():
        before = (folder / name).read_bytes()
        message = rf"^{message}'{re.escape(str(folder / name))}'$"
        with pytest.raises(StoreError, match=message), open_store(folder / name):
            pass
        with pytest.raises(StoreError, match=message):
            read_store(folder / name)
        assert (folder / name).read_bytes() == before
    assert not list(folder.glob("*.lock"))
    with pytest.raises(sqlite3.OperationalError):
        read_store(folder / "none")
    assert not (folder / "none").exists()
