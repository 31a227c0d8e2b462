"""Convolutions: every output position is a row of the matrix product."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from hbfp_hw.booster import BoosterSchedule, Pass
from hbfp_hw.format import Rounding
from hbfp_hw.torch import HBFPConv1d, HBFPConv2d
from tests.torch.patterns import backward, expected, leaf, normal, patterns, same


def schedule(name="hbfp4", **options):
    return BoosterSchedule.preset(name, 1, 2, **{"block_size": 5, **options})


def rows_of(padded, layer, group):
    """Return X of a group's product, and the position of each element in the padded input."""
    samples, channels, height, width = padded.shape
    per_group = channels // layer.groups
    tall, wide = (
        (size - dilation * (kernel - 1) - 1) // stride + 1
        for size, kernel, stride, dilation in zip(
            (height, width), layer.kernel_size, layer.stride, layer.dilation, strict=True
        )
    )
    places = [
        [
            (
                sample,
                group * per_group + channel,
                top * layer.stride[0] + row * layer.dilation[0],
                left * layer.stride[1] + column * layer.dilation[1],
            )
            for channel, row, column in itertools.product(
                range(per_group), *map(range, layer.kernel_size)
            )
        ]
        for top, left, sample in itertools.product(range(tall), range(wide), range(samples))
    ]
    return torch.stack([torch.stack([padded[at] for at in row]) for row in places]), places


OPTIONS = [
    {},
    {"padding": 1},
    {"padding": (2, 0), "stride": (2, 1), "bias": False},
    {"stride": 2, "padding": 1, "groups": 2},
    {"dilation": (1, 2), "padding": "same"},
    {"padding": 1, "padding_mode": "circular"},
    {"padding": "valid", "groups": 4},
]


@pytest.mark.parametrize("rounding", [Rounding.NEAREST, Rounding.STOCHASTIC])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_forward_and_gradients(options, rounding):
    """The oracle computes Y and dW of every group. dX is the FP32 sum of the oracle's dX."""
    rng = np.random.default_rng(1)
    plan = schedule(rounding=rounding, seed=5)
    torch.manual_seed(1)
    layer = HBFPConv2d(4, 8, (3, 2), schedule=plan, layer=0, **options)
    x = leaf(normal(rng, 2, 4, 5, 6))
    y = layer(x)
    # The layer's own padding and FP32 convolution give the positions.
    padding = layer._reversed_padding_repeated_twice
    mode = options.get("padding_mode", "constant")
    padded = nn.functional.pad(x.detach(), padding, mode=mode)
    assert y.shape == nn.Conv2d(4, 8, (3, 2), **options)(x).shape
    dy = normal(rng, *y.shape)
    backward(y, dy)

    formats = plan.formats(0, Pass.FORWARD)
    seeds = {which: plan.product_seed(0, which, 0) for which in Pass}
    sums = torch.zeros_like(padded)
    per_group = 8 // layer.groups
    for group in range(layer.groups):
        part = slice(group * per_group, (group + 1) * per_group)
        rows, places = rows_of(padded, layer, group)
        w = layer.weight.detach()[part].reshape(per_group, -1).T
        by_place = y.detach()[:, part].permute(2, 3, 0, 1).reshape(len(rows), per_group)
        product = torch.tensor(
            np.array(
                expected(rows, w, formats, rounding, seeds[Pass.FORWARD] + group), np.uint32
            ).view(np.float32)
        )
        bias = 0 if layer.bias is None else layer.bias.detach()[part]
        assert same(by_place, product + bias)
        gradient = dy[:, part].permute(2, 3, 0, 1).reshape(len(rows), per_group)
        dw = expected(rows.T, gradient, formats, rounding, seeds[Pass.WEIGHT_GRADIENT] + group)
        assert patterns(layer.weight.grad[part].reshape(per_group, -1).T) == dw
        dx = expected(gradient, w.T, formats, rounding, seeds[Pass.INPUT_GRADIENT] + group)
        dx = torch.tensor(np.array(dx, np.uint32).view(np.float32))
        # The sum runs over the kernel's rows and columns in the documented order.
        for column in range(rows.shape[1]):
            for row in range(rows.shape[0]):
                sums[places[row][column]] += dx[row, column]
    # The gradient of the padding is PyTorch's.
    given = leaf(x.detach())
    backward(nn.functional.pad(given, padding, mode=mode), sums)
    assert same(x.grad, given.grad)


@pytest.mark.parametrize("options", [{"padding": 1, "stride": 2}, {"groups": 2, "dilation": 2}])
def test_one_dimension_is_two_of_which_one_is_1(options):
    rng = np.random.default_rng(2)
    flat = HBFPConv1d(4, 6, 3, schedule=schedule(), layer=0, **options)
    twofold = {name: (1, size) if name != "groups" else size for name, size in options.items()}
    twofold["padding"] = (0, options.get("padding", 0))
    deep = HBFPConv2d(4, 6, (1, 3), schedule=schedule(), layer=0, **twofold)
    deep.load_state_dict({"weight": flat.weight.detach().unsqueeze(2), "bias": flat.bias.detach()})
    x = leaf(normal(rng, 3, 4, 11))
    image = leaf(x.detach().unsqueeze(2))
    y, y2 = flat(x), deep(image)
    assert same(y, y2.squeeze(2))
    dy = normal(rng, *y.shape)
    backward(y, dy)
    backward(y2, dy.unsqueeze(2))
    assert same(x.grad, image.grad.squeeze(2))
    assert same(flat.weight.grad, deep.weight.grad.squeeze(2))
    assert same(flat.bias.grad, deep.bias.grad)


@pytest.mark.parametrize("kind", [HBFPConv1d, HBFPConv2d])
def test_one_sample_without_a_batch(kind):
    rng = np.random.default_rng(3)
    layer = kind(2, 3, 3, schedule=schedule(), layer=0)
    x = normal(rng, 2, *(7,) * (1 if kind is HBFPConv1d else 2))
    assert same(layer(x), layer(x[None])[0])


@pytest.mark.parametrize(("kind", "plain"), [(HBFPConv1d, nn.Conv1d), (HBFPConv2d, nn.Conv2d)])
def test_fp32_is_the_layer_of_pytorch(kind, plain):
    rng = np.random.default_rng(4)
    layer = kind(4, 6, 3, padding=1, schedule=schedule("fp32"), layer=0)
    other = plain(4, 6, 3, padding=1)
    other.load_state_dict(layer.state_dict())
    x = normal(rng, 3, 4, *(9,) * (1 if kind is HBFPConv1d else 2))
    first, second = leaf(x), leaf(x)
    y, y2 = layer(first), other(second)
    dy = normal(rng, *y.shape)
    backward(y, dy)
    backward(y2, dy)
    assert same(y, y2)
    assert same(first.grad, second.grad)
    assert same(layer.weight.grad, other.weight.grad)
    assert same(layer.bias.grad, other.bias.grad)
