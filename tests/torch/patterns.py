"""Bit patterns of tensors, and products of them by the oracle."""

import numpy as np
import torch

from hbfp_hw.format import HBFPFormat, Rounding
from tests import oracle


def normal(rng, *shape):
    """Normal random numbers as a tensor."""
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


def patterns(tensor):
    """The 32 bits of each element, as nested lists."""
    return np.ascontiguousarray(tensor.detach().numpy()).view(np.uint32).tolist()


def expected(x, w, formats, rounding=Rounding.NEAREST, seed=0):
    """X·W by the oracle: nested lists of patterns of matrices."""
    fmt_x, fmt_w = formats
    assert isinstance(fmt_x, HBFPFormat)
    sizes = fmt_x.block_size, fmt_x.exponent_bits
    return oracle.gemm(
        patterns(x),
        patterns(w),
        None,
        oracle.Formats(fmt_x.mantissa_bits, fmt_w.mantissa_bits, *sizes),
        oracle.Conversion(rounding.name.lower(), seed & 0xFFFFFFFF),
    )


def same(a, b):
    """Whether two tensors are equal in every bit."""
    return a.shape == b.shape and patterns(a) == patterns(b)


def leaf(tensor):
    """A copy that collects a gradient."""
    return tensor.clone().requires_grad_()


def backward(y, dy):
    """Send a gradient back from an output."""
    torch.autograd.backward(y, dy)
