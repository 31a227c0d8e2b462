"""FP32 operations that give the same bits in eager execution and in compiled models.

Inductor, the compiler of ``torch.compile``, replaces sums, normalisations and exponentials by
kernels of its own, which round differently. While a model is compiled, the functions and modules
here call operators that Inductor leaves alone; otherwise they are PyTorch's own. Element-wise
addition, multiplication and division, comparisons and ReLU are left out, because Inductor computes
them with the same bits.
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
    """Return whether an operation on this tensor must call an operator that Inductor leaves alone.

    Exports need no such operators, because they keep PyTorch's own. Under autocast, PyTorch chooses
    the type of the computation, so its own operators must be called.
    """
    return (
        torch.compiler.is_compiling()
        and not is_exporting()
        and x.is_cpu
        and x.dtype is torch.float32
        and not torch.is_autocast_enabled("cpu")
    )


def add(x: Tensor, other: Tensor) -> Tensor:
    """Return X + other. The gradient of a broadcast operand, such as a bias, is a sum."""
    return fp32_operators.add(x, other) if is_pinned(x) else x + other


def mean(x: Tensor, dim: int | Sequence[int], *, keepdim: bool = False) -> Tensor:
    """Return the mean over one dimension or several, as :meth:`torch.Tensor.mean` does."""
    dims = [dim] if isinstance(dim, int) else list(dim)
    if is_pinned(x):
        return fp32_operators.mean(x, [each % x.ndim for each in dims], keepdim)
    return x.mean(dim=dims, keepdim=keepdim)


def softmax(x: Tensor, dim: int) -> Tensor:
    """Return softmax along a dimension."""
    return fp32_operators.softmax(x, dim) if is_pinned(x) else x.softmax(dim)


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """Return GELU of every element, as :func:`torch.nn.functional.gelu` does."""
    if is_pinned(x):
        return fp32_operators.gelu(x, approximate)
    return functional.gelu(x, approximate=approximate)


def pad(x: Tensor, padding: Sequence[int], mode: str) -> Tensor:
    """Pad a batch (samples, channels, …) as :func:`torch.nn.functional.pad` does."""
    if mode == "reflect" and is_pinned(x):
        return fp32_operators.reflect(x, list(padding))
    return functional.pad(x, list(padding), mode=mode)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return X·Wᵀ + b, as :func:`torch.nn.functional.linear` does."""
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
    """Return whether the operator covers this case.

    Running statistics must have a momentum, and a training batch more than one value per channel.
    """
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
    """:class:`torch.nn.AdaptiveAvgPool1d` with the same bits in compiled models, for size 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Average over each part of the last dimension."""
        if self.output_size in (1, (1,)) and is_pinned(x):
            return mean(x, -1, keepdim=True)
        return super().forward(x)


class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    """:class:`torch.nn.AdaptiveAvgPool2d` with the same bits in compiled models, for size 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Average over each part of the last two dimensions."""
        if self.output_size in (1, (1, 1)) and is_pinned(x):
            return mean(x, (-2, -1), keepdim=True)
        return super().forward(x)


class GELU(nn.GELU):
    """:class:`torch.nn.GELU` with the same bits in compiled models."""

    def forward(self, x: Tensor) -> Tensor:
        """Return GELU of every element."""
        return gelu(x, self.approximate)


class Softmax(nn.Softmax):
    """:class:`torch.nn.Softmax` with the same bits in compiled models."""

    def forward(self, x: Tensor) -> Tensor:
        """Return softmax along the module's dimension."""
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
"""Modules of PyTorch that :func:`pin_kernels` changes, with their replacements."""


def pin_kernels(model: Model) -> Model:
    """Replace a model's FP32 modules, in place, by modules with the same bits when compiled.

    Normalisations, average pooling to size 1, GELU and softmax are replaced. Parameters, hooks, the
    keys of ``state_dict`` and eager results do not change. Converted layers need no pinning.

    Parameters:
        model: Any model.

    Returns:
        The same model.
    """
    for module in model.modules():
        module.__class__ = PINNED.get(type(module), type(module))
    return model
