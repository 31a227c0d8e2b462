"""Activation checkpointing: a repeated forward pass has the random numbers of the first one."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from hbfp_hw import Rounding
from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model, layer_names
from hbfp_hw.training.models import make_model
from tests.torch.patterns import normal, same


def convert(model):
    plan = BoosterSchedule.preset(
        "hbfp4",
        len(layer_names(model)),
        2,
        block_size=8,
        rounding=Rounding.STOCHASTIC,
        seed=3,
    )
    return convert_model(model, plan), plan


def chain():
    torch.manual_seed(1)
    return convert(
        nn.Sequential(
            nn.Linear(12, 12), nn.GELU(), nn.Linear(12, 12), nn.Dropout(), nn.Linear(12, 2)
        )
    )


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return [parameter.grad.clone() for parameter in model.parameters()]


def steps(model, plan, call, x, count=3):
    """Return outputs and gradients of some training steps with an evaluation in between."""
    torch.manual_seed(2)
    found = []
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(count):
        model.train()
        y = call(x)
        found += [y.detach(), *gradients(model, y.square().sum())]
        optimizer.step()
        model.eval()
        with torch.no_grad():
            found.append(model(x))
    return [*found, torch.tensor(plan.state_dict()["calls"]).float()]


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize("kind", ["mlp", "cnn", "transformer"])
def test_networks(kind, reentrant):
    def network():
        torch.manual_seed(0)
        return convert(make_model(kind, (1, 8, 8), 4, width=1))

    x = normal(np.random.default_rng(1), 3, 1, 8, 8).requires_grad_()
    model, plan = network()
    expected = steps(model, plan, model, x)
    model, plan = network()
    # Batch normalisation would update its statistics twice.
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.0
    other, other_plan = network()
    for module in other.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.0
    expected = steps(other, other_plan, other, x)
    found = steps(model, plan, lambda x: checkpoint(model, x, use_reentrant=reentrant), x)
    assert all(map(same, found, expected))


@pytest.mark.parametrize("reentrant", [True, False])
def test_parts_and_nested_parts(reentrant):
    """PyTorch repeats dropout's random numbers; an inner checkpoint repeats the pass twice."""
    x = normal(np.random.default_rng(2), 5, 12).requires_grad_()

    def again(function, x):
        return checkpoint(function, x, use_reentrant=reentrant)

    model, plan = chain()
    expected = steps(model, plan, model, x)
    for call in (
        lambda model, x: again(model[3:], again(model[:3], x)),
        lambda model, x: again(lambda x: model[2:](again(model[:2], x)), x),
    ):
        other, other_plan = chain()
        found = steps(other, other_plan, lambda x, m=other, c=call: c(m, x), x)
        assert all(map(same, found, expected))


@pytest.mark.parametrize("reentrant", [True, False])
def test_several_forward_passes_before_their_backward_passes(reentrant):
    """Backward passes may run in any order."""
    rng = np.random.default_rng(3)
    xs = [normal(rng, 5, 12).requires_grad_() for _ in range(3)]
    model, _ = chain()
    model[3].p = 0.0
    expected = [gradients(model, model(x).sum()) for x in xs]
    for order in ([0, 1, 2], [2, 0, 1]):
        other, _ = chain()
        other[3].p = 0.0
        losses = [checkpoint(other, x, use_reentrant=reentrant).sum() for x in xs]
        for place in order:
            assert all(map(same, gradients(other, losses[place]), expected[place]))


def test_the_same_input_again():
    """Calls with equal inputs are refused, unless each is repeated before the next call."""
    x = normal(np.random.default_rng(4), 5, 12).requires_grad_()
    model, _ = chain()
    model[3].p = 0.0
    expected = [gradients(model, model(x).sum()) for _ in range(3)]
    assert not same(expected[0][0], expected[1][0])
    model, _ = chain()
    model[3].p = 0.0
    for each in expected:
        loss = checkpoint(model, x, use_reentrant=False).sum()
        assert all(map(same, gradients(model, loss), each))
    model, _ = chain()
    losses = [checkpoint(model, x, use_reentrant=False).sum() for _ in range(2)]
    message = (
        "^A layer with stochastic rounding must be repeated in the backward pass on the input of "
        "one forward pass, not on that of 2$"
    )
    with pytest.raises(RuntimeError, match=message):
        losses[0].backward()


def test_two_backward_passes_of_one_forward_pass():
    x = normal(np.random.default_rng(5), 5, 12).requires_grad_()
    model, _ = chain()
    loss = checkpoint(model, x, use_reentrant=False).sum()
    loss.backward(retain_graph=True)
    first = x.grad.clone()
    x.grad = None
    loss.backward()
    assert same(first, x.grad)


def test_another_input_is_refused():
    """Without PyTorch's repetition of dropout, the last layer gets another input."""
    x = normal(np.random.default_rng(6), 5, 12).requires_grad_()
    model, _ = chain()
    torch.manual_seed(0)
    loss = checkpoint(model, x, use_reentrant=False, preserve_rng_state=False).sum()
    with pytest.raises(RuntimeError, match=r"input of one forward pass, not on that of 0$"):
        loss.backward()


def test_nothing_is_remembered_without_a_checkpoint():
    x = normal(np.random.default_rng(7), 5, 12)
    model, _ = chain()
    model(x).sum().backward()
    if hasattr(torch._C._autograd, "_top_saved_tensors_default_hooks"):
        assert not model[0]._calls._calls
    with torch.no_grad():
        model(x)
        assert len(model[0]._calls._calls) == 1
        model[0].weight.mul_(2)
        model(x + 1)
        assert len(model[0]._calls._calls) == 1


def test_copies_draw_their_own_numbers():
    x = normal(np.random.default_rng(8), 5, 12)
    model, plan = chain()
    model[3].p = 0.0
    other = copy.deepcopy(model)
    first, second = model(x), model(x)
    assert plan.state_dict()["calls"] == [2, 2, 2]
    assert other[0].schedule.state_dict()["calls"] == [0, 0, 0]
    assert same(other(x), first)
    assert same(other(x), second)
    assert other[0]._handle != model[0]._handle
