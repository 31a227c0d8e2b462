"""No module can multiply by the weight of a converted layer without calling the layer."""

import copy
import inspect
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import HBFPLinear, convert_model, layer_names
from hbfp_hw.torch.weights import GuardedWeight
from tests.torch.patterns import normal, same

REFUSED = "^Weight of a converted layer must be used by calling the layer, not by "


def converted(model, keep=()):
    layers = len(layer_names(model, keep))
    return convert_model(model, BoosterSchedule([[4]] * layers, block_size=8), keep=keep)


def encoders():
    torch.manual_seed(0)
    options = {"dim_feedforward": 16, "batch_first": True, "dropout": 0.0}
    layer = nn.TransformerEncoderLayer(8, 2, **options)
    return layer, nn.TransformerEncoder(copy.deepcopy(layer), 2)


def recorded(model):
    """Return a list to which every product of the converted layers will be appended."""
    products = []
    for layer in model.modules():
        if isinstance(layer, HBFPLinear):
            layer.recorder = lambda which, x, w: products.append(which)
    return products


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("padded", [False, True])
def test_fast_path_of_transformers(number, mode, padded):
    plain, model = encoders()[number].eval(), encoders()[number].eval()
    names = [name for name, _ in model.named_modules() if name.endswith("self_attn")]
    converted(model, names)
    x = normal(np.random.default_rng(1), 3, 5, 8)
    mask = torch.arange(5) >= torch.tensor([[5], [4], [3]]) if padded else None
    products = recorded(model)
    with mode():
        y, fp32 = (each(x, src_key_padding_mask=mask) for each in (model, plain))
    assert len(products) == 2 * len(names)
    valid = slice(None) if mask is None else ~mask
    assert not torch.allclose(y[valid], fp32[valid], atol=1e-3)


@pytest.mark.full
def test_fast_path_of_transformers_compiled():
    layer, _ = encoders()
    converted(layer, ["self_attn"]).eval()
    products = recorded(layer)
    with torch.no_grad():
        torch.compile(layer, backend="aot_eager", fullgraph=True)(torch.ones(3, 5, 8))
    assert len(products) == 2


def test_modules_of_pytorch_that_read_the_weights_of_others():
    """The modules of PyTorch that read other modules' weights are known; a new one fails here."""
    readers = {
        name
        for name, kind in vars(nn).items()
        if inspect.isclass(kind)
        and issubclass(kind, nn.Module)
        and "forward" in vars(kind)
        and re.search(r"\bself\.\w+\.weight\b|linear\d\.weight", inspect.getsource(kind.forward))
    }
    known = {"MultiheadAttention", "TransformerEncoder", "TransformerEncoderLayer"}
    assert known <= readers <= known | {"LinearCrossEntropyLoss"}
    assert readers - known == {"LinearCrossEntropyLoss"} & set(vars(nn))


