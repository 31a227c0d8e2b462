"""The result cache: records are made once, whole, and again if they are damaged."""

import json
import multiprocessing
import re
from pathlib import Path

import pytest

from hbfp_hw.helpers.result_cache import cached_result


class Maker:
    """Make a record and count the calls."""

    def __init__(self):
        self.calls = []

    def __call__(self, folder, log):
        log.write_text("done\n")
        (folder / "file").write_text("")
        self.calls.append(folder)
        return {"number": 7}


@pytest.fixture
def maker(empty_cache):
    return Maker()


def remembered(maker, **options):
    return cached_result("unit", ("key", 1), maker, **options)


def test_made_once(empty_cache, maker):
    record, earlier = remembered(maker)
    assert not earlier
    assert record["number"] == 7
    assert Path(record["log"]).read_text() == "done\n"
    assert remembered(maker) == (record, True)
    assert len(maker.calls) == 1
    assert not maker.calls[0].exists()


def test_another_key_is_another_record(maker):
    remembered(maker)
    assert cached_result("unit", ("key", 2), maker)[1] is False
    assert len(maker.calls) == 2


def test_made_anew_on_demand(maker):
    remembered(maker)
    assert remembered(maker, cached=False)[1] is False
    assert len(maker.calls) == 2
    assert remembered(maker)[1] is True


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-9],
        lambda text: "[1, 2]",
        lambda text: "null",
        lambda text: text.replace("7", "8", 1),
        lambda text: json.dumps({"record": {"number": 7}}),
        lambda text: json.dumps({"record": None, "check": "0"}),
    ],
)
def test_damaged_records_are_made_again(empty_cache, maker, damage):
    record, _ = remembered(maker)
    (path,) = empty_cache.glob("*.json")
    path.write_text(damage(path.read_text()))
    assert remembered(maker) == (record, False)
    assert remembered(maker) == (record, True)
    assert len(maker.calls) == 2


def test_a_failure_is_not_kept_but_its_log_is(empty_cache, maker):
    folders = []

    def fail(folder, log):
        folders.append(folder)
        log.write_text("because\n")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match=r"^no$"):
        remembered(fail)
    assert not list(empty_cache.glob("*.json"))
    assert [path.read_text() for path in empty_cache.glob("*.log")] == ["because\n"]
    assert not folders[0].exists()
    assert remembered(maker)[1] is False


def _in_a_process(start, results):
    def make(folder, log):
        results.put("made")
        return {"number": 7}

    start.wait()
    record, _ = cached_result("unit", ("shared",), make)
    results.put(record["number"])


def test_processes_at_once_make_it_once(empty_cache):
    """One process makes the record, and each of them gets it."""
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_in_a_process, args=(start, results)) for _ in range(4)]
    for process in processes:
        process.start()
    said = [results.get(timeout=60) for _ in range(5)]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert results.empty()
    assert sorted(map(str, said)) == ["7", "7", "7", "7", "made"]


@pytest.mark.parametrize("name", ["plain", "with a space", "it's"])
def test_the_work_folder_has_a_plain_name(empty_cache, maker, tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / name))
    remembered(maker)
    (folder,) = maker.calls
    assert re.fullmatch(r"[\w/.-]+", str(folder))
    assert (folder.parent == tmp_path / name) == (name == "plain")
