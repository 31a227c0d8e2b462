"""``hbfp train``."""

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

from hbfp_hw.cli import training as command
from tests.cli.conftest import assert_refused, snapshot

HBFP = Path(sys.executable).with_name("hbfp")
QUICK = ["train", "--model", "mlp", "--width", "2", "--batch-size", "200", "--workers", "1"]
DIGITS = [*QUICK, "--dataset", "digits", "--epochs", "2"]


def test_comparison(folder, hbfp):
    ended = hbfp(
        *(*DIGITS, "--schedule", "fp32", "booster", "--seeds", "0", "3"),
        *("--block-size", "16", "--rounding", "stochastic", "--json", "-o", "out/run"),
    )
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
    """A process is killed after its first checkpoints, and its runs are continued."""
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
    """A bar on a terminal, and nothing of it on standard output."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))  # a bar of no width would not be seen
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "hbfp: Either a data set (--dataset) or --study must be given"),
        (["--dataset", "digits", "--study"], "hbfp: Either a data set (--dataset) or --study must"),
        (["--dataset", "mnist"], "argument --dataset: invalid choice: 'mnist'"),
        (["--dataset", "cifar10"], "hbfp: Data folder (--data) must be given for cifar10, and for"),
        (
            ["--dataset", "digits", "--data", "."],
            "hbfp: Data folder (--data) must be given for cif",
        ),
        (
            ["--dataset", "cifar10", "--data", "none"],
            "hbfp: Data folder must have the file data_batch_1 of CIFAR-10, not 'none'",
        ),
        (
            ["--dataset", "digits", "--schedule", "hbfp5"],
            "argument --schedule: must be one of fp32, hbfp8, hbfp6, hbfp4, hbfp4+layers, booster, "
            "or a .toml file, not 'hbfp5' (see hbfp train --help)",
        ),
        (
            ["--dataset", "digits", "--schedule", "none.toml"],
            "hbfp: Schedule must be a file that can be read: none.toml: No such file or directory",
        ),
        (
            ["--dataset", "digits", "--schedule", "fp32", "fp32"],
            "hbfp: Schedules must be different ones, not ['fp32', 'fp32']",
        ),
        (
            ["--dataset", "digits", "--seeds", "1", "1"],
            "hbfp: Seeds must be different ones, not [1, 1]",
        ),
        (["--dataset", "digits", "--seeds", "-1"], "hbfp: Seed must be 0 to 4294967295, not -1"),
        (["--dataset", "digits", "--epochs", "0"], "hbfp: Epochs must be 1 to 65536, not 0"),
        (
            ["--dataset", "digits", "--epochs", "2", "--booster-epochs", "3"],
            "hbfp: Boosted epochs must be 0 to 2, not 3",
        ),
        (["--dataset", "digits", "--block-size", "0"], "hbfp: Block size must be 1 to 1024, not 0"),
        (
            ["--dataset", "digits", "--learning-rate", "nan"],
            "hbfp: Learning rate must be 0 to 1000",
        ),
        (["--dataset", "digits", "--workers", "0"], "hbfp: Workers must be at least 1, not 0"),
        (["--dataset", "digits", "--resume"], "hbfp: Output folder (--output) must be given to go"),
        (
            ["--dataset", "digits", "-o", "X.npy"],
            "hbfp: Output folder must be a folder that can be",
        ),
        (["--study", "--schedule", "fp32"], "hbfp: Schedules must not be given with --study"),
        (["--study", "--seeds", "1"], "hbfp: Seeds must be at least 2 for --study, not 1"),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("train", *arguments), message)
    assert snapshot(folder) == before


OWN = "mantissa_bits = [[6, 8], [4, 4], [6, 6]]"


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "hbfp: Schedule must be a TOML file: Expected '=' after a key"),
        (
            "x = 1",
            "hbfp: Schedule must have 'mantissa_bits' and nothing else, not ['x'] (own.toml)\n",
        ),
        ("mantissa_bits = [[1]]", "hbfp: Mantissa width must be 2 to 16, not 1 (own.toml)\n"),
        (
            "mantissa_bits = [[4.0]]",
            "hbfp: Mantissa widths must be integers, not float64 values (own.toml)\n",
        ),
        ("mantissa_bits = [[4]]", "hbfp: Epochs of own.toml must be 2, not 1\n"),
        ("mantissa_bits = [[4, 6]]", "hbfp: Layers of own.toml must be 3 for mlp, not 1\n"),
    ],
)
def test_bad_schedules_from_files(folder, hbfp, text, message):
    """All is checked before the first run begins."""
    (folder / "own.toml").write_text(text)
    before = snapshot(folder)
    assert_refused(hbfp(*DIGITS, "--schedule", "fp32", "own.toml", "-o", "run"), message)
    assert snapshot(folder) == before


def test_batches_that_run_things_are_refused(folder, hbfp):
    (folder / "data").mkdir()
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        (folder / "data" / name).write_bytes(b"cos\nsystem\n(S'touch mark'\ntR.")
    assert_refused(
        hbfp(*QUICK, "--dataset", "cifar10", "--data", "data"),
        "hbfp: Batch must be a python batch of CIFAR-10, not 'data/data_batch_1': "
        "os.system is not allowed",
    )
    assert not (folder / "mark").exists()


def test_checkpoints_are_not_overwritten(folder, hbfp):
    assert hbfp(*DIGITS, "-o", "run").status == 0
    before = {path: path.read_bytes() for path in (folder / "run").rglob("*") if path.is_file()}
    assert_refused(
        hbfp(*DIGITS, "-o", "run"),
        "hbfp: Output must be a folder without checkpoints, or --resume must be given, not 'run'",
    )
    assert_refused(
        hbfp(*DIGITS, "-o", "run", "--resume", "--momentum", "0.5"),
        "hbfp: Checkpoint must be of a run with momentum 0.5, not 0.9: ",
    )
    assert {path: path.read_bytes() for path in before} == before


def test_more_epochs(folder, hbfp):
    """What would change a trained epoch is refused before any run goes on."""
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


@pytest.mark.parametrize("name", ["torch", "mnist1d"])
def test_missing_packages(folder, hbfp, monkeypatch, name):
    monkeypatch.setattr(command, "find_spec", lambda each: None if each == name else each)
    assert_refused(hbfp(*DIGITS), f"hbfp: {name} must be installed: pip install 'hbfp_hw[train]'")