@pytest.mark.skipif(not hasattr(nn, "LinearCrossEntropyLoss"), reason="new in PyTorch 2.13")
def test_loss_that_multiplies():
    model = nn.Sequential(nn.Linear(8, 4), nn.LinearCrossEntropyLoss(4, 3))
    message = (
        "Layers must be nn.Linear, nn.Conv1d or nn.Conv2d, or kept in FP32 by name, "
        "not LinearCrossEntropyLoss '1'"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        layer_names(model)
    assert layer_names(model, ["1"]) == ["0"]
    loss = model[1]
    converted(loss.linear)
    with pytest.raises(RuntimeError, match=REFUSED):
        loss(torch.ones(2, 4), torch.tensor([0, 1]))


class Parent(nn.Module):
    """A module that uses the weight of its layer in a given way."""

    def __init__(self, use, make=lambda: nn.Linear(8, 8)):
        super().__init__()
        self.layer, self.use = make(), use

    def forward(self, x):
        return self.use(self.layer, x)


PRODUCTS = [
    lambda layer, x: functional.linear(x, layer.weight),
    lambda layer, x: x @ layer.weight.T,
    lambda layer, x: torch.matmul(x, layer.weight.t().clone()),
    lambda layer, x: torch.addmm(layer.bias, x, layer.weight.mT),
    lambda layer, x: torch.einsum("mk,pk->mp", x, layer.weight.double().float()),
    lambda layer, x: functional.linear(x, layer.weight * 2),
    lambda layer, x: functional.linear(x, layer.weight.chunk(2)[0]),
    lambda layer, x: functional.linear(x, layer.weight[:3]),
    lambda layer, x: functional.linear(x, layer.weight.detach()),
    lambda layer, x: functional.linear(x, layer.weight.data),
    lambda layer, x: functional.bilinear(x, x, layer.weight[None]),
    lambda layer, x: functional.conv1d(x[..., None], layer.weight[..., None]),
    lambda layer, x: torch.linalg.multi_dot([x, layer.weight, layer.weight]),
]


@pytest.mark.parametrize("use", PRODUCTS)
def test_products_by_a_parent_are_refused(use):
    x = torch.ones(2, 8)
    Parent(use)(x)
    with pytest.raises(RuntimeError, match=REFUSED):
        converted(Parent(use))(x)


def test_products_by_a_parent_are_refused_when_compiled():
    model = torch.compile(converted(Parent(PRODUCTS[0])), backend="eager")
    # The compiler of PyTorch 2.6 refuses the guarded weight itself.
    with pytest.raises(RuntimeError, match=f"{REFUSED}|as_subclass"):
        model(torch.ones(2, 8))


def test_convolution_of_a_parent_is_refused():
    def use(layer, x):
        return functional.conv2d(x, layer.weight)

    with pytest.raises(RuntimeError, match=REFUSED):
        converted(Parent(use, lambda: nn.Conv2d(1, 1, 1)))(torch.ones(1, 1, 2, 2))


@pytest.mark.parametrize(
    "use",
    [
        lambda layer, x: layer(x.to(layer.weight.dtype)),
        lambda layer, x: layer(x.reshape(-1, layer.weight.shape[1])) + layer.weight.norm(),
        lambda layer, x: layer(functional.embedding(torch.arange(2), layer.weight)),
        lambda layer, x: layer(x) + layer.weight.abs().mean(),
        lambda layer, x: layer(x * layer.weight.std(0)),
        lambda layer, x: layer(x / layer.weight.new_ones(8)),
    ],
)
def test_other_uses_by_a_parent_are_allowed(use):
    y = converted(Parent(use))(torch.ones(2, 8))
    assert y.shape == (2, 8)
    y.sum().backward()


def test_outside_of_forward_passes_the_weight_is_the_parameter():
    layer = converted(nn.Linear(8, 8))
    assert layer.weight is layer._parameters["weight"]
    assert isinstance(layer.weight, nn.Parameter)
    nn.init.ones_(layer.weight)
    functional.linear(torch.ones(1, 8), layer.weight)
    seen = []
    layer.register_forward_hook(lambda module, *rest: seen.append(module.weight))
    layer(torch.ones(1, 8))
    assert isinstance(seen[0], GuardedWeight)
    layer.weight = nn.Parameter(torch.zeros(8, 8))
    assert layer.weight.eq(0).all()


class Tied(nn.Module):
    """A model that embeds and classifies by one weight, which a third module may share."""

    def __init__(self, other=None):
        super().__init__()
        self.embed, self.fc = nn.Embedding(8, 8), nn.Linear(8, 8, bias=False)
        self.fc.weight = self.embed.weight
        if other is not None:
            self.other = other
            other.weight = self.embed.weight

    def forward(self, tokens):
        return self.fc(self.embed(tokens))


def test_weights_tied_to_an_embedding():
    """The embedding looks up FP32 values; the gradient is the sum of both uses."""
    model, tokens = converted(Tied()), torch.tensor([1, 2, 3])
    assert model.fc.weight is model.embed.weight
    embedded = model.embed(tokens)
    assert same(embedded, model.fc.weight[tokens])
    model(tokens).sum().backward()
    x, layer = embedded.detach().requires_grad_(), copy.deepcopy(model.fc)
    layer.zero_grad()
    layer(x).sum().backward()
    expected = layer.weight.grad.index_add(0, tokens, x.grad)
    torch.testing.assert_close(model.fc.weight.grad, expected)


def test_weights_tied_to_other_modules():
    model = converted(Tied(nn.Linear(8, 8)))
    assert model.other.weight is model.fc.weight
    model = converted(Tied(nn.Linear(8, 8)), keep=["other"])
    assert type(model.other) is nn.Linear
    tied = Tied(nn.Module())
    message = (
        "Weight of a converted layer must be shared with converted layers, embeddings or modules "
        "kept in FP32 by name, not that of 'fc' with Module 'other'"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        converted(tied)
    assert type(tied.fc) is nn.Linear
    converted(tied, keep=["other"])


@pytest.mark.parametrize("before", [True, False])
def test_pruned_layers(before):
    layer = nn.Linear(8, 4)
    if not before:
        converted(layer)
    prune.l1_unstructured(layer, "weight", 0.5)
    if before:
        converted(layer)
    plain = HBFPLinear(8, 4, schedule=layer.schedule, layer=0)
    plain.load_state_dict(
        {"bias": layer.bias, "weight": layer.weight_orig.detach() * layer.weight_mask}
    )
    x = normal(np.random.default_rng(4), 3, 8)
    assert same(layer(x), plain(x))
    layer(x).sum().backward()
    assert layer.weight_orig.grad[layer.weight_mask == 0].eq(0).all()


def test_parametrized_layers():
    layer = parametrizations.weight_norm(converted(nn.Linear(8, 4)))
    plain = converted(nn.Linear(8, 4))
    plain.load_state_dict({"bias": layer.bias, "weight": layer.weight.detach()})
    x = normal(np.random.default_rng(5), 3, 8)
    assert same(layer(x), plain(x))
