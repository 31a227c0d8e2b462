"""Linear layers, and the behaviour that all converted layers share."""

import json
import re

import numpy as np
import pytest
import torch
from torch import nn

from hbfp_hw import Rounding
from hbfp_hw.booster import BoosterSchedule, Pass, Role
from hbfp_hw.cli import main
from hbfp_hw.torch import HBFPConv2d, HBFPLinear
from tests.torch.patterns import backward, expected, leaf, normal, patterns, same


def schedule(name="hbfp4", layers=1, epochs=2, **options):
    return BoosterSchedule.preset(name, layers, epochs, **{"block_size": 4, **options})


def step(layer, x, dy):
    """Return the results of one training step: output without bias, and both gradients."""
    x = leaf(x)
    layer.zero_grad()
    y = layer(x)
    backward(y, dy)
    return y, x.grad, layer.weight.grad


@pytest.mark.parametrize("rounding", [Rounding.NEAREST, Rounding.STOCHASTIC])
def test_step_against_the_oracle(rounding):
    rng = np.random.default_rng(1)
    plan = BoosterSchedule([[[4, 6, 8]]], block_size=4, rounding=rounding, seed=9)
    layer = HBFPLinear(9, 5, schedule=plan, layer=0)
    x, dy = normal(rng, 7, 9), normal(rng, 7, 5)
    for call in range(2):
        results = step(layer, x, dy)
        w = layer.weight.detach().T
        products = {
            Pass.FORWARD: (x, w),
            Pass.INPUT_GRADIENT: (dy, w.T),
            Pass.WEIGHT_GRADIENT: (x.T, dy),
        }
        y, dx, dw = (
            np.array(
                expected(
                    *operands,
                    plan.formats(0, which),
                    rounding,
                    plan.product_seed(0, which, call) if rounding else 0,
                ),
                np.uint32,
            )
            for which, operands in products.items()
        )
        y = torch.from_numpy(y.view(np.float32)) + layer.bias.detach()
        assert patterns(results[0]) == patterns(y)
        assert patterns(results[1]) == dx.tolist()
        assert patterns(results[2].T) == dw.tolist()
        assert patterns(layer.bias.grad) == patterns(dy.sum(0))


@pytest.mark.full(
    only=[
        "rtl-stochastic",
        "rtl---rows-2---cols-2-nearest",
        "rtl---rows-2---cols-2-stochastic",
        "rtl-nearest",
    ]
)
@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
@pytest.mark.parametrize(
    "engine",
    [("golden",), ("rtl",), ("rtl", "--rows", 2, "--cols", 2), ("cycle", "--rows", 2, "--cols", 2)],
    ids=lambda words: "-".join(map(str, words)),
)
def test_step_is_that_of_the_command_line(engine, rounding, tmp_path, capsys):
    """``hbfp gemm`` computes each product of a training step with the same bits."""
    rng = np.random.default_rng(2)
    plan = BoosterSchedule([[[4, 6, 4]]], block_size=2, rounding=Rounding[rounding.upper()], seed=3)
    layer = HBFPLinear(9, 5, bias=False, schedule=plan, layer=0)
    x, dy = normal(rng, 6, 9), normal(rng, 6, 5)
    y, dx, dw = step(layer, x, dy)
    w = layer.weight.detach().T
    for which, a, b, result in (
        (Pass.FORWARD, x, w, y),
        (Pass.INPUT_GRADIENT, dy, w.T, dx),
        (Pass.WEIGHT_GRADIENT, x.T, dy, dw.T),
    ):
        for name, operand in (("X", a), ("W", b)):
            np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(operand.numpy()))
        widths = "x".join(str(fmt.mantissa_bits) for fmt in plan.formats(0, which))
        options = ["--mantissa-bits", widths, "--block-size", 2, "--rounding", rounding]
        if rounding == "stochastic":
            options += ["--seed", plan.product_seed(0, which, 0)]
        files = [tmp_path / f"{name}.npy" for name in "XW"] + ["-o", tmp_path / "Y.npy"]
        command = ["gemm", *files, *options, "--engine", *engine, "--json"]
        assert main([str(word) for word in command]) == 0
        assert json.loads(capsys.readouterr().out)["engine"] == engine[0]
        assert patterns(torch.from_numpy(np.load(tmp_path / "Y.npy"))) == patterns(result)


def test_inputs_of_any_number_of_dimensions():
    rng = np.random.default_rng(3)
    layer = HBFPLinear(9, 5, schedule=schedule(), layer=0)
    x = normal(rng, 2, 3, 9)
    y = layer(x)
    assert same(y, layer(x.reshape(6, 9)).reshape(2, 3, 5))
    assert same(layer(x[0, 0]), y[0, 0])


