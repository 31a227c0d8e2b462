"""Operators for FP32 layers that compilers leave alone, see :mod:`.fp32_operators`."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from hbfp_hw.torch.fp32_operators import ATEN, define, defined, differentiate, spread


def _compute_layer_norm_backward(*arguments: Any) -> list[Tensor]:
    return defined(ATEN.native_layer_norm_backward(*arguments))


_layer_norm_gradients = define(
    "layer_norm_backward(Tensor dy, Tensor x, SymInt[] shape, Tensor mean, Tensor rstd, "
    "Tensor? weight, Tensor? bias, bool[3] needed) -> Tensor[]",
    _compute_layer_norm_backward,
)


def _save_layer_norm(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    x, ctx.shape, weight, bias, _ = inputs
    _, mean, rstd = output
    ctx.save_for_backward(x, mean, rstd, weight, bias)


def _layer_norm_backward(ctx: Any, dy: Tensor, *others: Tensor) -> tuple[Any, ...]:
    x, *saved = ctx.saved_tensors
    x_needed, _, *affine, _ = ctx.needs_input_grad
    needed = [x_needed, *affine]
    gradients = _layer_norm_gradients(dy, x, ctx.shape, *saved, needed)
    dx, dw, db = spread(gradients, needed)
    return dx, None, dw, db, None


layer_norm = differentiate(
    define(
        "layer_norm(Tensor x, SymInt[] shape, Tensor? weight, Tensor? bias, float eps) "
        "-> (Tensor, Tensor, Tensor)",
        torch.native_layer_norm,
    ),
    _save_layer_norm,
    _layer_norm_backward,
)
"""Return layer normalisation, with the means and reciprocal deviations for its gradients."""


def _compute_batch_norm(*arguments: Any) -> tuple[Tensor, ...]:
    x, weight, bias, mean, variance, *settings = arguments
    mean, variance = mean.clone(), variance.clone()
    results = torch.native_batch_norm(x, weight, bias, mean, variance, *settings)
    return *results, mean, variance


def _compute_batch_norm_backward(*arguments: Any) -> list[Tensor]:
    return defined(ATEN.native_batch_norm_backward(*arguments))


_batch_norm_gradients = define(
    "batch_norm_backward(Tensor dy, Tensor x, Tensor? weight, Tensor mean, Tensor variance, "
    "Tensor batch_mean, Tensor batch_rstd, bool training, float eps, bool[3] needed) -> Tensor[]",
    _compute_batch_norm_backward,
)


def _save_batch_norm(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    x, weight, _, _, _, ctx.training, _, ctx.eps = inputs
    _, batch_mean, batch_rstd, mean, variance = output
    ctx.save_for_backward(x, weight, mean, variance, batch_mean, batch_rstd)


def _batch_norm_backward(ctx: Any, dy: Tensor, *others: Tensor) -> tuple[Any, ...]:
    needed = list(ctx.needs_input_grad[:3])
    gradients = _batch_norm_gradients(dy, *ctx.saved_tensors, ctx.training, ctx.eps, needed)
    return *spread(gradients, needed), None, None, None, None, None


batch_norm = differentiate(
    define(
        "batch_norm(Tensor x, Tensor? weight, Tensor? bias, Tensor mean, Tensor variance, "
        "bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
        _compute_batch_norm,
    ),
    _save_batch_norm,
    _batch_norm_backward,
)
"""Return batch normalisation, the batch's means and reciprocal deviations, and the new running
means and variances."""


def _compute_linear_backward(
    dy: Tensor, x: Tensor, weight: Tensor, needed: Sequence[bool]
) -> list[Tensor]:
    rows, gradients = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return defined(
        (
            gradients.mm(weight).view(x.shape) if needed[0] else None,
            gradients.T.mm(rows) if needed[1] else None,
            gradients.sum(0) if needed[2] else None,
        )
    )


_linear_gradients = define(
    "linear_backward(Tensor dy, Tensor x, Tensor weight, bool[3] needed) -> Tensor[]",
    _compute_linear_backward,
)


def _save_linear(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs[:2])


def _linear_backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
    needed = list(ctx.needs_input_grad)
    return tuple(spread(_linear_gradients(dy, *ctx.saved_tensors, needed), needed))


linear = differentiate(
    define("linear(Tensor x, Tensor weight, Tensor? bias) -> Tensor", functional.linear),
    _save_linear,
    _linear_backward,
)
"""Return X·Wᵀ + b."""


def _compute_convolution(*arguments: Any) -> Tensor:
    x, weight, bias, stride, padding, dilation, groups = arguments
    settings = stride, padding, dilation, False, [0] * len(stride), groups
    return torch.convolution(x, weight, bias, *settings)


def _compute_convolution_backward(*arguments: Any) -> list[Tensor]:
    dy, x, weight, stride, padding, dilation, groups, needed = arguments
    settings = stride, padding, dilation, False, [0] * len(stride), groups, needed
    return defined(ATEN.convolution_backward(dy, x, weight, weight.shape[:1], *settings))


_convolution_gradients = define(
    "fp32_convolution_backward(Tensor dy, Tensor x, Tensor weight, int[] stride, int[] padding, "
    "int[] dilation, int groups, bool[3] needed) -> Tensor[]",
    _compute_convolution_backward,
)


def _save_convolution(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, _, *ctx.settings = inputs
    ctx.save_for_backward(x, weight)


def _convolution_backward(ctx: Any, dy: Tensor) -> tuple[Any, ...]:
    needed = list(ctx.needs_input_grad[:3])
    gradients = _convolution_gradients(dy, *ctx.saved_tensors, *ctx.settings, needed)
    return *spread(gradients, needed), None, None, None, None


convolution = differentiate(
    define(
        "fp32_convolution(Tensor x, Tensor weight, Tensor? bias, int[] stride, int[] padding, "
        "int[] dilation, int groups) -> Tensor",
        _compute_convolution,
    ),
    _save_convolution,
    _convolution_backward,
)
"""Return the convolution of a batch (samples, channels, …) with one or two spatial dimensions."""
