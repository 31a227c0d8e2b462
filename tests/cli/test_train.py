"""``hbfp train``: results, files, resuming, divergence and progress."""

import json
import os
import pickle
import pty
import signal
import subprocess
import sys
import termios
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
import torch

from hbfp_hw.booster.recorded import read_recorded
from tests.cli.conftest import assert_refused, snapshot
from tests.cli.train_options import DIGITS, OWN, QUICK

HBFP = Path(sys.executable).with_name("hbfp")


def test_comparison(folder, hbfp):
    options = "--schedule fp32 booster --seeds 0 3 --block-size 16 --rounding stochastic --json"
    ended = hbfp(*DIGITS, *options.split(), "-o", "out/run")
    assert (ended.status, ended.err) == (0, "")
    result = json.loads(ended.out)
    assert result["settings"]["block_size"] == 16
    assert result["settings"]["rounding"] == "stochastic"
    rows = {row["schedule"]: row for row in result["results"]}
    assert list(rows) == ["fp32", "booster"]
    for row in rows.values():
        assert row["seeds"] == [0, 3]
        assert row["mean"] == pytest.approx(sum(row["accuracy"]) / 2)
        low, high = row["interval"]
        assert low <= row["mean"] <= high

    out = folder / "out" / "run"
    assert sorted(path.name for path in out.iterdir()) == [
        *("booster-seed0", "booster-seed3", "curves.svg", "fp32-seed0", "fp32-seed3"),
        "result.json",
    ]
    kept = json.loads((out / "result.json").read_text())
    assert kept == {key: value for key, value in result.items() if key != "seconds"}
    text = "".join(ElementTree.fromstring((out / "curves.svg").read_text()).itertext())
    assert all(word in text for word in ("fp32", "booster", "mlp on digits"))
    for schedule, row in rows.items():
        for seed, accuracy in zip(row["seeds"], row["accuracy"], strict=True):
            log = (out / f"{schedule}-seed{seed}" / "log.jsonl").read_text().splitlines()
            records = [json.loads(line) for line in log]
            assert [record["epoch"] for record in records] == [0, 1]
            assert records[-1]["accuracy"] == accuracy


def test_text(folder, hbfp):
    before = snapshot(folder)
    ended = hbfp(*DIGITS)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "accuracy in % after 2 epochs, mlp on digits, blocks of 64"
    assert lines[2].startswith("booster ")
    assert snapshot(folder) == before


@pytest.mark.full
def test_resume_gives_the_bits_of_an_unbroken_run(folder, hbfp):
    """After SIGKILL the runs continue from their first checkpoints."""
    options = [*DIGITS[:-1], "40", "--seeds", "0", "1", "--rounding", "stochastic", "-o"]
    child = subprocess.Popen([HBFP, *options, "broken"], cwd=folder)
    checkpoint = folder / "broken" / "booster-seed0" / "checkpoint.pt"
    limit = time.monotonic() + 120
    while not checkpoint.exists():
        assert child.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=60)
    epochs = torch.load(checkpoint, weights_only=True)["schedule"]["epoch"]
    assert 1 <= epochs < 40
    ended = hbfp(*options, "broken", "--resume", "--json")
    assert ended.status == 0, ended
    assert hbfp(*options, "whole").status == 0
    for seed in (0, 1):
        first, second = (
            torch.load(folder / name / f"booster-seed{seed}" / "checkpoint.pt", weights_only=True)
            for name in ("broken", "whole")
        )
        assert first["schedule"] == second["schedule"]
        assert first["model"].keys() == second["model"].keys()
        for key, value in first["model"].items():
            assert value.numpy().tobytes() == second["model"][key].numpy().tobytes()
    results = [(folder / name / "result.json").read_bytes() for name in ("broken", "whole")]
    assert results[0] == results[1]
    curves = [(folder / name / "curves.svg").read_bytes() for name in ("broken", "whole")]
    assert curves[0] == curves[1]


def test_divergence(folder, hbfp):
    ended = hbfp(*DIGITS[:-1], "30", "--learning-rate", "1000", "-o", "run")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("hbfp: NaN or infinity in the ")
    assert "of layer '" in ended.err
    epoch = int(ended.err.split(" in epoch ")[1].split()[0])
    assert ended.err.endswith(f"in epoch {epoch} (schedule booster, seed 0)\n")
    run = folder / "run" / "booster-seed0"
    if epoch:
        state = torch.load(run / "checkpoint.pt", weights_only=True)
        assert state["schedule"]["epoch"] == epoch
        assert all(tensor.isfinite().all() for tensor in state["model"].values())
    assert len((run / "log.jsonl").read_text().splitlines()) == epoch


