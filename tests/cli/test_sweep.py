"""``hbfp sweep``: tables, stores, resuming, and refused input."""

import csv
import json
import os
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from hbfp_hw.sweep import StoreError, read_store
from tests.cli.conftest import assert_refused, snapshot
from tests.processes import HBFP, processes, wait_for_end
from tests.sweep.conftest import PRODUCTS, comparable, freeze_point

SWEEP = """
[[gemm]]
x = "X.npy"
w = "W.npy"
engine = "cycle"
show = ["macs", "cycles"]
[gemm.sweep]
mantissa-bits = [4, "4x6"]
block-size = [2, 2000]

[[gemm]]
x = "X.npy"
w = "W.npy"
mantissa-bits = 3
block-size = 1
check = true
show = ["mismatches", "macs"]
"""
CYCLES = 5 * 3 * 4 + 4
"""Cycles of the dot engine: one for each block of each dot product, and four."""


def write(folder, text=SWEEP):
    (folder / "small.toml").write_text(text)
    return folder / "small.toml"


@pytest.mark.full
def test_text_csv_and_plot(folder, hbfp):
    write(folder)
    ended = hbfp("sweep", "small.toml", "--csv", "small.csv", "--workers", 2)
    assert (ended.status, ended.err) == (1, "")
    failed = "failed: Block size must be 1 to 1024, not 2000"
    assert ended.out.splitlines() == [
        "gemm x=X.npy w=W.npy engine=cycle",
        "mantissa-bits  block-size  macs  cycles  state",
        f"            4           2   105      {CYCLES}  done",
        f"            4        2000     -       -  {failed}",
        f"          4x6           2   105      {CYCLES}  done",
        f"          4x6        2000     -       -  {failed}",
        "",
        "gemm x=X.npy w=W.npy mantissa-bits=3 block-size=1 check=yes",
        "mismatches  macs  state",
        "         0   105  done",
        "",
        "3 done, 2 failed; all results are in small.sqlite",
    ]
    rows = list(csv.DictReader((folder / "small.csv").read_text().splitlines()))
    assert list(rows[0])[:7] == [
        "command",
        "x",
        "w",
        "engine",
        "mantissa-bits",
        "block-size",
        "check",
    ]
    shown = ("state", "status", "mantissa-bits", "block-size", "cycles", "mismatches")
    assert [[row[name] for name in shown] for row in rows] == [
        ["done", "0", "4", "2", str(CYCLES), ""],
        ["failed", "2", "4", "2000", "", ""],
        ["done", "0", "4x6", "2", str(CYCLES), ""],
        ["failed", "2", "4x6", "2000", "", ""],
        ["done", "0", "3", "1", "", "0"],
    ]

    # The first table is in the store now, and is drawn.
    write(folder, SWEEP.partition("\n\n")[0])
    ended = hbfp("sweep", "small.toml", "--plot", "small.svg", "--json")
    result = json.loads(ended.out)
    assert (ended.status, ended.err, result["failed"], result["done"]) == (1, "", 2, 2)
    assert [point["figures"].get("cycles") for point in result["points"]] == [CYCLES, None] * 2
    assert result["points"][1]["log"] == "hbfp: Block size must be 1 to 1024, not 2000\n"
    text = set(ElementTree.fromstring((folder / "small.svg").read_text()).itertext())
    assert {"macs", "block size", "mantissa bits 4", "mantissa bits 4x6", "2000"} <= text


@pytest.mark.full
def test_a_figure_that_no_result_has(folder, hbfp):
    """The error names the known figures. Results are kept, so a corrected file costs nothing."""
    product = SWEEP.rpartition("check")[0]
    write(folder, product + 'show = ["macs", "mismatches"]\n')
    ended = hbfp("sweep", "small.toml")
    message = "hbfp: 'show' of [gemm] must be of engine, shape.M, shape.K, shape.P, block_size, "
    assert_refused(ended, message)
    assert ended.err.endswith(
        "which these results have, not 'mismatches' (small.toml); all results are in small.sqlite\n"
    )
    finished = [record.finished for record in read_store("small.sqlite")]
    assert len(finished) == 5
    # A figure that is always null stays a column.
    write(folder, product + 'show = ["cycles", "macs"]\n')
    ended = hbfp("sweep", "small.toml")
    assert ended.out.splitlines()[-4:-2] == ["cycles  macs  state", "     -   105  done"]
    assert [record.finished for record in read_store("small.sqlite")] == finished


def start(folder, *arguments):
    # A background job may ignore the signal, and its children inherit that.
    inherited = signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        [HBFP, "sweep", *arguments],
        cwd=folder,
        env=os.environ | {"HBFP_CACHE": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, inherited)
    return process


