"""Training runs: reproducible, resumed with the same bits, and ended by NaN and infinity."""

import json
import random

import numpy as np
import pytest
import torch

from hbfp_hw.format import Rounding
from hbfp_hw.torch import NotFiniteError
from hbfp_hw.training.run_files import CHECKPOINT, LOG
from hbfp_hw.training.trainer import TrainingRun, train
from tests.training.runs import bits, load, make_settings, without_seconds

STOCHASTIC = {"rounding": Rounding.STOCHASTIC}
CASES = [
    (1, {"schedule": "fp32"}),
    (3, {"schedule": "booster"}),
    (1, {"schedule": "booster"} | STOCHASTIC),
    (3, {"schedule": "booster"} | STOCHASTIC),
    (1, {"schedule": "hbfp4", "model": "transformer", "width": 1, "epochs": 2} | STOCHASTIC),
    (2, {"schedule": "hbfp4+layers", "model": "mlp", "momentum": 0.0}),
]
"""Number of epochs after which a run is stopped, and settings of the run."""


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
    # The state of the global generators must not matter.
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
    # The schedule has gone to the next epoch, which has the same formats.
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
    """A far too large learning rate ends with an error that names the layer."""
    with pytest.raises(NotFiniteError, match=r"^NaN or infinity in the .* in epoch \d$"):
        train(make_settings(model="mlp", learning_rate=1000.0, epochs=10), small)
