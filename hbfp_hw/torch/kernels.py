"""FP32 operations with the bits of PyTorch's own kernels, also in compiled models.

Inductor, the compiler of ``torch.compile``, replaces sums, normalisations and exponentials by
kernels of its own, which round differently. While a model is being compiled, the functions and
modules here call operators that Inductor leaves alone. Otherwise they are PyTorch's own. Additions,
products and quotients element by element, comparisons and ReLU need nothing of this: Inductor
computes the same bits.
"""

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from hbfp_hw.torch import fp32_layers, fp32_operators
from hbfp_hw.torch.operators import is_exporting

Model = TypeVar("Model", bound=nn.Module)


def is_pinned(x: Tensor) -> bool:
    """Whether an operation on this tensor must call an operator that Inductor leaves alone.

    An export keeps PyTorch's operators, and autocast decides about the type of them.
    """
    return (
        torch.compiler.is_compiling()
        and not is_exporting()
        and x.is_cpu
        and x.dtype is torch.float32
        and not torch.is_autocast_enabled("cpu")
    )


def add(x: Tensor, other: Tensor) -> Tensor:
    """X + other, for operands of which one is broadcast, as a bias is: its gradient is a sum."""
    return fp32_operators.add(x, other) if is_pinned(x) else x + other


def mean(x: Tensor, dim: int | Sequence[int], *, keepdim: bool = False) -> Tensor:
    """Mean over one dimension or more, as :meth:`torch.Tensor.mean` computes it."""
    dims = [dim] if isinstance(dim, int) else list(dim)
    if is_pinned(x):
        return fp32_operators.mean(x, [each % x.ndim for each in dims], keepdim)
    return x.mean(dim=dims, keepdim=keepdim)


def softmax(x: Tensor, dim: int) -> Tensor:
    """Softmax along a dimension."""
    return fp32_operators.softmax(x, dim) if is_pinned(x) else x.softmax(dim)


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """GELU of every element, as :func:`torch.nn.functional.gelu` computes it."""
    if is_pinned(x):
        return fp32_operators.gelu(x, approximate)
    return functional.gelu(x, approximate=approximate)


def pad(x: Tensor, padding: Sequence[int], mode: str) -> Tensor:
    """Pad a batch (samples, channels, …) as :func:`torch.nn.functional.pad` does."""
    if mode == "reflect" and is_pinned(x):
        return fp32_operators.reflect(x, list(padding))
    return functional.pad(x, list(padding), mode=mode)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """X·Wᵀ + b, as :func:`torch.nn.functional.linear` computes it."""
    compute = fp32_layers.linear if is_pinned(x) else functional.linear
    return compute(x, weight, bias)


class LayerNorm(nn.LayerNorm):
    """:class:`torch.nn.LayerNorm` with the same bits in compiled models."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise over the last dimensions."""
        if not is_pinned(x):
            return super().forward(x)
        shape = list(self.normalized_shape)
        return fp32_layers.layer_norm(x, shape, self.weight, self.bias, self.eps)[0]


class BatchNorm1d(nn.BatchNorm1d):
    """:class:`torch.nn.BatchNorm1d` with the same bits in compiled models."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise every channel of (samples, channels) or (samples, channels, length)."""
        pinned = is_pinned(x) and x.ndim in (2, 3) and _is_usual(self, x)
        return _batch_norm(self, x) if pinned else super().forward(x)


class BatchNorm2d(nn.BatchNorm2d):
    """:class:`torch.nn.BatchNorm2d` with the same bits in compiled models."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise every channel of (samples, channels, rows, columns)."""
        pinned = is_pinned(x) and x.ndim == 4 and _is_usual(self, x)
        return _batch_norm(self, x) if pinned else super().forward(x)


def _is_usual(norm: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor) -> bool:
    """Whether running statistics have a momentum and the batch more than one value a channel."""
    running = norm.momentum is not None and norm.running_mean is not None
    return running and not (norm.training and x.numel() == x.shape[1])


def _batch_norm(norm: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor) -> Tensor:
    running = norm.running_mean, norm.running_var
    settings = norm.training, norm.momentum, norm.eps
    y, _, _, *new = fp32_layers.batch_norm(x, norm.weight, norm.bias, *running, *settings)
    if norm.training and norm.num_batches_tracked is not None:
        with torch.no_grad():
            norm.num_batches_tracked.add_(1)
            for kept, value in zip(running, new, strict=True):
                if kept is not None:
                    kept.copy_(value)
    return y


class AdaptiveAvgPool1d(nn.AdaptiveAvgPool1d):
    """:class:`torch.nn.AdaptiveAvgPool1d` with the same bits in compiled models, if to size 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Average over each part of the last dimension."""
        if self.output_size in (1, (1,)) and is_pinned(x):
            return mean(x, -1, keepdim=True)
        return super().forward(x)


class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    """:class:`torch.nn.AdaptiveAvgPool2d` with the same bits in compiled models, if to size 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Average over each part of the last two dimensions."""
        if self.output_size in (1, (1, 1)) and is_pinned(x):
            return mean(x, (-2, -1), keepdim=True)
        return super().forward(x)


class GELU(nn.GELU):
    """:class:`torch.nn.GELU` with the same bits in compiled models."""

    def forward(self, x: Tensor) -> Tensor:
        """GELU of every element."""
        return gelu(x, self.approximate)


class Softmax(nn.Softmax):
    """:class:`torch.nn.Softmax` with the same bits in compiled models."""

    def forward(self, x: Tensor) -> Tensor:
        """Softmax along the module's dimension."""
        return super().forward(x) if self.dim is None else softmax(x, self.dim)


PINNED: dict[type[nn.Module], type[nn.Module]] = {
    nn.LayerNorm: LayerNorm,
    nn.BatchNorm1d: BatchNorm1d,
    nn.BatchNorm2d: BatchNorm2d,
    nn.AdaptiveAvgPool1d: AdaptiveAvgPool1d,
    nn.AdaptiveAvgPool2d: AdaptiveAvgPool2d,
    nn.GELU: GELU,
    nn.Softmax: Softmax,
}
"""Modules of PyTorch that :func:`pin_kernels` changes, and what they become."""


def pin_kernels(model: Model) -> Model:
    """Make a model's FP32 modules keep their bits when the model is compiled, in place.

    Normalisations, average pooling to size 1, GELU and softmax become modules that call the same
    kernels in eager execution and in compiled models. Parameters, hooks, the keys of ``state_dict``
    and eager results stay. Converted layers need no pinning.

    Parameters:
        model: Any model.

    Returns:
        The model that was given.
    """
    for module in model.modules():
        module.__class__ = PINNED.get(type(module), type(module))
    return model