def test_cifar10(folder, hbfp):
    rng = np.random.default_rng(0)
    (folder / "data").mkdir()
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        labels = [*range(10), *rng.integers(0, 10, 10).tolist()]
        content = {"data": rng.integers(0, 256, (20, 3072), np.uint8), "labels": labels}
        (folder / "data" / name).write_bytes(pickle.dumps(content))
    ended = hbfp(*QUICK, "--dataset", "cifar10", "--data", "data", "--epochs", "1", "--json")
    assert (ended.status, ended.err) == (0, "")
    assert json.loads(ended.out)["settings"]["dataset"] == "cifar10"


@pytest.mark.full
def test_progress_on_a_terminal(folder):
    """A bar appears on the terminal and not on standard output."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))  # a bar of no width is invisible
    child = subprocess.Popen(
        [HBFP, *DIGITS[:-1], "10", "--json"],  # the bar moves ten times a second at most
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    out, _ = child.communicate(timeout=120)
    os.set_blocking(ours, False)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    os.close(theirs)
    assert child.returncode == 0
    assert json.loads(out)["results"][0]["schedule"] == "booster"
    assert "/10 [" in shown
    assert "epoch" in shown


def test_schedule_from_a_file(folder, hbfp):
    (folder / "own.toml").write_text(OWN)
    ended = hbfp(*DIGITS, "--schedule", "fp32", "own.toml", "--json", "-o", "run")
    assert (ended.status, ended.err) == (0, "")
    assert [row["schedule"] for row in json.loads(ended.out)["results"]] == ["fp32", "own.toml"]
    log = (folder / "run" / "own.toml-seed0" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["mantissa_bits"] for line in log] == [[6, 4, 6], [8, 4, 6]]
    assert "own.toml" in (folder / "run" / "curves.svg").read_text()

    again = hbfp(*DIGITS, "--schedule", "fp32", "own.toml", "--json", "-o", "run", "--resume")
    results = (json.loads(text)["results"] for text in (ended.out, again.out))
    assert next(results) == next(results)
    (folder / "own.toml").write_text(OWN.replace("8", "7"))
    assert_refused(
        hbfp(*DIGITS, "--schedule", "own.toml", "-o", "run", "--resume"),
        "hbfp: Checkpoint must be of a run with the mantissa widths of own.toml, not with others: "
        "'run/own.toml-seed0/checkpoint.pt'\n",
    )


def test_more_epochs(folder, hbfp):
    """A change to a trained epoch is refused before any run continues."""
    three = [*DIGITS[:-1], "3", "--last-rate", "1"]
    two = [*DIGITS, "--last-rate", "1"]
    assert hbfp(*two, "--schedule", "fp32", "hbfp4", "-o", "run").status == 0
    ended = hbfp(*three, "--schedule", "fp32", "hbfp4", "-o", "run", "--resume", "--json")
    assert ended.status == 0
    longer, whole = (
        json.loads(text)["results"]
        for text in (ended.out, hbfp(*three, "--schedule", "fp32", "hbfp4", "--json").out)
    )
    assert longer == whole

    assert hbfp(*two, "--schedule", "fp32", "booster", "-o", "other").status == 0
    before = {path: path.read_bytes() for path in (folder / "other").rglob("*") if path.is_file()}
    assert_refused(
        hbfp(*three, "--schedule", "fp32", "booster", "-o", "other", "--resume"),
        "hbfp: Epochs must be 2 as in the checkpoint, not 3, with which epoch 1, already trained, "
        "would have had mantissa bits [6, 4, 6], not [6, 6, 6]: 'other/booster-seed0/",
    )
    after = {path: path.read_bytes() for path in (folder / "other").rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.full
def test_recorded_tensors(folder, hbfp):
    options = [*DIGITS, "--schedule", "fp32", "hbfp4", "-o", "run", "--record-tensors", "kept"]
    chosen = ["--record-layers", "hidden2,output", "--record-epochs", "0,1"]
    assert hbfp(*options, *chosen).status == 0
    assert sorted(path.name for path in (folder / "kept").iterdir()) == [
        "fp32-seed0",
        "hbfp4-seed0",
    ]
    for schedule in ("fp32", "hbfp4"):
        found = read_recorded(folder / "kept" / f"{schedule}-seed0")
        assert [(each.epoch, each.name) for each in found] == [
            (epoch, name) for epoch in (0, 1) for name in ("hidden2", "output")
        ]
        assert found[0].x.shape == (200, 16)
    assert_refused(
        hbfp(*DIGITS, "--record-tensors", "kept", "--schedule", "hbfp4"),
        "hbfp: Folder for tensors must be one without recorded tensors, or --resume must be given, "
        "not 'kept'\n",
    )
    # The run is over: its end can still be recorded, an earlier epoch cannot.
    assert_refused(
        hbfp(*options, "--resume", "--record-layers", "hidden1", "--record-epochs", "1"),
        "hbfp: Epochs to record must be 2 or more, as that many are trained, not 1\n",
    )
    assert hbfp(*options, "--resume", *chosen).status == 0
    assert hbfp(*options, "--resume").status == 0
    assert len(read_recorded(folder / "kept" / "hbfp4-seed0")) == 4 + 3
