"""Tensors that a training run records: those of its products, without an effect on the run."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from hbfp_hw import HBFPFormat, gemm
from hbfp_hw.booster import Pass
from hbfp_hw.booster.recorded import read_recorded, training_products
from hbfp_hw.format import Rounding
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.recording import recording
from hbfp_hw.training.trainer import TrainingRun, train
from tests.training.runs import bits, load, make_settings, without_seconds

LAYERS = ["stage1.conv", "stage2.conv", "stage3.conv", "output"]


def record(settings, small, folder, epochs, layers=None):
    """Train with a recording, and return the recorded layers."""
    chosen = recording(folder / "tensors", settings, epochs, layers)
    train(settings, small, watch=chosen.record)
    return read_recorded(chosen.folder)


def test_tensors_are_those_of_the_step(tmp_path, small):
    """X, W and dY of the last layer and their products, beside PyTorch's own step."""
    settings = make_settings(epochs=2, schedule="hbfp4")
    found = record(settings, small, tmp_path, [0, 2])
    assert [(each.epoch, each.name) for each in found] == [
        (epoch, name) for epoch in (0, 2) for name in LAYERS
    ]
    assert [each.layer for each in found] == 2 * [0, 1, 2, 3]
    assert [each.input_gradient for each in found] == 2 * [False, True, True, True]

    run = TrainingRun(settings, small)
    for epoch in (0, 2):
        while run.epoch < epoch:
            run.train_epoch()
        recorded = next(each for each in found if (each.epoch, each.name) == (epoch, "output"))
        x, y = (torch.from_numpy(part[:30]) for part in (small.train_x, small.train_y))
        run.model.train()
        *before, layer = run.model.children()
        run.model.zero_grad()
        inputs = nn.Sequential(*before)(x)
        scores = layer(inputs)
        inputs.retain_grad()
        scores.retain_grad()
        functional.cross_entropy(scores, y).backward()
        assert np.array_equal(recorded.x, inputs.detach().numpy())
        assert np.array_equal(recorded.w, layer.weight.detach().numpy().T)
        assert np.array_equal(recorded.gradient, scores.grad.numpy())

        products = training_products(recorded)
        y_product, dx, dw = (
            gemm(*products[which], fmt_x=HBFPFormat(4, settings.block_size)) for which in Pass
        )
        assert np.array_equal(y_product + layer.bias.detach().numpy(), scores.detach().numpy())
        assert np.array_equal(dx, inputs.grad.numpy())
        assert np.array_equal(dw, layer.weight.grad.numpy().T)


def test_products_of_a_convolution(tmp_path, small):
    """The gradient of the weights is the third product; the first layer has no second one."""
    settings = make_settings(epochs=1, schedule="hbfp6")
    found = record(settings, small, tmp_path, [0], ["stage1.conv", "stage2.conv"])
    assert [each.name for each in found] == ["stage1.conv", "stage2.conv"]
    run = TrainingRun(settings, small)
    x, y = (torch.from_numpy(part[:30]) for part in (small.train_x, small.train_y))
    run.model.train()
    functional.cross_entropy(run.model(x), y).backward()
    for recorded in found:
        weight = run.model.get_submodule(recorded.name).weight
        products = training_products(recorded)
        assert (Pass.INPUT_GRADIENT in products) is (recorded.name == "stage2.conv")
        dw = gemm(*products[Pass.WEIGHT_GRADIENT], fmt_x=HBFPFormat(6, 64))
        assert np.array_equal(dw.T.reshape(weight.shape), weight.grad.numpy())
        assert np.array_equal(recorded.w.T.reshape(weight.shape), weight.detach().numpy())
    # One row for each of 8 x 8 output positions and 30 samples, one column for each kernel weight.
    assert found[0].x.shape == (8 * 8 * 30, 9)
    assert found[1].x.shape[1] == 4 * 9
    assert found[1].gradient.shape == (found[1].x.shape[0], found[1].w.shape[1])


@pytest.mark.parametrize("rounding", [Rounding.NEAREST, Rounding.STOCHASTIC])
def test_recording_does_not_change_the_run(tmp_path, small, rounding):
    settings = make_settings(epochs=2, rounding=rounding)
    plain = train(settings, small, tmp_path / "plain")
    chosen = recording(tmp_path / "tensors", settings, [0, 1, 2], None)
    recorded = train(settings, small, tmp_path / "recorded", watch=chosen.record)
    assert without_seconds(plain) == without_seconds(recorded)
    first, second = load(tmp_path / "plain"), load(tmp_path / "recorded")
    assert bits(first["model"]) == bits(second["model"])
    assert first["schedule"] == second["schedule"]
    assert len(read_recorded(chosen.folder)) == 3 * 4


