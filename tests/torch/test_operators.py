"""All operators pass PyTorch's own checks of operators."""

import itertools
import re

import numpy as np
import pytest
import torch
from torch import nn

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import convert_model
from hbfp_hw.torch.arithmetic import NOBODY, Codes
from tests.torch.patterns import normal

CODES = Codes(NOBODY, 0, 0, 0, 0, 4, 10, 4, 4, 6).tensor()


def operators():
    """Yield calls of all operators with every kind of argument."""
    rng = np.random.default_rng(11)

    def make(*shape):
        return normal(rng, *shape)

    for batch, grad in itertools.product((1, 3), (False, True)):
        x, w = make(batch, 5, 9).requires_grad_(grad), make(batch, 9, 2).requires_grad_(grad)
        yield "matmul", (x, w, CODES)
    yield "product", (make(2, 5, 9), make(2, 9, 3), 1, CODES)
    window = [3, 2, 2, 1, 1, 2, 2]
    x, weight = make(3, 4, 7, 6), make(6, 2, 3, 2)
    yield "convolution", (x.requires_grad_(), weight.requires_grad_(), window, CODES)
    x, weight, dy = make(4, 7, 6, 3), make(6, 2, 3, 2), make(6, 3, 4, 3)
    yield "convolution_y", (x, weight, window, CODES)
    yield "convolution_dx", (dy, weight, list(x.shape), window, CODES)
    yield "convolution_dw", (x, dy, window, CODES)
    layer = convert_model(nn.Linear(9, 3), BoosterSchedule([[4]], block_size=4))
    operators.layer = layer
    yield "draw", (layer._handle, make(5, 9), True, False)


def fp32_operators():
    """Yield calls of the FP32 operators and of their gradients."""
    rng = np.random.default_rng(13)

    def make(*shape):
        return normal(rng, *shape).requires_grad_()

    x, weight, bias, flags = make(3, 6, 5), make(5), make(5), [True, True, True]
    yield "add", (x, bias)
    yield "add", (x, make(1, 6, 5))
    yield "sum_to_size", (normal(rng, 3, 6, 5), [6, 1])
    yield "mean", (x, [0, 2], False)
    yield "mean", (x, [1], True)
    yield "softmax", (x, -1)
    yield "softmax_backward", (normal(rng, 3, 6), normal(rng, 3, 6).softmax(1), 1)
    yield "gelu", (x, "tanh")
    yield "gelu_backward", (normal(rng, 3, 6), normal(rng, 3, 6), "none")
    yield "reflect", (x, [2, 1])
    yield "reflect", (make(2, 3, 4, 5), [2, 1, 0, 3])
    yield "reflect_backward", (normal(rng, 3, 6, 8), normal(rng, 3, 6, 5), [2, 1])
    yield "layer_norm", (x, [5], weight, bias, 1e-5)
    yield "layer_norm", (x, [6, 5], None, None, 1e-5)
    with torch.no_grad():
        _, mean, rstd = torch.native_layer_norm(x, [5], weight, bias, 1e-5)
        saved = x.detach(), [5], mean, rstd, weight.detach(), bias.detach()
        yield "layer_norm_backward", (normal(rng, 3, 6, 5), *saved, flags)
        yield "layer_norm_backward", (normal(rng, 3, 6, 5), *saved, [False, True, False])
    running = torch.zeros(6), torch.ones(6)
    yield "batch_norm", (x, make(6), make(6), *running, True, 0.1, 1e-5)
    yield "batch_norm", (x, None, None, *running, False, 0.1, 1e-5)
    saved = x.detach(), normal(rng, 6), *running, normal(rng, 6), torch.ones(6), True, 1e-5
    yield "batch_norm_backward", (normal(rng, 3, 6, 5), *saved, flags)
    yield "linear", (x, make(4, 5), make(4))
    yield "linear", (x, make(4, 5), None)
    yield "linear_backward", (normal(rng, 3, 6, 4), x.detach(), normal(rng, 4, 5), flags)
    settings = [2, 1], [1, 0], [1, 2], 2
    yield "fp32_convolution", (make(2, 4, 5, 6), make(6, 2, 3, 2), make(6), *settings)
    x, weight = normal(rng, 2, 4, 5, 6), normal(rng, 6, 2, 3, 2)
    dy = normal(rng, 2, 6, 3, 4)
    yield "fp32_convolution_backward", (dy, x, weight, *settings, flags)


CASES = {
    f"{number}-{name}": (name, arguments)
    for number, (name, arguments) in enumerate([*operators(), *fp32_operators()])
}


@pytest.mark.parametrize("case", CASES)
def test_operators_by_pytorchs_own_checks(case):
    """The check covers schema, gradients, and the shapes and strides that compilers rely on."""
    name, arguments = CASES[case]
    operator = getattr(torch.ops.hbfp, name).default
    checks = ["test_schema", "test_faketensor"]
    if any(isinstance(each, torch.Tensor) and each.requires_grad for each in arguments):
        checks += ["test_autograd_registration"]
    results = torch.library.opcheck(operator, arguments, test_utils=checks)
    assert set(results.values()) == {"SUCCESS"}


def test_all_operators_are_checked():
    defined = re.findall(r"hbfp::(\w+)", " ".join(map(str, torch._C._dispatch_get_all_op_names())))
    assert {name for name, _ in CASES.values()} == set(defined)
