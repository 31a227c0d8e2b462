"""Operands of a training step, checked against operands computed in other ways."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from hbfp_hw.booster import BoosterSchedule, Pass, Role
from hbfp_hw.explore import operands as module
from hbfp_hw.explore.operands import operands
from hbfp_hw.torch import NotFiniteError, convert_model


def make_model(bits, block_size=16):
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1, stride=2, groups=2), nn.ReLU(), nn.Flatten(), nn.Linear(54, 4)
    )
    return convert_model(model, BoosterSchedule([[bits]] * 2, block_size=block_size))


def make_batch():
    torch.manual_seed(4)
    return torch.randn(7, 2, 6, 6), torch.randint(0, 4, (7,))


def look(model, x, y):
    """Return the lines of all operands by layer, role and product."""
    return {
        (operand.layer, operand.role, operand.product): torch.from_numpy(operand.lines)
        for operand in operands(model, x, y)
    }


def test_operands_are_those_of_the_products():
    model, (x, y) = make_model(0), make_batch()
    found = look(model, x, y)
    # The first layer needs no gradient of its input.
    assert list(found) == [
        (0, Role.INPUT, Pass.FORWARD),
        (0, Role.INPUT, Pass.WEIGHT_GRADIENT),
        (0, Role.WEIGHT, Pass.FORWARD),
        (0, Role.GRADIENT, Pass.WEIGHT_GRADIENT),
        (1, Role.INPUT, Pass.FORWARD),
        (1, Role.INPUT, Pass.WEIGHT_GRADIENT),
        (1, Role.WEIGHT, Pass.FORWARD),
        (1, Role.WEIGHT, Pass.INPUT_GRADIENT),
        (1, Role.GRADIENT, Pass.INPUT_GRADIENT),
        (1, Role.GRADIENT, Pass.WEIGHT_GRADIENT),
    ]

    # PyTorch's own layers, and its unfolding: (samples, channels and kernel, output positions).
    columns = functional.unfold(x, 3, padding=1, stride=2).unflatten(1, (2, 9))
    between = model[0](x)
    between.retain_grad()
    inner = model[2](model[1](between))
    scores = model[3](inner)
    scores.retain_grad()
    functional.cross_entropy(scores, y).backward()
    by_place = columns.permute(1, 3, 0, 2).flatten(1, 2)  # groups, positions and samples, K
    # channels, positions and samples
    gradient = between.grad.flatten(2).permute(1, 2, 0).flatten(1)
    expected = {
        (0, Role.INPUT, Pass.FORWARD): by_place.flatten(0, 1),
        (0, Role.INPUT, Pass.WEIGHT_GRADIENT): by_place.mT.flatten(0, 1),
        (0, Role.WEIGHT, Pass.FORWARD): model[0].weight.flatten(1),
        (0, Role.GRADIENT, Pass.WEIGHT_GRADIENT): gradient,
        (1, Role.INPUT, Pass.FORWARD): inner,
        (1, Role.INPUT, Pass.WEIGHT_GRADIENT): inner.T,
        (1, Role.WEIGHT, Pass.FORWARD): model[3].weight,
        (1, Role.WEIGHT, Pass.INPUT_GRADIENT): model[3].weight.T,
        (1, Role.GRADIENT, Pass.INPUT_GRADIENT): scores.grad,
        (1, Role.GRADIENT, Pass.WEIGHT_GRADIENT): scores.grad.T,
    }
    for key, lines in found.items():
        torch.testing.assert_close(lines, expected[key].detach(), rtol=1e-4, atol=1e-6)


def test_a_step_in_hbfp_is_recorded_as_it_is_made():
    """The gradient comes from the following layer, and the model is not changed."""
    model, (x, y) = make_model(4), make_batch()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = look(model, x, y)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model[0].recorder is None
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())

    scores = model(x)
    scores.retain_grad()
    functional.cross_entropy(scores, y).backward()
    assert torch.equal(found[1, Role.GRADIENT, Pass.INPUT_GRADIENT], scores.grad)
    # 9 values per output position, and 54 inputs: the padding of blocks is left out.
    assert found[0, Role.INPUT, Pass.FORWARD].shape == (2 * 9 * 7, 9)
    assert found[1, Role.INPUT, Pass.FORWARD].shape == (7, 54)


def test_large_operands_are_thinned_out(monkeypatch):
    model, (x, y) = make_model(0), make_batch()
    whole = look(model, x, y)
    monkeypatch.setattr(module, "MOST_ELEMENTS", 100)
    for key, lines in look(model, x, y).items():
        assert lines.numel() <= 100
        every = next(n for n in range(1, 1000) if len(whole[key][::n]) == len(lines))
        assert torch.equal(lines, whole[key][::every])
    assert look(model, x, y)[0, Role.INPUT, Pass.FORWARD].shape == (11, 9)  # of 126 lines


def test_not_finite():
    model, (x, y) = make_model(4), make_batch()
    with torch.no_grad():
        model[3].weight[0, 0] = torch.inf
    with pytest.raises(NotFiniteError, match=r"output of layer '3' in epoch 0$"):
        operands(model, x, y)