def test_default_is_the_end_of_the_run_and_all_layers(tmp_path, small):
    settings = make_settings(epochs=2, schedule="fp32")
    found = record(settings, small, tmp_path, None)
    assert [(each.epoch, each.name) for each in found] == [(2, name) for name in LAYERS]
    assert recording(tmp_path, settings, None, None).folder == tmp_path / "fp32-seed3"


def test_continued_run_records_the_same(tmp_path, small):
    """A run that stops after its first epoch and one with an epoch more give the same tensors."""
    settings = make_settings(epochs=2, last_rate=1.0, schedule="hbfp4")
    whole = record(settings, small, tmp_path / "whole", [0, 1, 2])
    short = replace(settings, epochs=1)
    chosen = recording(tmp_path / "tensors", short, [0, 1], None)
    train(short, small, tmp_path / "run", watch=chosen.record)
    assert len(read_recorded(chosen.folder)) == 8
    chosen = recording(tmp_path / "tensors", settings, [0, 1, 2], None)
    run = TrainingRun(settings, small)
    run.resume(tmp_path / "run")
    chosen.check(run)
    train(settings, small, tmp_path / "run", resume=True, watch=chosen.record)
    found = read_recorded(chosen.folder)
    assert len(found) == len(whole) == 12
    for first, second in zip(whole, found, strict=True):
        assert (first.epoch, first.name) == (second.epoch, second.name)
        for tensor in ("x", "w", "gradient"):
            assert np.array_equal(getattr(first, tensor), getattr(second, tensor))


def test_recorded_tensors_are_not_written_again(tmp_path, small):
    settings = make_settings(epochs=1)
    chosen = recording(tmp_path, settings, [0], ["output"])
    run = TrainingRun(settings, small)
    chosen.record(run)
    path = chosen.folder / "epoch0_layer3_x.npy"
    path.unlink()
    chosen.record(run)
    assert not path.exists()
    recording(tmp_path, settings, [0], ["output", "stage1.conv"]).record(run)
    assert [each.name for each in read_recorded(chosen.folder)] == ["stage1.conv", "output"]


def test_checks_before_a_run(tmp_path, small):
    settings = make_settings(epochs=2)
    run = TrainingRun(settings, small)
    recording(tmp_path, settings, [0, 1], None).check(run)
    with pytest.raises(
        ValueError, match=r"^Layer to record must be one of stage1.conv, stage2.con"
    ):
        recording(tmp_path, settings, [0], ["output", "conv"]).check(run)
    chosen = recording(tmp_path, settings, [0], ["output"])
    chosen.record(run)
    run.train_epoch()
    chosen.check(run)
    message = r"^Epochs to record must be 1 or more, as that many are trained, not 0$"
    with pytest.raises(BadCheckpoint, match=message):
        recording(tmp_path, settings, [0, 1], ["stage1.conv"]).check(run)

    other = TrainingRun(replace(settings, momentum=0.5), small)
    with pytest.raises(BadCheckpoint, match=r"^Recorded tensors must be those of this run, not '"):
        chosen.check(other)
    (chosen.folder / "tensors.json").write_text("{}")
    with pytest.raises(BadCheckpoint, match=r"^Index must be a whole one of hbfp train, not '"):
        chosen.check(run)


@pytest.mark.parametrize(
    ("epochs", "layers", "error", "message"),
    [
        ([3], None, ValueError, "Epoch to record must be 0 to 2, not 3"),
        ([1.0], None, TypeError, "Epoch to record must be an integer, not 1.0"),
        ([1, 1], None, ValueError, "Epochs to record must be different ones, not [1, 1]"),
        (None, ["a", "a"], ValueError, "Layers to record must be different ones, not ['a', 'a']"),
    ],
)
def test_bad_choices(tmp_path, epochs, layers, error, message):
    with pytest.raises(error) as caught:
        recording(tmp_path, make_settings(epochs=2), epochs, layers)
    assert str(caught.value) == message


def test_job_records(tmp_path):
    settings = make_settings(model="mlp", width=1, epochs=1, schedule="fp32", batch_size=200)
    watched = []
    job = TrainingJob(settings, recording=recording(tmp_path, settings, [0], ["output"]))
    job.run(lambda: None, lambda run: watched.append(run.epoch))
    assert watched == [0, 1]
    (found,) = read_recorded(tmp_path / "fp32-seed3")
    assert (found.x.shape, found.w.shape, found.gradient.shape) == ((200, 8), (8, 10), (200, 10))
    index = json.loads((tmp_path / "fp32-seed3" / "tensors.json").read_text())
    assert index["settings"]["model"] == "mlp"
