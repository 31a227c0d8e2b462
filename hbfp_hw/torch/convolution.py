"""Convolution layers whose dot products give the same bits as the hardware."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.conv import _ConvNd

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch import fp32_layers, kernels, operators
from hbfp_hw.torch.columns import Window
from hbfp_hw.torch.layers import HBFPLayer


class HBFPConvolution(HBFPLayer, _ConvNd):
    """Base class of both convolutions. A 1-D convolution is computed as a 2-D one with one row."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of a batch (samples, channels, …) or a sample (channels, …)."""
        weight, bias = self._own_weight, self.bias
        if self._is_fp32:
            return self._compute_fp32(x, weight, bias)
        self._check(x, self._conv_forward)
        codes = self._codes(x)
        single = x.ndim == weight.ndim - 1
        if single:
            x = x.unsqueeze(0)
        padding = self._reversed_padding_repeated_twice
        if any(padding):
            mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
            x = kernels.pad(x, padding, mode)
        flat = x.ndim == 3
        if flat:
            x, weight = x.unsqueeze(2), weight.unsqueeze(2)
        y = operators.convolution(x, weight, self._window(weight).encode(), codes)
        if bias is not None:
            y = kernels.add(y, bias[:, None, None])
        if flat:
            y = y.squeeze(2)
        return y.squeeze(0) if single else y

    def _compute_fp32(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return PyTorch's convolution, with the same bits in a compiled model."""
        single = x.ndim == weight.ndim - 1
        if not kernels.is_pinned(x) or not (single or x.ndim == weight.ndim):
            return self._conv_forward(x, weight, bias)
        if single:
            x = x.unsqueeze(0)
        padding = self._reversed_padding_repeated_twice
        if self.padding_mode != "zeros":
            x = kernels.pad(x, padding, self.padding_mode)
            padding = [0] * len(padding)
        # PyTorch's kernels pad both ends equally; the rest is padded first.
        both = [min(ends) for ends in zip(padding[::2], padding[1::2], strict=True)]
        rest = [size - both[place // 2] for place, size in enumerate(padding)]
        if any(rest):
            x = functional.pad(x, rest)
        settings = list(self.stride), both[::-1], list(self.dilation), self.groups
        y = fp32_layers.convolution(x, weight, bias, *settings)
        return y.squeeze(0) if single else y

    def _fits(self, x: Tensor, weight: Tensor) -> bool:
        spatial = weight.ndim - 2
        if x.ndim not in (spatial + 1, spatial + 2):
            return False
        padding = self._reversed_padding_repeated_twice
        sizes = [
            size + padding[-2 * place - 2] + padding[-2 * place - 1]
            for place, size in enumerate(x.shape[-spatial:])
        ]
        reach = [
            dilation * (kernel - 1)
            for dilation, kernel in zip(self.dilation, weight.shape[2:], strict=True)
        ]
        return x.shape[-spatial - 1] == weight.shape[1] * self.groups and all(
            size > least for size, least in zip(sizes, reach, strict=True)
        )

    def _window(self, weight: Tensor) -> Window:
        stride, dilation = self.stride, self.dilation
        if len(stride) == 1:
            stride, dilation = (1, *stride), (1, *dilation)
        kernel = weight.shape[2], weight.shape[3]
        return Window(kernel, (stride[0], stride[1]), (dilation[0], dilation[1]), self.groups)


class HBFPConv2d(HBFPConvolution, nn.Conv2d):
    """:class:`torch.nn.Conv2d` with HBFP products. In FP32 epochs it is PyTorch's own layer.

    A convolution is one matrix product (im2col) per group. X has one row per output position and
    sample, in the order (output row, output column, sample). Its columns follow the weights of an
    output channel, in the order (input channel, kernel row, kernel column). The bias is added in
    FP32. The ``state_dict`` is that of ``nn.Conv2d``.

    Parameters:
        arguments: Positional parameters of ``nn.Conv2d``.
        schedule: Schedule with the layer's formats in each epoch.
        layer: Number of the layer in the schedule.
        options: Keyword parameters of ``nn.Conv2d``.

    Raises:
        TypeError: A parameter has the wrong type.
        ValueError: The schedule has no such layer.
    """

    def __init__(self, *arguments: Any, schedule: BoosterSchedule, layer: int, **options: Any):
        super().__init__(*arguments, **options)
        self.follow(schedule, layer)


class HBFPConv1d(HBFPConvolution, nn.Conv1d):
    """:class:`torch.nn.Conv1d` with HBFP products, computed as :class:`HBFPConv2d` with one row.

    Parameters:
        arguments: Positional parameters of ``nn.Conv1d``.
        schedule: Schedule with the layer's formats in each epoch.
        layer: Number of the layer in the schedule.
        options: Keyword parameters of ``nn.Conv1d``.

    Raises:
        TypeError: A parameter has the wrong type.
        ValueError: The schedule has no such layer.
    """

    def __init__(self, *arguments: Any, schedule: BoosterSchedule, layer: int, **options: Any):
        super().__init__(*arguments, **options)
        self.follow(schedule, layer)
