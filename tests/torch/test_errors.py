"""Inputs and weights that do not match raise the errors of PyTorch's own layers."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from hbfp_hw import HBFPFormat, Rounding
from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model, matmul
from hbfp_hw.torch.arithmetic import NOBODY, Codes
from hbfp_hw.torch.product import product
from tests.torch.patterns import leaf, normal, patterns, same

PLAN = {"block_size": 8}
CODES = Codes(NOBODY, Rounding.NEAREST, 0, 0, 0, 8, 10, 4, 4, 4).tensor()


def pair(make):
    """Return a layer of PyTorch and a converted one with the same weights."""
    plain, other = make(), make()
    other.load_state_dict(plain.state_dict())
    return plain, convert_model(other, BoosterSchedule([[4]], **PLAN))


def error_of(layer, x):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever PyTorch raises
        layer(x)
    return type(caught.value), str(caught.value)


@pytest.mark.parametrize("shape", [(2, 8), (2, 16), (2, 17), (2, 3, 9), (2, 10**6), (9,), ()])
def test_linear_layers_refuse_what_pytorch_refuses(shape):
    plain, layer = pair(lambda: nn.Linear(10, 3))
    assert error_of(layer, torch.ones(shape)) == error_of(plain, torch.ones(shape))


@pytest.mark.parametrize(
    "make", [lambda **k: nn.Conv2d(4, 4, 3, **k), lambda **k: nn.Conv1d(4, 4, 3, **k)]
)
@pytest.mark.parametrize(
    "options", [{}, {"groups": 2}, {"padding": 1}, {"dilation": 2}, {"padding": "same"}]
)
def test_convolutions_refuse_what_pytorch_refuses(make, options):
    """Inputs of 0 to 5 dimensions, of too few or too many channels, or smaller than the kernel."""
    plain, layer = pair(lambda: make(**options))
    refused = taken = 0
    for ndim in range(6):
        for channels in (2, 4, 5):
            for size in range(1, 7):
                shape = [1, channels, *[size] * 4][:ndim]
                x = torch.ones(shape)
                try:
                    expected = plain(x).shape
                except RuntimeError:
                    assert error_of(layer, x) == error_of(plain, x)
                    refused += 1
                else:
                    assert layer(x).shape == expected
                    assert min(expected) > 0
                    taken += 1
    assert refused > 50
    assert taken > 1


@pytest.mark.parametrize("change", [nn.Module.double, nn.Module.half, nn.Module.bfloat16])
@pytest.mark.parametrize("make", [lambda: nn.Linear(4, 3), lambda: nn.Conv2d(4, 3, 1)])
def test_weights_of_another_type(make, change):
    x = torch.ones(2, 4, 5, 4)
    plain, layer = (change(each) for each in pair(make))
    assert error_of(layer, x) == error_of(plain, x)
    plain, layer = pair(make)
    for each in (plain, layer):
        each.bias = nn.Parameter(change(nn.Linear(1, 3)).bias.detach())
    assert error_of(layer, x) == error_of(plain, x)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (torch.ones(2, 4).double(), TypeError, "Input must be a float32 tensor, not torch.float64"),
        (np.ones((2, 4), np.float32), TypeError, "Input must be a float32 tensor, not ndarray"),
        (torch.ones(2, 4, device="meta"), ValueError, "Input must be on the CPU, not on 'meta'"),
        (
            torch.ones(2, 4).to_sparse(),
            ValueError,
            "Input must be a dense tensor, not one of layout torch.sparse_coo",
        ),
        (torch.ones(0, 4), ValueError, "Input must not be empty, not of shape (0, 4)"),
    ],
)
def test_tensors_that_are_not_taken(x, error, message):
    _, layer = pair(lambda: nn.Linear(4, 3))
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        layer(x)


def test_weights_on_another_device():
    _, layer = pair(lambda: nn.Linear(4, 3))
    layer.to("meta")
    with pytest.raises(ValueError, match=r"^Weight must be on the CPU, not on 'meta'$"):
        layer(torch.ones(2, 4))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_default_type_and_device_change_nothing(dtype):
    rng = np.random.default_rng(1)
    _, layer = pair(lambda: nn.Conv2d(3, 4, 3))
    x, fmt = normal(rng, 2, 3, 6, 6), HBFPFormat(4, 8)

    def results():
        given = leaf(x)
        y = layer(given)
        y.sum().backward()
        y2 = matmul(x[0], x[1].mT, fmt_x=fmt)
        return y, given.grad, y2

    expected = results()
    try:
        torch.set_default_dtype(dtype)
        assert all(map(same, results(), expected))
        torch.set_default_dtype(torch.float32)
        with torch.device("meta"):
            assert all(map(same, results(), expected))
    finally:
        torch.set_default_dtype(torch.float32)


def test_views_of_every_kind():
    """Inputs with strides of 0, negated views, views at an offset, inputs that need gradients."""
    rng = np.random.default_rng(2)
    _, layer = pair(lambda: nn.Linear(4, 3))
    wide = normal(rng, 5, 9)
    negative = torch.complex(wide[:, :4], wide[:, 4:8]).conj().imag
    assert negative.is_neg()
    for x in (wide[:, 1:5], wide[:, ::2][:, :4], wide[:1, :4].expand(5, 4), wide.T[:4].T, negative):
        expected = layer(x.resolve_neg().clone(memory_format=torch.contiguous_format))
        assert same(layer(x), expected)
        assert same(layer(x.detach().requires_grad_()), expected)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (
            "matmul",
            ((1, 2, 9), (1, 8, 3)),
            "W must be 1 matrices of 9 rows, not of shape (1, 8, 3)",
        ),
        (
            "matmul",
            ((2, 2, 8), (1, 8, 3)),
            "W must be 2 matrices of 8 rows, not of shape (1, 8, 3)",
        ),
        (
            "matmul",
            ((2, 8), (1, 8, 3)),
            "X and W must be batches of matrices, not of shapes (2, 8) and (1, 8, 3)",
        ),
        (
            "convolution",
            ((1, 2, 4, 4), (3, 1, 3, 3), [3, 3, 1, 1, 1, 1, 1]),
            "Input must have 1 channels, not 2",
        ),
        (
            "convolution",
            ((1, 2, 2, 4), (3, 2, 3, 3), [3, 3, 1, 1, 1, 1, 1]),
            "Kernel must be no larger than the padded input (2, 4), not (3, 3) with a dilation of "
            "(1, 1)",
        ),
        (
            "convolution",
            ((1, 2, 4, 4), (3, 2, 3, 3), [2, 2, 1, 1, 1, 1, 1]),
            "Weights must have a kernel of (2, 2) and a multiple of 1 output channels, "
            "not shape (3, 2, 3, 3)",
        ),
        (
            "convolution",
            ((1, 2, 4, 4), (3, 2, 3, 3), [3, 3, 0, 1, 1, 1, 1]),
            "Window must be 7 integers of at least 1, not [3, 3, 0, 1, 1, 1, 1]",
        ),
        (
            "convolution_dw",
            ((2, 4, 4, 1), (3, 3, 3, 1), [3, 3, 1, 1, 1, 1, 1]),
            "Gradient must be of shape (3, 2, 2, 1), not (3, 3, 3, 1)",
        ),
    ],
)
def test_operators_called_with_anything(name, arguments, message):
    arguments = [torch.ones(each) if isinstance(each, tuple) else each for each in arguments]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        getattr(torch.ops.hbfp, name)(*arguments, CODES)


@pytest.mark.parametrize(
    ("codes", "error", "message"),
    [
        (CODES.int(), TypeError, "Codes must be an int64 tensor, not torch.int32"),
        (CODES[1:], ValueError, "Codes must be of shape (10,), not (9,)"),
        (CODES * 5, ValueError, "Mantissa width must be 2 to 16, not 20"),
        (
            CODES + torch.tensor([7] + [0] * 9),
            ValueError,
            "Handle must be that of a layer that is alive in this process, not 7",
        ),
    ],
)
def test_codes_that_are_none(codes, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        torch.ops.hbfp.matmul(torch.ones(1, 2, 8), torch.ones(1, 8, 2), codes)


def test_operands_filled_up_to_whole_blocks():
    """One of the two operands may be padded with zeros to whole blocks."""
    rng = np.random.default_rng(3)
    fmt = HBFPFormat(4, 8)
    x, w = normal(rng, 1, 3, 16), normal(rng, 1, 13, 2)
    x[..., 13:] = 0
    y = product(x, w, (fmt, fmt), Rounding.NEAREST, 0)
    assert patterns(y) == patterns(product(x[..., :13], w, (fmt, fmt), Rounding.NEAREST, 0))
    with pytest.raises(ValueError, match=r"^W must be 1 matrices of 15 rows"):
        product(x[..., :15], w, (fmt, fmt), Rounding.NEAREST, 0)
