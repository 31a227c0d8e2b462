"""Matrix products and convolutions that PyTorch can differentiate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from hbfp_hw.booster import Pass
from hbfp_hw.format import HBFPFormat, Rounding, check_integer
from hbfp_hw.golden.convert import check_conversion
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.torch.columns import Window, samples_first, samples_last
from hbfp_hw.torch.product import check_tensor, product


@dataclass(frozen=True)
class Arithmetic:
    """Of the three products of a layer in one training step.

    Parameters:
        formats: Formats of the operands of each product.
        rounding: Rounding mode.
        seeds: Seed of stochastic rounding of each product.
    """

    formats: Mapping[Pass, tuple[HBFPFormat, HBFPFormat]]
    rounding: Rounding
    seeds: Mapping[Pass, int]

    def product(self, which: Pass, x: Tensor, w: Tensor, *, columns_first: bool = False) -> Tensor:
        """One of the products."""
        return product(
            *(x, w, self.formats[which], self.rounding, self.seeds[which]),
            columns_first=columns_first,
        )


class Matmul(torch.autograd.Function):
    """Y = X·W of batches of matrices (batch, M, K) and (batch, K, P)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, arithmetic: Arithmetic) -> Tensor:
        ctx.save_for_backward(x, w)
        ctx.arithmetic = arithmetic
        return arithmetic.product(Pass.FORWARD, x, w)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, w = ctx.saved_tensors
        dx = dw = None
        if ctx.needs_input_grad[0]:
            dx = ctx.arithmetic.product(Pass.INPUT_GRADIENT, gradient, w.mT)
        if ctx.needs_input_grad[1]:
            dw = ctx.arithmetic.product(Pass.WEIGHT_GRADIENT, x.mT, gradient)
        return dx, dw, None


class Convolution(torch.autograd.Function):
    """A 2-D convolution of an input that is padded already, as a product of all its places.

    M counts the places of the output, row by row, and at each all samples; K the channels of the
    group, then rows and columns of the kernel; P the output channels of the group.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, window: Window, arithmetic: Arithmetic
    ) -> Tensor:
        x = samples_last(x)
        ctx.save_for_backward(x, weight)
        ctx.window, ctx.arithmetic = window, arithmetic
        block_size = arithmetic.formats[Pass.FORWARD][0].block_size
        columns, _ = window.gather(x, block_size)
        y = arithmetic.product(
            Pass.FORWARD, columns, _kernels(weight, window).mT, columns_first=True
        )
        # From (groups, M, P), in memory channel by channel.
        return samples_first(y.mT.reshape(len(weight), *window.places(x.shape), x.shape[-1]))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        window, arithmetic = ctx.window, ctx.arithmetic
        kernels = _kernels(weight, window)
        dy = samples_last(gradient).reshape(*kernels.shape[:2], -1).mT
        dx = dweight = None
        if ctx.needs_input_grad[0]:
            columns = arithmetic.product(Pass.INPUT_GRADIENT, dy, kernels, columns_first=True)
            dx = samples_first(window.scatter(columns, x.shape))
        if ctx.needs_input_grad[1]:
            block_size = arithmetic.formats[Pass.WEIGHT_GRADIENT][0].block_size
            _, columns = window.gather(x, block_size)
            dw = arithmetic.product(Pass.WEIGHT_GRADIENT, columns.mT, dy, columns_first=True)
            dweight = dw.mT.reshape(weight.shape)
        return dx, dweight, None, None


def _kernels(weight: Tensor, window: Window) -> Tensor:
    """Weights (channels, …) as matrices (groups, P, K)."""
    return weight.reshape(window.groups, weight.shape[0] // window.groups, -1)


def matmul(
    x: Tensor,
    w: Tensor,
    *,
    fmt_x: HBFPFormat,
    fmt_w: HBFPFormat | None = None,
    fmt_gradient: HBFPFormat | None = None,
    rounding: Rounding = Rounding.NEAREST,
    seeds: tuple[int, int, int] = (0, 1, 2),
) -> Tensor:
    """HBFP matrix product Y = X·W, whose gradients are HBFP products too.

    Y, dX = dY·Wᵀ and dW = Xᵀ·dY are in every bit what :func:`hbfp_hw.gemm` returns.

    Parameters:
        x: float32 tensor, shape (..., M, K).
        w: float32 tensor, shape (K, P) or (..., K, P) with the leading dimensions of X; if it has
            none, those of X are further rows of one product. Else each matrix is a product of its
            own, with the seed of the one before plus 1.
        fmt_x: Format of X.
        fmt_w: Format of W; by default that of X.
        fmt_gradient: Format of dY; by default that of X.
        rounding: Rounding mode of all conversions.
        seeds: Seeds of stochastic rounding of Y, dX and dW.

    Raises:
        TypeError: An operand is not a float32 tensor, or a parameter is of the wrong kind.
        ValueError: The shapes or the formats do not fit, an operand is empty or not on the CPU, or
            a seed is out of range.
    """
    check_tensor("X", x)
    check_tensor("W", w)
    leading = x.shape[:-2]
    if x.ndim < 2 or w.ndim < 2:
        raise ValueError(
            f"X and W must be matrices, not of shape {tuple(x.shape)!r} and {tuple(w.shape)!r}"
        )
    if x.shape[-1] != w.shape[-2] or w.shape[:-2] not in (torch.Size(), leading):
        raise ValueError(
            f"W must be of shape ({x.shape[-1]}, P) or with the leading dimensions of X, "
            f"not {tuple(w.shape)!r}"
        )
    fmt_w, fmt_gradient = fmt_w or fmt_x, fmt_gradient or fmt_x
    check_pair(fmt_x, fmt_w)
    check_pair(fmt_x, fmt_gradient)
    if not isinstance(seeds, tuple) or len(seeds) != len(Pass):
        raise TypeError(f"Seeds must be a tuple of {len(Pass)} integers, not {seeds!r}")
    for seed in seeds:
        check_integer("Seed", seed, 0, 2**32 - 1)
    arithmetic = Arithmetic(
        {
            Pass.FORWARD: (fmt_x, fmt_w),
            Pass.INPUT_GRADIENT: (fmt_gradient, fmt_w),
            Pass.WEIGHT_GRADIENT: (fmt_x, fmt_gradient),
        },
        check_conversion(rounding, 0, 1),
        dict(zip(Pass, seeds, strict=True)),
    )
    if w.ndim == 2:
        y = Matmul.apply(x.reshape(1, -1, x.shape[-1]), w.unsqueeze(0), arithmetic)
    else:
        y = Matmul.apply(x.flatten(0, -3), w.flatten(0, -3), arithmetic)
    return y.reshape(*x.shape[:-1], w.shape[-1])
