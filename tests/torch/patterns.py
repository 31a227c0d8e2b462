"""Bit patterns of tensors, and their products as the oracle computes them."""

import numpy as np
import torch
from torch import Tensor

from hbfp_hw.format import HBFPFormat, Rounding
from tests import oracle


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Return normal random numbers as a float32 tensor."""
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


def patterns(tensor: Tensor) -> list[list[int]]:
    """Return the 32 bits of each element of a matrix, as nested lists."""
    bits: list[list[int]] = np.ascontiguousarray(tensor.detach().numpy()).view(np.uint32).tolist()
    return bits


def expected(
    x: Tensor,
    w: Tensor,
    formats: tuple[HBFPFormat, HBFPFormat],
    rounding: Rounding = Rounding.NEAREST,
    seed: int = 0,
) -> list[list[int]]:
    """Return the bits of X·W as the oracle computes them, as nested lists."""
    fmt_x, fmt_w = formats
    sizes = fmt_x.block_size, fmt_x.exponent_bits
    return oracle.gemm(
        patterns(x),
        patterns(w),
        None,
        oracle.Formats(fmt_x.mantissa_bits, fmt_w.mantissa_bits, *sizes),
        oracle.Conversion(rounding.name.lower(), seed & 0xFFFFFFFF),
    )


def same(a: Tensor, b: Tensor) -> bool:
    """Return whether two tensors have equal shapes and bits."""
    return a.shape == b.shape and patterns(a) == patterns(b)


def leaf(tensor: Tensor) -> Tensor:
    """Return a copy that collects a gradient."""
    return tensor.clone().requires_grad_()


def backward(y: Tensor, dy: Tensor) -> None:
    """Propagate a gradient back from an output."""
    torch.autograd.backward(y, dy)
