"""``hbfp cache``: sizes, lists and pruning."""

import json
import os

import pytest

from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.result_cache import cached_result
from tests.cli.conftest import assert_refused

PAGE = 4096
TIME = 1_700_000_000
USED = "2023-11-14T22:13:20+00:00"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Make a cache with a record of three pages and a build that this process uses."""
    monkeypatch.setenv("HBFP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HBFP_CACHE_LIMIT", "1M")
    _, _ = cached_result("area", (1,), lambda *_: {"text": "x" * 2 * PAGE})
    (record,) = (tmp_path / "cache" / "records").glob("*.json")
    os.utime(record, (TIME, TIME))
    build_once(
        "dot", "key", lambda folder, log: (folder / "file").write_bytes(bytes(PAGE)) and None
    )
    return record.stem


def test_summary(hbfp, kept, tmp_path):
    ended = hbfp("cache")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"{tmp_path}/cache: 16 KiB of at most 1 MiB",
        "kind       entries      size  in use",
        "builds           1     4 KiB       1",
        "records          1    12 KiB       0",
        "runs             0       0 B       0",
        "datasets         0       0 B       0",
    ]


def test_list(hbfp, kept):
    lines = hbfp("cache", "list").out.splitlines()
    assert lines[7] == "last use                       size  kind      name"
    assert lines[8] == f"{USED}    12 KiB  records   {kept}"
    assert lines[9].endswith("     4 KiB  builds    dot-key  (in use)")
    assert len(lines) == 10


def test_json(hbfp, kept, tmp_path):
    record = {"kind": "records", "name": kept, "bytes": 3 * PAGE, "used": USED}
    result = json.loads(hbfp("cache", "--json").out)
    assert (result["folder"], result["limit_bytes"]) == (f"{tmp_path}/cache", 1 << 20)
    assert (result["bytes"], result["removed"]) == (4 * PAGE, [])
    assert result["kinds"]["builds"] == {"entries": 1, "bytes": PAGE, "in_use": 1}
    assert result["entries"][0] == record | {"in_use": False}
    assert [entry["in_use"] for entry in result["entries"]] == [False, True]
    result = json.loads(hbfp("cache", "prune", "--limit", PAGE, "--json").out)
    assert result["removed"] == [record]
    assert (result["bytes"], result["limit_bytes"]) == (PAGE, PAGE)


def test_prune(hbfp, kept, tmp_path):
    ended = hbfp("cache", "prune")
    assert ended.out.splitlines()[-1] == "removed 0 entries, 0 B"
    ended = hbfp("cache", "prune", "--limit", "0")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == f"{tmp_path}/cache: 4 KiB of at most 0 B"
    assert ended.out.splitlines()[-2:] == [
        "removed 1 entries, 12 KiB",
        f"{USED}    12 KiB  records   {kept}",
    ]
    assert hbfp("cache", "prune", "--limit", "none").out.splitlines()[0].endswith("without limit")
    assert (tmp_path / "cache" / "builds" / "dot-key" / "file").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--limit", "1G"], "hbfp: Option --limit must go with prune\n"),
        (["list", "--limit", "1G"], "hbfp: Option --limit must go with prune\n"),
        (
            ["prune", "--limit", "much"],
            "Size must be a number of bytes, such as 500M or 2G, or none",
        ),
        (["prune", "--limit", "-1"], "Size must be a number of bytes, such as 500M or 2G, or none"),
        (["clear"], "argument ACTION: invalid choice: 'clear'"),
    ],
)
def test_refused(hbfp, kept, words, message):
    before = hbfp("cache", "list").out
    assert_refused(hbfp("cache", *words), message)
    assert hbfp("cache", "list").out == before


def test_limit_that_is_none(hbfp, kept, monkeypatch):
    monkeypatch.setenv("HBFP_CACHE_LIMIT", "plenty")
    assert_refused(
        hbfp("cache"), "HBFP_CACHE_LIMIT must be a size, such as 500M or 2G, or none, not 'pl"
    )
