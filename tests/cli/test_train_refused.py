"""``hbfp train`` refuses bad options, schedules and files before anything is trained."""

import pytest

from hbfp_hw.cli import training as command
from tests.cli.conftest import assert_refused, snapshot
from tests.cli.train_options import DIGITS, QUICK


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
        (
            ["--dataset", "digits", "--resume"],
            "hbfp: Output folder (--output) must be given to resume",
        ),
        (
            ["--dataset", "digits", "-o", "X.npy"],
            "hbfp: Output folder must be a folder that can be",
        ),
        (["--study", "--schedule", "fp32"], "hbfp: Schedules must not be given with --study"),
        (
            ["--study", "--record-tensors", "t"],
            "hbfp: Tensors must not be recorded (--record-tensors) with --study",
        ),
        (
            ["--dataset", "digits", "--record-tensors", "t", "--record-epochs", "1,"],
            "argument --record-epochs: must be numbers, such as 1,5, not '1,'",
        ),
        (
            ["--dataset", "digits", "--record-tensors", "t", "--record-layers", ","],
            "argument --record-layers: must be names of layers, not ','",
        ),
        (
            ["--dataset", "digits", "--record-tensors", "t", "--record-epochs", "21"],
            "hbfp: Epoch to record must be 0 to 20, not 21",
        ),
        (
            ["--dataset", "digits", "--record-tensors", "t", "--record-epochs", "1,1"],
            "hbfp: Epochs to record must be different ones, not [1, 1]",
        ),
        (
            ["--dataset", "digits", "--record-tensors", "t", "--record-layers", "conv"],
            "hbfp: Layer to record must be one of stage1.conv, stage2.conv, stage3.conv, output, "
            "not 'conv'",
        ),
        (
            ["--dataset", "digits", "--record-tensors", "X.npy"],
            "hbfp: Output folder must be a folder that can be",
        ),
        (["--study", "--seeds", "1"], "hbfp: Seeds must be at least 2 for --study, not 1"),
    ],
)
def test_refused(folder, hbfp, arguments, message):
    before = snapshot(folder)
    assert_refused(hbfp("train", *arguments), message)
    assert snapshot(folder) == before


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
    """Every check comes before the first run."""
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


@pytest.mark.parametrize("name", ["torch", "mnist1d"])
def test_missing_packages(folder, hbfp, monkeypatch, name):
    monkeypatch.setattr(command, "find_spec", lambda each: None if each == name else each)
    assert_refused(hbfp(*DIGITS), f"hbfp: {name} must be installed: pip install 'hbfp_hw[train]'")