@pytest.mark.full
def test_killed_sweep_goes_on(folder, hbfp):
    """After SIGKILL during the second point or a later one, finished points are not run again."""
    write(folder, PRODUCTS)
    killed = start(folder, "small.toml", "-o", "store", "--workers", "1")
    while not (folder / "store").exists() or not _records(folder):
        assert killed.poll() is None
    point, _ = freeze_point(lambda: [killed.pid])
    kept = _records(folder)
    assert 1 <= len(kept) < 4
    refused = hbfp("sweep", "small.toml", "-o", "store")
    assert_refused(refused, "hbfp: Store must be free, but another sweep writes to 'store'")
    killed.kill()
    killed.communicate()
    wait_for_end({point})

    assert hbfp("sweep", "small.toml", "-o", "store").status == 1
    assert hbfp("sweep", "small.toml", "-o", "whole").status == 1
    records = _records(folder)
    assert records[: len(kept)] == kept
    assert len(records) == 4
    whole = {record.key: record for record in read_store("whole")}
    assert comparable(records) == comparable(whole[record.key] for record in records)
    assert snapshot(folder) == sorted(
        str(folder / name) for name in ("C.npy", "W.npy", "X.npy", "small.toml", "store", "whole")
    )


def _children(parents):
    return {pid for pid, (parent, _) in processes().items() if parent in parents}


def _records(folder):
    """Return the records of a store that may not have its table yet."""
    try:
        return read_store(folder / "store")
    except StoreError:
        return []


@pytest.mark.full
def test_interrupt_ends_all_processes(folder):
    """The interrupt comes during a synthesis, which is a grandchild."""
    write(folder, '[area]\nunit = "convert"\nmantissa-bits = 4\nblock-size = 64\n')
    process = start(folder, "small.toml")
    try:
        while not (family := _children(children := _children({process.pid}))):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (130, "", "hbfp: interrupted\n")
    wait_for_end(children | family)
    assert read_store(folder / "small.sqlite") == []
    assert not (folder / "small.sqlite.lock").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.toml"], "hbfp: Sweep must be a file that can be read: none.toml: No such file or"),
        (["X.npy"], "hbfp: Sweep must be a TOML file: 'utf-8' codec can't decode byte 0x93"),
        (["bad.toml"], "hbfp: [gemm] must have 'x' (bad.toml)\n"),
        (["good.toml", "-o", "none/store"], "hbfp: Output must be in a folder that exists, not 'n"),
        (["good.toml", "-o", "X.npy"], "hbfp: Store must be a file that hbfp sweep made, not 'X.n"),
        (["good.toml", "--csv", "none/a.csv"], "hbfp: Output must be in a folder that exists, no"),
        (["good.toml", "--plot", "a.pdf"], "hbfp: Plot must be a .svg or .png file, not 'a.pdf'"),
        (["good.toml", "--plot", "a.svg"], "hbfp: Sweep must have one table to be drawn"),
        (["flat.toml", "--plot", "a.svg"], "hbfp: Sweep must have a list of values and a figure"),
        (["good.toml", "--workers", "0"], "hbfp: Workers must be at least 1, not 0"),
        (
            ["good.toml", "--workers", "2", "--cluster", "tcp://127.0.0.1:1"],
            "hbfp: Workers must not be given with --cluster, which has its own",
        ),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    (folder / "good.toml").write_text(SWEEP)
    (folder / "bad.toml").write_text("[gemm]")
    (folder / "flat.toml").write_text('[area]\nunit = "dot"')
    before = snapshot(folder)
    assert_refused(hbfp("sweep", *arguments), message)
    assert snapshot(folder) == before


def test_cluster_needs_distributed(folder, hbfp, monkeypatch):
    write(folder)
    monkeypatch.setattr("hbfp_hw.cli.commands.sweep.find_spec", lambda name: None)
    message = "hbfp: distributed must be installed: pip install 'hbfp_hw[dask]'\n"
    assert_refused(hbfp("sweep", "small.toml", "--cluster", "tcp://127.0.0.1:1"), message)


def test_no_cluster(folder, hbfp, monkeypatch):
    write(folder)
    monkeypatch.setattr("hbfp_hw.sweep.cluster.PATIENCE", 0.3)
    ended = hbfp("sweep", "small.toml", "--cluster", "tcp://127.0.0.1:1")
    message = "hbfp: No Dask scheduler answers at 'tcp://127.0.0.1:1'\n"
    assert (ended.status, ended.out, ended.err) == (1, "", message)
