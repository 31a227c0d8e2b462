"""Differentiable HBFP matrix products."""

import torch
from torch import Tensor

from hbfp_hw.booster import Pass
from hbfp_hw.format import HBFPFormat, Rounding, check_integer, rounding_mode
from hbfp_hw.golden.dot import check_pair
from hbfp_hw.torch import operators
from hbfp_hw.torch.arithmetic import NOBODY, Codes
from hbfp_hw.torch.product import check_tensor


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
    """Return the HBFP matrix product Y = X·W. Its gradients are HBFP products too.

    Y, dX = dY·Wᵀ and dW = Xᵀ·dY have the bits that :func:`hbfp_hw.gemm` returns.

    Parameters:
        x: Left operand, float32, shape (..., M, K).
        w: Right operand, float32. With shape (K, P), the leading dimensions of X are further rows
            of one product. With shape (..., K, P) and X's leading dimensions, each matrix is a
            product of its own, whose seeds are those of the product before plus 1.
        fmt_x: Format of X.
        fmt_w: Format of W; by default that of X.
        fmt_gradient: Format of dY; by default that of X.
        rounding: Rounding mode of all conversions.
        seeds: Seeds of stochastic rounding for Y, dX and dW.

    Raises:
        TypeError: An operand is not a float32 tensor, or a parameter has the wrong type.
        ValueError: The shapes or the formats do not match, an operand is empty or not on the CPU,
            or a seed is out of range.
    """
    check_matrices(x, w)
    fmt_w, fmt_gradient = fmt_w or fmt_x, fmt_gradient or fmt_x
    check_pair(fmt_x, fmt_w)
    check_pair(fmt_x, fmt_gradient)
    if not isinstance(seeds, tuple) or len(seeds) != len(Pass):
        raise TypeError(f"Seeds must be a tuple of {len(Pass)} integers, not {seeds!r}")
    for seed in seeds:
        check_integer("Seed", seed, 0, 2**32 - 1)
    codes = Codes(
        NOBODY,
        rounding_mode(rounding),
        *seeds,
        fmt_x.block_size,
        fmt_x.exponent_bits,
        fmt_x.mantissa_bits,
        fmt_w.mantissa_bits,
        fmt_gradient.mantissa_bits,
    )
    return multiply(x, w, codes.tensor())


def check_matrices(x: Tensor, w: Tensor) -> None:
    """Raise unless the operands are valid for :func:`matmul`."""
    check_tensor("X", x)
    check_tensor("W", w)
    if x.ndim < 2 or w.ndim < 2:
        raise ValueError(
            f"X and W must be matrices, not of shape {tuple(x.shape)!r} and {tuple(w.shape)!r}"
        )
    if x.shape[-1] != w.shape[-2] or w.shape[:-2] not in (torch.Size(), x.shape[:-2]):
        raise ValueError(
            f"W must be of shape ({x.shape[-1]}, P) or with the leading dimensions of X, "
            f"not {tuple(w.shape)!r}"
        )


def multiply(x: Tensor, w: Tensor, codes: Tensor) -> Tensor:
    """Return X·W of checked operands, as :func:`matmul` does.

    Parameters:
        x: Left operand, shape (..., M, K).
        w: Right operand, shape (K, P) or (..., K, P).
        codes: Formats, rounding mode and seeds, see :class:`~hbfp_hw.torch.arithmetic.Codes`.
    """
    if w.ndim == 2:
        y = operators.matmul(x.reshape(1, -1, x.shape[-1]), w.unsqueeze(0), codes)
    else:
        y = operators.matmul(x.flatten(0, -3), w.flatten(0, -3), codes)
    return y.reshape(*x.shape[:-1], w.shape[-1])