def test_fp32_is_the_layer_of_pytorch():
    rng = np.random.default_rng(4)
    layer, other = HBFPLinear(9, 5, schedule=schedule("fp32"), layer=0), nn.Linear(9, 5)
    other.load_state_dict(layer.state_dict())
    x, dy = normal(rng, 7, 9), normal(rng, 7, 5)
    assert all(map(same, step(layer, x, dy), step(other, x, dy)))
    assert layer(torch.zeros(0, 9)).shape == (0, 5)


def test_formats_follow_the_epochs():
    """A step's gradients have the formats of its forward pass, even if the epoch has changed."""
    rng = np.random.default_rng(5)
    plan = BoosterSchedule([[4, 6, 0]], block_size=4)
    layer = HBFPLinear(9, 5, bias=False, schedule=plan, layer=0)
    x, dy = normal(rng, 7, 9), normal(rng, 7, 5)
    expected_steps = [
        step(_with_weights(layer, name), x, dy) for name in ("hbfp4", "hbfp6", "fp32")
    ]
    for results in expected_steps:
        given = leaf(x)
        layer.zero_grad()
        y = layer(given)
        plan.step_epoch()
        backward(y, dy)
        assert all(map(same, (y, given.grad, layer.weight.grad), results))
    assert not same(expected_steps[0][0], expected_steps[1][0])
    assert not same(expected_steps[1][2], expected_steps[2][2])


def _with_weights(layer, name):
    """Return a layer with the same weights and another schedule."""
    other = HBFPLinear(
        layer.in_features, layer.out_features, False, schedule=schedule(name), layer=0
    )
    other.load_state_dict(layer.state_dict())
    return other


def test_stochastic_rounding_draws_anew_in_training_only():
    rng = np.random.default_rng(6)
    plan = schedule(rounding=Rounding.STOCHASTIC, seed=1)
    layer = HBFPLinear(64, 5, schedule=plan, layer=0)
    x = normal(rng, 7, 64)
    layer.eval()
    assert same(layer(x), layer(x))
    assert plan.state_dict()["calls"] == [0]
    layer.train()
    first, second = layer(x), layer(x)
    assert not same(first, second)
    assert plan.state_dict()["calls"] == [2]
    plan.load_state_dict({"epoch": 0, "calls": [0]})
    assert same(first, layer(x))
    assert same(second, layer(x))


def test_description():
    """The text has PyTorch's description, the layer's number and its current formats."""
    plan = BoosterSchedule(
        [[[6] * 3] * 3, [[6] * 3] * 3, [[4] * 3, [0] * 3, [4, 6, 8]]],
        block_size=4,
        exponent_bits=8,
        rounding=Rounding.TRUNCATE,
    )
    layer = HBFPLinear(9, 5, schedule=plan, layer=2)
    start = "HBFPLinear(in_features=9, out_features=5, bias=True, layer=2, "
    end = ", block_size=4, exponent_bits=8, rounding=truncate)"
    for formats in (f"hbfp4{end}", "fp32)", f"hbfp4/6/8{end}"):
        assert repr(layer) == start + formats
        plan.step_epoch()
    layer = HBFPLinear(9, 5, schedule=schedule(layers=3), layer=2)
    assert repr(layer).endswith("hbfp4, block_size=4, exponent_bits=10, rounding=nearest)")
    kernel = "(1, 1, kernel_size=(1, 1), stride=(1, 1)"
    other = HBFPConv2d(1, 1, 1, schedule=schedule("hbfp6"), layer=0)
    assert repr(other) == (
        f"HBFPConv2d{kernel}, layer=0, hbfp6, block_size=4, exponent_bits=10, rounding=nearest)"
    )
    assert layer.schedule.format(layer.layer, Role.WEIGHT).mantissa_bits == 4


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: HBFPLinear(2, 2, schedule="hbfp4", layer=0),
            TypeError,
            "Schedule must be a BoosterSchedule, not 'hbfp4'",
        ),
        (
            lambda: HBFPLinear(2, 2, schedule=schedule(), layer=1),
            ValueError,
            "Layer must be 0 to 0, not 1",
        ),
        (
            lambda: HBFPConv2d(2, 2, 1, schedule=schedule(), layer=None),
            TypeError,
            "Layer must be an integer, not None",
        ),
        (
            lambda: HBFPLinear(2, 2, schedule=schedule(), layer=0)(torch.zeros(1, 2).bfloat16()),
            TypeError,
            "Input must be a float32 tensor, not torch.bfloat16",
        ),
        (
            lambda: HBFPLinear(2, 2, schedule=schedule(), layer=0)(torch.zeros(0, 2)),
            ValueError,
            "Input must not be empty, not of shape (0, 2)",
        ),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()
