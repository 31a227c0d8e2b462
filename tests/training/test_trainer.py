"""Runs: reproducible, continued with the same bits, and ended by what is not finite."""

import json
import os
import random
import re

import numpy as np
import pytest
import torch

from hbfp_hw.format import Rounding
from hbfp_hw.torch import NotFiniteError
from hbfp_hw.training.datasets import Dataset, load_dataset
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.run_files import CHECKPOINT, LOG
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.trainer import TrainingRun, train


@pytest.fixture(scope="module")
def small():
    """A few of the digits."""
    whole = load_dataset("digits")
    x, y = whole.train_x[:60], whole.train_y[:60]
    return Dataset("digits", x, y, whole.test_x[:20], whole.test_y[:20])


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other cost more than they give for networks as small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_settings(**changes):
    return Settings(
        **{"dataset": "digits", "epochs": 4, "width": 4, "batch_size": 30, "seed": 3} | changes
    )


def bits(state):
    """Every tensor of a state, as bytes by its place."""
    if isinstance(state, torch.Tensor):
        return {"": state.detach().numpy().tobytes()}
    items = state.items() if isinstance(state, dict) else enumerate(state)
    return {
        f"{key}.{place}": content
        for key, value in items
        if isinstance(value, dict | list | tuple | torch.Tensor)
        for place, content in bits(value).items()
    }


def load(folder):
    return torch.load(folder / CHECKPOINT, weights_only=True)


def without_seconds(records):
    return [{k: v for k, v in record.items() if k != "seconds"} for record in records]


STOCHASTIC = {"rounding": Rounding.STOCHASTIC}
CASES = [
    (1, {"schedule": "fp32"}),
    (3, {"schedule": "booster"}),
    (1, {"schedule": "booster"} | STOCHASTIC),
    (3, {"schedule": "booster"} | STOCHASTIC),
    (1, {"schedule": "hbfp4", "model": "transformer", "width": 1, "epochs": 2} | STOCHASTIC),
    (2, {"schedule": "hbfp4+layers", "model": "mlp", "momentum": 0.0}),
]
"""After which epoch a run is stopped, and which run."""


@pytest.mark.parametrize(("stopped", "changes"), CASES, ids=str)
def test_continued_run_gives_the_bits_of_an_unbroken_one(tmp_path, small, stopped, changes):
    settings = make_settings(**changes)
    whole = train(settings, small, tmp_path / "whole")

    class Stopped(Exception):
        pass

    epochs = 0

    def stop():
        nonlocal epochs
        epochs += 1
        if epochs == stopped:
            raise Stopped

    with pytest.raises(Stopped):
        train(settings, small, tmp_path / "broken", progress=stop)
    assert load(tmp_path / "broken")["schedule"]["epoch"] == stopped
    # Nothing depends on the state of the global generators.
    torch.manual_seed(99)
    random.seed(99)
    steps = []
    continued = train(
        settings, small, tmp_path / "broken", resume=True, progress=lambda: steps.append(1)
    )
    assert len(steps) == settings.epochs

    first, second = load(tmp_path / "whole"), load(tmp_path / "broken")
    assert bits(first["model"]) == bits(second["model"])
    assert bits(first["optimizer"]) == bits(second["optimizer"])
    assert len(bits(first["model"])) > 5
    assert first["schedule"] == second["schedule"]
    assert without_seconds(whole) == without_seconds(continued)
    logs = [(tmp_path / name / LOG).read_text().splitlines() for name in ("whole", "broken")]
    assert [without_seconds(map(json.loads, log)) for log in logs] == [without_seconds(whole)] * 2


def test_finished_run_is_not_trained_again(tmp_path, small):
    settings = make_settings(epochs=2)
    first = train(settings, small, tmp_path)
    content = (tmp_path / CHECKPOINT).read_bytes()
    assert train(settings, small, tmp_path, resume=True) == first
    assert (tmp_path / CHECKPOINT).read_bytes() == content


def test_seeds_decide(small):
    def weights(**changes):
        run = TrainingRun(make_settings(epochs=1, rounding=Rounding.STOCHASTIC, **changes), small)
        run.train_epoch()
        return bits(run.model.state_dict())

    assert weights(seed=1) == weights(seed=1)
    assert weights(seed=1) != weights(seed=2)


def test_same_seed_starts_all_schedules_alike(small):
    states = [
        bits(TrainingRun(make_settings(schedule=schedule), small).model.state_dict())
        for schedule in ("fp32", "hbfp4", "booster")
    ]
    assert states[0] == states[1] == states[2]


