"""Networks small enough to train on a CPU, for signals (channels, length) and for images."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from hbfp_hw.format import check_integer
from hbfp_hw.torch import HBFPLinear, kernels
from hbfp_hw.training.settings import MODELS, MOST_WIDTH

HEADS = 4
"""Attention heads of ``transformer``."""


def make_model(name: str, shape: Sequence[int], classes: int, *, width: int) -> nn.Module:
    """Return a network with FP32 layers, initialised from PyTorch's global generator.

    Its FP32 operations give the same bits in compiled models, see :mod:`hbfp_hw.torch.kernels`.

    Parameters:
        name: One of :data:`~hbfp_hw.training.settings.MODELS`.
        shape: Shape of a sample, (channels, length) or (channels, height, width).
        classes: Number of outputs.
        width: Scale of all layers: the channels of the first convolution in ``cnn`` and
            ``resnet20``, an eighth of a hidden layer in ``mlp``, and a quarter of the features in
            ``transformer``.

    Raises:
        TypeError: A number is not an integer.
        ValueError: There is no such network, or the shape or a number is out of range.
    """
    if name not in MODELS:
        raise ValueError(f"Model must be one of {', '.join(MODELS)}, not {name!r}")
    if len(shape) not in (2, 3):
        raise ValueError(f"Shape must have 2 or 3 dimensions, not {tuple(shape)!r}")
    check_integer("Width", width, 1, MOST_WIDTH)
    return kernels.pin_kernels(_MAKERS[name](tuple(shape), classes, width))


def _mlp(shape: tuple[int, ...], classes: int, width: int) -> nn.Module:
    sizes = [prod(shape), 8 * width, 8 * width]
    layers: dict[str, nn.Module] = {"flatten": nn.Flatten()}
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        layers |= {f"hidden{number}": nn.Linear(inputs, outputs), f"relu{number}": nn.ReLU()}
    return _chain(layers | {"output": nn.Linear(sizes[-1], classes)})


def _chain(layers: dict[str, nn.Module]) -> nn.Module:
    """Return modules in sequence, by the names that tables and plots show."""
    return nn.Sequential(OrderedDict(layers))


def _convolution(dimensions: int, inputs: int, outputs: int, size: int, stride: int) -> nn.Module:
    """Return a convolution with batch normalisation after it, which makes a bias useless."""
    kind = nn.Conv1d if dimensions == 1 else nn.Conv2d
    norm = nn.BatchNorm1d if dimensions == 1 else nn.BatchNorm2d
    convolution = kind(inputs, outputs, size, stride=stride, padding=size // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    return _chain({"conv": convolution, "norm": norm(outputs)})


def _cnn(shape: tuple[int, ...], classes: int, width: int) -> nn.Module:
    """Return three convolutions and a linear layer.

    Signals are long: their kernels are larger, and all their convolutions have stride 2.
    """
    channels, *sizes = shape
    size, strides = (5, (2, 2, 2)) if len(sizes) == 1 else (3, (1, 2, 2))
    layers: dict[str, nn.Module] = {}
    outputs = (width, 2 * width, 2 * width)
    for number, (own, stride) in enumerate(zip(outputs, strides, strict=True), start=1):
        layers[f"stage{number}"] = _convolution(len(sizes), channels, own, size, stride)
        layers[f"relu{number}"] = nn.ReLU()
        channels, sizes = own, [-(-each // stride) for each in sizes]
    last = nn.Linear(channels * prod(sizes), classes)
    return _chain(layers | {"flatten": nn.Flatten(), "output": last})


class _Block(nn.Module):
    """Two convolutions with a shortcut that has no weights, as in the paper's ResNets."""

    def __init__(self, dimensions: int, inputs: int, outputs: int):
        super().__init__()
        self.stride = 1 if inputs == outputs else 2
        self.first = _convolution(dimensions, inputs, outputs, 3, self.stride)
        self.second = _convolution(dimensions, outputs, outputs, 3, 1)
        self._padding = (0, 0) * dimensions + (0, outputs - inputs)

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(functional.relu(self.first(x)))
        every = slice(None, None, self.stride)
        kept = x[..., every] if x.ndim == 3 else x[..., every, every]
        return functional.relu(y + functional.pad(kept, self._padding))


def _resnet20(shape: tuple[int, ...], classes: int, width: int) -> nn.Module:
    dimensions = len(shape) - 1
    layers = {"input": _convolution(dimensions, shape[0], width, 3, 1), "relu": nn.ReLU()}
    channels = width
    for stage, outputs in enumerate((width, 2 * width, 4 * width), start=1):
        for block in range(1, 4):
            layers[f"stage{stage}_block{block}"] = _Block(dimensions, channels, outputs)
            channels = outputs
    layers["pool"] = nn.AdaptiveAvgPool1d(1) if dimensions == 1 else nn.AdaptiveAvgPool2d(1)
    return _chain(layers | {"flatten": nn.Flatten(), "output": nn.Linear(channels, classes)})


class _Attention(nn.Module):
    """Multi-head attention, with one linear layer each for queries, keys, values and output."""

    def __init__(self, features: int):
        super().__init__()
        self.query, self.key, self.value, self.output = (
            nn.Linear(features, features) for _ in range(4)
        )

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (
            layer(x).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        scores = self._product(query, key.mT) / query.shape[-1] ** 0.5
        weights = kernels.softmax(scores, dim=-1)
        return self.output(self._product(weights, value).transpose(1, 2).flatten(2))

    def _product(self, x: Tensor, w: Tensor) -> Tensor:
        """Return X·W of two activations, in the formats of the query layer."""
        query: nn.Module = self.query
        return query.product(x, w) if isinstance(query, HBFPLinear) else x @ w


class _Encoder(nn.Module):
    """Attention, then two linear layers; each part is pre-normalised and has a shortcut."""

    def __init__(self, features: int):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(features), nn.LayerNorm(features)])
        self.attention = _Attention(features)
        self.up, self.down = nn.Linear(features, 2 * features), nn.Linear(2 * features, features)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norms[0](x))
        return x + self.down(functional.relu(self.up(self.norms[1](x))))


class _Transformer(nn.Module):
    """Patches as tokens, two encoder blocks, and a classifier of the mean over tokens."""

    def __init__(self, shape: tuple[int, ...], classes: int, width: int):
        super().__init__()
        channels, *sizes = shape
        patch = 4 if max(sizes) > 16 else 2
        if any(size % patch for size in sizes):
            raise ValueError(f"Sizes must be divisible by {patch}, not {tuple(sizes)!r}")
        features = HEADS * width
        kind = nn.Conv1d if len(sizes) == 1 else nn.Conv2d
        self.patches = kind(channels, features, patch, stride=patch)
        tokens = prod(size // patch for size in sizes)
        self.positions = nn.Parameter(0.02 * torch.randn(tokens, features))
        self.encoders = nn.Sequential(*(_Encoder(features) for _ in range(2)))
        self.norm = nn.LayerNorm(features)
        self.classify = nn.Linear(features, classes)

    def forward(self, x: Tensor) -> Tensor:
        tokens = kernels.add(self.patches(x).flatten(2).transpose(1, 2), self.positions)
        return self.classify(kernels.mean(self.norm(self.encoders(tokens)), dim=1))


_MAKERS: dict[str, Callable[[tuple[int, ...], int, int], nn.Module]] = {
    "mlp": _mlp,
    "cnn": _cnn,
    "resnet20": _resnet20,
    "transformer": _Transformer,
}
