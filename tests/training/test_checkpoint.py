"""Checkpoints: written whole, and refused where they do not belong to the run."""

import json
import os
import re

import pytest
import torch

from hbfp_hw.format import Rounding
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.run_files import CHECKPOINT, LOG
from hbfp_hw.training.trainer import train
from tests.training.runs import load, make_settings, without_seconds


def test_failed_write_keeps_the_old_checkpoint(tmp_path, small, monkeypatch):
    settings = make_settings(epochs=2)
    train(settings, small, tmp_path)
    content = (tmp_path / CHECKPOINT).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        train(settings, small, tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == [CHECKPOINT, LOG]


@pytest.mark.parametrize("content", [b"", b"checkpoint", "half", "weights"])
def test_what_is_no_checkpoint_is_refused(tmp_path, small, content):
    settings = make_settings(epochs=1)
    train(settings, small, tmp_path)
    path = tmp_path / CHECKPOINT
    if content == "weights":
        torch.save(load(tmp_path)["model"], path)
    else:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a complete checkpoint of hbfp "):
        train(settings, small, tmp_path, resume=True)


@pytest.mark.parametrize(
    ("part", "content"),
    [
        *[(part, []) for part in ("settings", "model", "optimizer", "schedule", "history")],
        *[(part, 1) for part in ("settings", "model", "optimizer", "schedule", "history")],
        ("model", {"0.weight": torch.zeros(7)}),
        ("schedule", {"epoch": 1000, "calls": []}),
        ("history", [{"epoch": 0}]),
        ("history", [{"epoch": 0, "accuracy": "all"}]),
    ],
)
def test_checkpoint_with_a_wrong_part_is_refused(tmp_path, small, part, content):
    settings = make_settings(epochs=1)
    train(settings, small, tmp_path)
    torch.save(load(tmp_path) | {part: content}, tmp_path / CHECKPOINT)
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a complete checkpoint of hbfp "):
        train(settings, small, tmp_path, resume=True)


@pytest.mark.parametrize("momentum", [torch.zeros(7), [], 1.0])
def test_checkpoint_with_a_wrong_momentum_is_refused(tmp_path, small, momentum):
    settings = make_settings(epochs=1)
    train(settings, small, tmp_path)
    state = load(tmp_path)
    state["optimizer"]["state"][0]["momentum_buffer"] = momentum
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a complete checkpoint of hbfp "):
        train(make_settings(epochs=1), small, tmp_path, resume=True)


def test_checkpoint_that_is_a_pipe_is_not_waited_for(tmp_path, small):
    os.mkfifo(tmp_path / CHECKPOINT)
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a file, not "):
        train(make_settings(), small, tmp_path, resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"block_size": 16}, "block_size 16, not 64"),
        ({"seed": 4}, "seed 4, not 3"),
        ({"rounding": Rounding.TRUNCATE}, "rounding 'truncate', not 'nearest'"),
        ({"model": "mlp"}, "model 'mlp', not 'cnn'"),
    ],
)
def test_checkpoint_of_another_run_is_refused(tmp_path, small, changes, message):
    train(make_settings(), small, tmp_path)
    with pytest.raises(BadCheckpoint, match=f"^Checkpoint must be of a run with {message}: "):
        train(make_settings(**changes), small, tmp_path, resume=True)


CONSTANT = {"last_rate": 1.0, "schedule": "hbfp4+layers"}


@pytest.mark.parametrize(
    ("first", "changes"),
    [
        (3, CONSTANT),
        (3, CONSTANT | {"schedule": "fp32", "rounding": Rounding.STOCHASTIC}),
        (1, {"schedule": "hbfp6"}),  # the first epoch always has the same learning rate
        (1, {"booster_epochs": 0}),
        (4, CONSTANT | {"model": "mlp"}),  # all epochs are trained already
    ],
)
def test_more_epochs(tmp_path, small, first, changes):
    """Trained epochs are kept; the result has the bits of an uninterrupted run."""
    train(make_settings(epochs=first, **changes), small, tmp_path / "longer")
    settings = make_settings(epochs=4, **changes)
    trained = []
    longer = train(
        settings,
        small,
        tmp_path / "longer",
        resume=True,
        watch=lambda run: trained.append(run.epoch),
    )
    assert trained == list(range(first, 5))
    whole = train(settings, small, tmp_path / "whole")
    assert without_seconds(longer) == without_seconds(whole)
    states = [load(tmp_path / name) for name in ("longer", "whole")]
    assert states[0]["settings"] == states[1]["settings"]
    for name, tensor in states[0]["model"].items():
        assert tensor.numpy().tobytes() == states[1]["model"][name].numpy().tobytes()
    log = [json.loads(line) for line in (tmp_path / "longer" / LOG).read_text().splitlines()]
    assert [record["epoch"] for record in log] == [0, 1, 2, 3]


def test_fewer_epochs_than_were_planned(tmp_path, small):
    """An interrupted run may end earlier than planned, if its trained epochs stay the same."""
    train(make_settings(epochs=2, **CONSTANT), small, tmp_path)
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    state["settings"]["epochs"] = 100
    torch.save(state, tmp_path / CHECKPOINT)
    settings = make_settings(epochs=3, **CONSTANT)
    shorter = train(settings, small, tmp_path, resume=True)
    assert without_seconds(shorter) == without_seconds(train(settings, small))


TRAINED = (
    "Epochs must be 2 as in the checkpoint, not 4, with which epoch 1, already trained, would "
)


@pytest.mark.parametrize(
    ("first", "epochs", "changes", "message"),
    [
        (2, 4, {"last_rate": 1.0}, f"{TRAINED}have had mantissa bits [6, 4, 4, 6], not ["),
        (2, 4, {"schedule": "hbfp4"}, f"{TRAINED}have had learning rate 0.04"),
        (3, 2, CONSTANT, "Epochs must be at least the 3 that are trained, not 2: "),
        (2, 3, CONSTANT | {"seed": 4}, "Checkpoint must be of a run with seed 4, not 3: "),
    ],
)
def test_epochs_that_change_what_was_trained(tmp_path, small, first, epochs, changes, message):
    train(make_settings(epochs=first, **(changes | {"seed": 3})), small, tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(BadCheckpoint, match=f"^{re.escape(message)}") as refused:
        train(make_settings(epochs=epochs, **changes), small, tmp_path, resume=True)
    assert str(refused.value).endswith(f"'{tmp_path / CHECKPOINT}'")
    assert "\n" not in str(refused.value)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
