"""Cache folders that cannot be written: the error line names ``HBFP_CACHE`` and the folder."""

import json
import multiprocessing
import os
import resource
import subprocess
import sys

import pytest

from hbfp_hw.helpers.cache import CacheError
from hbfp_hw.helpers.result_cache import cached_result
from tests.cli.conftest import FORMAT, assert_refused, snapshot
from tests.processes import HBFP

NOBODY = 65534

LIMIT = 5000
"""Largest file that the simulated full disk takes, in bytes."""

COMMANDS = {
    "gemm": ("gemm", "X.npy", "W.npy", *FORMAT, "--engine", "rtl", "--sim", "icarus"),
    "core": (
        *("gemm", "X.npy", "W.npy", *FORMAT, "--engine", "rtl", "--top", "core"),
        *("--rows", "2", "--cols", "2"),
    ),
    "test": ("test", "fp32", "--sim", "icarus", "-o", "out"),
    "cosim": ("cosim", "dot", *FORMAT, "--vectors", "100"),
    "area": ("area", "dot", *FORMAT),
    "fit": ("fit", "dot", *FORMAT, "--family", "ecp5"),
    "density": ("density", "--components", "measured"),
    "report": ("report", "-o", "page", "--quick"),
    "workload": ("workload", "gpt2-block", "--rows", "2", "--cols", "2", "--density"),
    "train": ("train", "--dataset", "digits", "--epochs", "1", "--model", "mlp"),
    "explore": ("explore", "distances", "--epochs", "1", "--model", "mlp"),
}
"""Commands that write to the cache."""


@pytest.mark.parametrize(
    "place",
    ["below a file", *(pytest.param(place, marks=pytest.mark.full) for place in ("file", "proc"))],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_unusable(folder, hbfp, monkeypatch, name, place):
    (folder / "file").write_text("precious")
    where = {"file": folder / "file", "below a file": folder / "file" / "x", "proc": "/proc/none"}
    monkeypatch.setenv("HBFP_CACHE", str(where[place]))
    before = snapshot(folder)
    ended = hbfp(*COMMANDS[name])
    assert_refused(ended, "hbfp: Cache folder must be one that can be written, not '")
    assert f"not '{where[place]}/" in ended.err
    assert ended.err.endswith("): set HBFP_CACHE to another\n")
    assert snapshot(folder) == before
    assert (folder / "file").read_text() == "precious"


@pytest.mark.parametrize("action", [[], ["list"], ["prune"], ["prune", "--limit", "0"]])
def test_missing(folder, hbfp, monkeypatch, action):
    """A cache that does not exist is listed as empty, and is not created."""
    for place in (folder / "none", "/proc/none"):
        monkeypatch.setenv("HBFP_CACHE", str(place))
        ended = hbfp("cache", *action, "--json")
        assert (ended.status, ended.err) == (0, "")
        assert json.loads(ended.out)["entries"] == []
    assert not (folder / "none").exists()


def _as_nobody(results):
    """Read a cached result, then ask for one that is not cached; drop root's rights first."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    results.put(cached_result("unit", (1,), _never)[0]["number"])
    try:
        cached_result("unit", (2,), _never)
    except CacheError as error:
        results.put(str(error))


def _never(*_):
    raise AssertionError("Nothing is made")


@pytest.fixture
def readable(tmp_path):
    """Folder that other users may read; its parents are made readable for the test."""
    changed = []
    for path in (tmp_path, *tmp_path.parents):
        mode = path.stat().st_mode
        if path.owner() == tmp_path.owner() and mode & 0o55 != 0o55:
            path.chmod(mode | 0o55)
            changed.append((path, mode))
    yield tmp_path
    for path, mode in changed:
        path.chmod(mode)


def test_read_only(readable, monkeypatch):
    """A read-only cache gives the results that it has, and refuses to make others."""
    cache = readable / "cache"
    monkeypatch.setenv("HBFP_CACHE", str(cache))
    cached_result("unit", (1,), lambda *_: {"number": 7})
    for path in (cache, cache / "records"):
        path.chmod(0o555)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_as_nobody, args=(results,))
    child.start()
    child.join(60)
    for path in (cache, cache / "records"):
        path.chmod(0o755)
    assert child.exitcode == 0
    assert results.get(timeout=10) == 7
    assert results.get(timeout=10) == (
        f"Cache folder must be one that can be written, not '{cache}/records' "
        "(Permission denied): set HBFP_CACHE to another"
    )


FULL = {
    "record": (
        "from hbfp_hw.helpers.result_cache import cached_result\n"
        "cached_result('unit', ('key',), lambda *_: {'text': 'x' * 9000})",
        "records/unit-",
    ),
    "build": (
        "from hbfp_hw.helpers.build_cache import build_once\n"
        "from hbfp_hw.helpers.files import write_text\n"
        "build_once('unit', 'key', lambda folder, log: write_text(folder / 'a.v', 'x' * 9000))",
        "builds/unit-key-partial-",
    ),
    "run": (
        "import numpy as np\n"
        "from hbfp_hw.helpers.run_folder import run_folder\n"
        "from hbfp_hw.helpers.files import naming\n"
        "with run_folder('unit') as folder, naming(folder):\n"
        "    np.zeros(9000).tofile(folder / 'data')",
        "runs/unit-",
    ),
    "data set": (
        "from hbfp_hw.training.datasets import load_dataset\nload_dataset('digits')",
        "datasets/digits-",
    ),
}
"""Code that writes to the cache, and the file that the error names."""


@pytest.mark.full(only=["data set"])
@pytest.mark.parametrize("name", FULL)
def test_full(tmp_path, name):
    """The error names the file, and no partial file stays."""
    code, file = FULL[name]
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HBFP_CACHE": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
    )
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("OSError: [Errno "), ended.stderr
    assert "File too large" in last or "requested and" in last
    assert f": '{tmp_path}/cache/{file}" in last
    assert not list(tmp_path.rglob("*.part"))
    left = {path.name.partition("-")[0] for path in (tmp_path / "cache" / "builds").glob("*")}
    assert left <= {"unit"}
    assert not list((tmp_path / "cache").rglob("*-partial-*"))


@pytest.mark.full
def test_full_of_a_command(folder, tmp_path):
    before = snapshot(folder)
    ended = subprocess.run(
        [HBFP, "area", "dot", *FORMAT],
        env=os.environ | {"HBFP_CACHE": str(tmp_path.parent / "cache")},
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "File too large: '/" in ended.stderr
    assert not list((tmp_path.parent / "cache").rglob("*.part"))
    assert snapshot(folder) == before
