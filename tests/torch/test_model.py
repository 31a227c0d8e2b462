"""Models that are converted, trained, saved and resumed."""

import io
import re

import numpy as np
import pytest
import torch
from torch import nn

from hbfp_hw import Rounding
from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import HBFPConv1d, HBFPConv2d, HBFPLinear, convert_model, layer_names
from tests.torch.patterns import normal, same


class Network(nn.Module):
    """A model with layers in containers, one of them used twice."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.line = nn.Conv1d(4, 4, 3, padding=1)
        self.again = self.line
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x).flatten(2)
        return self.head(self.again(self.line(x)).mean(2))


NAMES = ["stem.0", "line", "head"]
KINDS = [HBFPConv2d, HBFPConv1d, HBFPLinear]


def network():
    torch.manual_seed(0)
    return Network()


def schedule(name="booster", epochs=3, **options):
    return BoosterSchedule.preset(name, len(NAMES), epochs, **{"block_size": 8, **options})


def batches(count):
    rng = np.random.default_rng(7)
    return [
        (normal(rng, 6, 1, 5, 4), torch.from_numpy(rng.integers(0, 3, 6))) for _ in range(count)
    ]


class Training:
    """Train in a loop with two batches per epoch, momentum, and evaluation after each epoch."""

    def __init__(self, plan):
        self.model, self.plan = network(), plan
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.1, momentum=0.9)
        convert_model(self.model, plan)

    def epochs(self, count):
        for _ in range(count):
            self.model.train()
            for x, target in batches(2):
                self.optimizer.zero_grad()
                nn.functional.cross_entropy(self.model(x), target).backward()
                self.optimizer.step()
            self.model.eval()
            with torch.no_grad():
                self.model(batches(1)[0][0])
            self.plan.step_epoch()
        return self

    def parts(self):
        return {"model": self.model, "optimizer": self.optimizer, "schedule": self.plan}

    def store(self):
        file = io.BytesIO()
        torch.save({name: part.state_dict() for name, part in self.parts().items()}, file)
        return file.getvalue()

    def load(self, stored):
        states = torch.load(io.BytesIO(stored), weights_only=True)
        for name, part in self.parts().items():
            part.load_state_dict(states[name])
        return self


def same_states(first, second):
    a, b = first.model.state_dict(), second.model.state_dict()
    floats = [name for name, value in a.items() if value.is_floating_point()]
    return a.keys() == b.keys() and all(same(a[name], b[name]) for name in floats)


def test_layers_become_those_of_hbfp_in_place():
    model, plain = network(), network()
    hits = []
    model.head.register_forward_hook(lambda *arguments: hits.append(arguments))
    parameters = list(model.parameters())
    assert layer_names(model) == NAMES
    plan = schedule()
    assert convert_model(model, plan) is model
    modules = dict(model.named_modules())
    assert [type(modules[name]) for name in NAMES] == KINDS
    assert [modules[name].layer for name in NAMES] == [0, 1, 2]
    assert model.again is model.line
    assert all(a is b for a, b in zip(parameters, model.parameters(), strict=True))
    assert model.state_dict().keys() == plain.state_dict().keys()
    model.load_state_dict(plain.state_dict())
    model(batches(1)[0][0])
    assert len(hits) == 1


def test_a_model_that_is_one_layer():
    layer = nn.Linear(4, 2)
    assert layer_names(layer) == [""]
    convert_model(layer, BoosterSchedule([[4]]))
    assert type(layer) is HBFPLinear


def test_another_schedule():
    model = convert_model(network(), schedule())
    other = schedule("hbfp8")
    assert layer_names(model) == NAMES
    convert_model(model, other)
    assert model.head.schedule is other
    assert "hbfp8" in repr(model.head)
    with pytest.raises(AttributeError, match="schedule"):
        model.head.schedule = schedule()


def test_kept_layers_stay_as_they_are():
    model = network()
    assert layer_names(model, keep=["stem", "again"]) == ["head"]
    convert_model(model, BoosterSchedule([[4]]), keep=["stem", "line"])
    assert type(model.stem[0]) is nn.Conv2d
    assert type(model.line) is nn.Conv1d
    assert type(model.head) is HBFPLinear


def test_fp32_schedule_trains_as_pytorch_does():
    converted = Training(schedule("fp32")).epochs(3)
    plain = Training(schedule("fp32"))
    plain.model = network()
    plain.optimizer = torch.optim.SGD(plain.model.parameters(), 0.1, momentum=0.9)
    assert same_states(converted, plain.epochs(3))


@pytest.mark.parametrize("rounding", list(Rounding))
def test_same_bits_from_run_to_run_and_when_continued(rounding):
    def training():
        return Training(schedule(rounding=rounding, seed=4))

    whole = training().epochs(3)
    assert same_states(whole, training().epochs(3))
    stored = training().epochs(1).store()
    assert same_states(whole, training().load(stored).epochs(2))


def test_seeds_matter_and_epochs_matter():
    def trained(name="booster", **options):
        return Training(schedule(name, **options)).epochs(3)

    stochastic = {"rounding": Rounding.STOCHASTIC}
    assert not same_states(trained(**stochastic, seed=1), trained(**stochastic, seed=2))
    assert same_states(trained(seed=1), trained(seed=2))
    assert not same_states(trained("booster"), trained("hbfp4+layers"))


class Derived(nn.Linear):
    """A user's subclass of a layer."""


ONLY = "Layers must be nn.Linear, nn.Conv1d or nn.Conv2d, or kept in FP32 by name, not "


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.LSTM(2, 2)), ONLY + "LSTM '1'"),
        (nn.TransformerEncoderLayer(4, 2), ONLY + "MultiheadAttention 'self_attn'"),
        (nn.Sequential(nn.ConvTranspose2d(1, 1, 1)), ONLY + "ConvTranspose2d '0'"),
        (nn.Sequential(Derived(1, 1)), ONLY + "Derived '0'"),
        (nn.ReLU(), "Model must have a layer to convert, not none"),
    ],
)
def test_models_that_cannot_be_converted_whole(model, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        layer_names(model)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        convert_model(model, BoosterSchedule([[4]]))
    assert not any(isinstance(module, HBFPLinear) for module in model.modules())


def test_attention_can_be_kept():
    model = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8, batch_first=True)
    assert layer_names(model, keep=["self_attn"]) == ["linear1", "linear2"]
    convert_model(model, BoosterSchedule([[4], [4]]), keep=["self_attn"])
    model(normal(np.random.default_rng(1), 2, 3, 4)).sum().backward()
    assert model.linear1.weight.grad is not None


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: convert_model(network(), "booster"),
            TypeError,
            "Schedule must be a BoosterSchedule, not 'booster'",
        ),
        (
            lambda: convert_model(network(), BoosterSchedule([[4], [4]])),
            ValueError,
            "Schedule must be of 3 layers, as the model is, not 2",
        ),
        (
            lambda: layer_names(network(), keep=["tail"]),
            ValueError,
            "Name to keep must be one of the model's modules, not 'tail'",
        ),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()
