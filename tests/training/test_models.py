"""Networks: outputs, layers, sizes, and that each of them learns."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model, layer_names
from hbfp_hw.training.datasets import Dataset
from hbfp_hw.training.models import make_model
from hbfp_hw.training.settings import MODELS, Settings
from hbfp_hw.training.trainer import train

SHAPES = {"digits": (1, 8, 8), "mnist1d": (1, 40), "cifar10": (3, 32, 32)}
LAYERS = {"mlp": 3, "cnn": 4, "resnet20": 20, "transformer": 14}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", MODELS)
def test_outputs_and_layers(name, shape):
    model = make_model(name, shape, 7, width=4)
    assert model(torch.zeros(3, *shape)).shape == (3, 7)
    names = layer_names(model)
    assert len(names) == LAYERS[name]
    # Tables and plots show these names.
    assert not [each for each in names if not re.search(r"[a-z]\w*$", each)]
    # The first and last layer in this order, which schedules treat differently, are first and last
    # in the data flow too.
    modules = dict(model.named_modules())
    order = []
    for each in names:
        modules[each].register_forward_hook(lambda *_, each=each: order.append(each))
    model(torch.zeros(3, *shape))
    assert (order[0], order[-1]) == (names[0], names[-1])


def test_resnet20_has_the_published_size():
    """0.27 M parameters and 19 convolutions of 3x3, as in He et al., Deep Residual Learning."""
    model = make_model("resnet20", (3, 32, 32), 10, width=16)
    assert sum(parameter.numel() for parameter in model.parameters()) == 269722
    convolutions = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    assert [module.out_channels for module in convolutions] == [16] * 7 + [32] * 6 + [64] * 6
    macs = 0

    def count(module, _, output):
        nonlocal macs
        macs += module.weight[0].numel() * output[0].numel()

    for module in convolutions:
        module.register_forward_hook(count)
    model(torch.zeros(1, 3, 32, 32))
    assert macs == 40_550_400  # 16·27·1024, and 18 of 9·16·16·1024 or with halves and doubles


def test_transformer_multiplies_attention_in_hbfp():
    torch.manual_seed(0)
    model = make_model("transformer", (1, 40), 10, width=4)
    x = torch.randn(5, 1, 40)
    plain = model.eval()(x)
    for preset, near in (("hbfp8", 0.05), ("hbfp4", 1.0)):
        schedule = BoosterSchedule.preset(preset, LAYERS["transformer"], 1, block_size=8)
        convert_model(model, schedule)
        attention = model.encoders[0].attention
        query, key = torch.randn(2, 4, 10, 4), torch.randn(2, 4, 4, 10)
        product = attention._product(query, key)
        assert not torch.equal(product, query @ key)
        error = (model(x) - plain).abs().max()
        assert 0 < error < near


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "dimensions"),
    [("mlp", 1), ("cnn", 1), ("cnn", 2), ("resnet20", 1), ("transformer", 1), ("transformer", 2)],
)
def test_every_model_learns(name, dimensions):
    """The two classes have the signal in different positions."""
    rng = np.random.default_rng(3)
    shape = (1, 16) if dimensions == 1 else (1, 8, 8)
    y = rng.integers(0, 2, 250)
    x = 0.5 * rng.standard_normal((250, *shape))
    x[y == 1, ..., :4] += 1.5
    x = x.astype(np.float32)
    dataset = Dataset("digits", x[:200], y[:200], x[200:], y[200:])
    settings = Settings(
        dataset="digits", model=name, schedule="hbfp6", epochs=3, width=4, batch_size=20
    )
    assert train(settings, dataset)[-1]["accuracy"] >= 0.95


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("vgg", (1, 8, 8)), ValueError, "^Model must be one of mlp, cnn.*, not 'vgg'$"),
        (("cnn", (8,)), ValueError, r"^Shape must have 2 or 3 dimensions, not \(8,\)$"),
        (("transformer", (1, 9)), ValueError, r"^Sizes must be divisible by 2, not \(9,\)$"),
        (("transformer", (1, 18)), ValueError, r"^Sizes must be divisible by 4, not \(18,\)$"),
    ],
)
def test_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        make_model(*arguments, 10, width=4)


@pytest.mark.parametrize(
    ("width", "error", "message"),
    [
        (0, ValueError, "^Width must be 1 to 1024, not 0$"),
        (4.0, TypeError, "^Width must be an integer, not 4.0$"),
    ],
)
def test_bad_width(width, error, message):
    with pytest.raises(error, match=message):
        make_model("mlp", (1, 8), 10, width=width)