def test_global_generators_stay(small):
    torch.manual_seed(4)
    before = torch.get_rng_state().tolist(), random.getstate()
    TrainingRun(make_settings(epochs=1), small).train_epoch()
    assert (torch.get_rng_state().tolist(), random.getstate()) == before


def test_records(small):
    settings = make_settings(epochs=5, booster_epochs=2, learning_rate=0.1, last_rate=0.5)
    records = train(settings, small)
    assert [record["epoch"] for record in records] == list(range(5))
    assert [record["mantissa_bits"] for record in records] == [[6, 4, 4, 6]] * 3 + [[6] * 4] * 2
    # Half a cosine from 0.1 to 0.05; the cosine is 1, √½, 0, -√½, -1.
    rates = [0.1, 0.0926776695, 0.075, 0.0573223305, 0.05]
    assert [record["learning_rate"] for record in records] == pytest.approx(rates)
    assert all(round(record["accuracy"] * 20) / 20 == record["accuracy"] for record in records)
    assert records[-1]["loss"] < records[0]["loss"]


def test_accuracy_is_that_of_the_model(small):
    run = TrainingRun(make_settings(), small)
    record = run.train_epoch()
    run.model.eval()
    # The schedule is one epoch on, with the same formats.
    scores = np.concatenate([run.model(torch.from_numpy(small.test_x)).detach().numpy()])
    assert record["accuracy"] == (scores.argmax(axis=1) == small.test_y).mean()


def test_threads_are_given_back(small):
    seen = []

    def look():
        seen.append(torch.get_num_threads())
        raise KeyboardInterrupt

    torch.set_num_threads(2)
    with pytest.raises(KeyboardInterrupt):
        train(make_settings(epochs=1), small, progress=look)
    assert (seen, torch.get_num_threads()) == ([1], 2)


@pytest.mark.parametrize("schedule", ["fp32", "hbfp4"])
def test_divergence_names_layer_and_epoch(tmp_path, small, schedule):
    settings = make_settings(schedule=schedule)

    run = TrainingRun(settings, small)
    run.train_epoch()
    run.train_epoch()
    with torch.no_grad():
        run.model[2][0].weight[0, 0] = torch.inf
    with pytest.raises(NotFiniteError, match=r"layer 'stage2\.conv' in epoch 2$") as raised:
        run.train_epoch()
    assert (raised.value.layer, raised.value.epoch) == ("stage2.conv", 2)
    assert len(run.history) == 2


def test_last_good_checkpoint_stays(tmp_path, small, monkeypatch):
    settings = make_settings()
    train_epoch = TrainingRun.train_epoch

    def poisoned(run):
        if run.epoch == 2:
            with torch.no_grad():
                run.model[4][0].weight.fill_(torch.nan)
        return train_epoch(run)

    monkeypatch.setattr(TrainingRun, "train_epoch", poisoned)
    with pytest.raises(NotFiniteError, match="in epoch 2"):
        train(settings, small, tmp_path)
    state = load(tmp_path)
    assert state["schedule"]["epoch"] == 2
    assert all(tensor.isfinite().all() for tensor in state["model"].values())
    assert len((tmp_path / LOG).read_text().splitlines()) == 2

    monkeypatch.undo()
    continued = train(settings, small, tmp_path, resume=True)
    assert without_seconds(continued) == without_seconds(train(settings, small))


def test_real_divergence(small):
    """A learning rate far too large ends in a finite model or is named, never in NaN unseen."""
    with pytest.raises(NotFiniteError, match=r"^NaN or infinity in the .* in epoch \d$"):
        train(make_settings(model="mlp", learning_rate=1000.0, epochs=10), small)


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
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a whole one of hbfp train, not "):
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
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a whole one of hbfp train, not "):
        train(settings, small, tmp_path, resume=True)


@pytest.mark.parametrize("momentum", [torch.zeros(7), [], 1.0])
def test_checkpoint_with_a_wrong_momentum_is_refused(tmp_path, small, momentum):
    settings = make_settings(epochs=1)
    train(settings, small, tmp_path)
    state = load(tmp_path)
    state["optimizer"]["state"][0]["momentum_buffer"] = momentum
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(BadCheckpoint, match=r"^Checkpoint must be a whole one of hbfp train, not "):
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
        (1, {"schedule": "hbfp6"}),  # the rate of the first epoch is the same in any case
        (1, {"booster_epochs": 0}),
        (4, CONSTANT | {"model": "mlp"}),  # no more epochs: nothing is left to do
    ],
)
def test_more_epochs(tmp_path, small, first, changes):
    """Epochs that would have been the same are kept, and the rest gives the bits of a whole run."""
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
    """A run that was broken off may end earlier, as far as its epochs stay the same."""
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
