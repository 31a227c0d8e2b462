"""NaN and infinity stop training, and the error names the layer."""

import numpy as np
import pytest
import torch
from torch import nn

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import NotFiniteError, convert_model, watch_finite
from tests.torch.patterns import normal


def model(name):
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Linear(4, 2))
    plan = BoosterSchedule.preset(name, 2, 3, block_size=4)
    plan.step_epoch()
    return convert_model(layers, plan)


@pytest.fixture
def x():
    return normal(np.random.default_rng(1), 5, 4)


presets = pytest.mark.parametrize("name", ["fp32", "booster"])


@presets
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_output(name, bad, x):
    watched = model(name)
    with torch.no_grad():
        watched[3].weight[0, 1] = bad
    with watch_finite(watched), pytest.raises(NotFiniteError) as raised:
        watched(x)
    error = raised.value
    assert (error.layer, error.tensor, error.epoch) == ("3", "output", 1)
    assert str(error) == "NaN or infinity in the output of layer '3' in epoch 1"


@presets
def test_the_first_layer_is_named(name, x):
    watched = model(name)
    x[1, 2] = np.nan
    with watch_finite(watched), pytest.raises(NotFiniteError, match=r"output of layer '0'"):
        watched(x)


@presets
def test_gradient(name, x):
    watched = model(name)
    with watch_finite(watched):
        y = watched(x)
        with pytest.raises(NotFiniteError, match=r"^NaN or infinity in the gradient of layer '3'"):
            y.backward(torch.full_like(y, np.nan))


@presets
def test_gradient_inside(name, x):
    """A module without parameters makes the gradient infinite; the layer that gets it is named."""
    watched = model(name)
    watched[1].register_full_backward_hook(lambda *_: (torch.full((5, 4), np.inf),))
    with watch_finite(watched), pytest.raises(NotFiniteError, match=r"gradient of layer '0'"):
        watched(x).sum().backward()


@pytest.mark.parametrize("bits", [0, 4])
def test_finite_numbers_whose_sum_overflows(bits):
    large = convert_model(nn.Linear(1, 2), BoosterSchedule([[bits]]))
    with torch.no_grad():
        large.weight[:] = 3e38
    with watch_finite(large):
        y = large(torch.ones(1, 1))
        assert y.sum().isinf()
        y.backward(torch.full_like(y, 3e38))


def test_a_watch_ends(x):
    watched = model("booster")
    watch = watch_finite(watched)
    watched(x).sum().backward()
    watch.remove()
    assert watched(x * np.float32(np.nan)).isnan().any()


def test_without_a_schedule(x):
    layer = nn.Linear(4, 2)
    with watch_finite(layer), pytest.raises(NotFiniteError, match=r"layer ''$") as raised:
        layer(x * np.float32(np.nan))
    assert raised.value.epoch is None
