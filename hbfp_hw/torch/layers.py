"""Layers whose dot products are those of the hardware."""

from typing import Any

from torch import Tensor, nn

from hbfp_hw.booster import BoosterSchedule, Pass
from hbfp_hw.format import Rounding, check_integer
from hbfp_hw.torch.columns import Window
from hbfp_hw.torch.function import Arithmetic, Convolution, Matmul
from hbfp_hw.torch.product import check_tensor
from hbfp_hw.torch.record import Recorder, Recording


class HBFPLayer(nn.Module):
    """What the layers have in common: a schedule, and their number in it.

    Members:
        schedule: Says which formats the layer has now.
        layer: Number of the layer in the schedule.
        recorder: If there is one, it gets the operands of every product.
    """

    schedule: BoosterSchedule
    layer: int
    recorder: Recorder | None = None

    def follow(self, schedule: BoosterSchedule, layer: int) -> None:
        """Compute by this schedule from now on.

        Raises:
            TypeError: The schedule is not a BoosterSchedule, or the number is not an integer.
            ValueError: The schedule has no such layer.
        """
        if not isinstance(schedule, BoosterSchedule):
            raise TypeError(f"Schedule must be a BoosterSchedule, not {schedule!r}")
        check_integer("Layer", layer, 0, schedule.layers - 1)
        self.schedule, self.layer = schedule, int(layer)

    def extra_repr(self) -> str:
        """The layer as PyTorch describes it, and its number."""
        return f"{super().extra_repr()}, layer={self.layer}"

    def _arithmetic(self, x: Tensor) -> Arithmetic | None:
        """How this call and its gradients are computed; None is FP32, by PyTorch's own layer."""
        arithmetic = self._scheduled(x)
        return arithmetic if self.recorder is None else Recording.of(arithmetic, self.recorder)

    def _scheduled(self, x: Tensor) -> Arithmetic | None:
        """What the schedule says; None is FP32."""
        schedule = self.schedule
        formats = {which: schedule.formats(self.layer, which) for which in Pass}
        narrow = {which: pair for which, pair in formats.items() if pair is not None}
        if not narrow:
            return None
        check_tensor("Input", x)
        seeds = dict.fromkeys(Pass, 0)
        if schedule.rounding is Rounding.STOCHASTIC:
            # An evaluation draws random numbers, but leaves those of the training as they are.
            call = schedule.next_call(self.layer, count=self.training)
            seeds = {which: schedule.product_seed(self.layer, which, call) for which in Pass}
        return Arithmetic(narrow, schedule.rounding, seeds)


class HBFPLinear(HBFPLayer, nn.Linear):
    """:class:`torch.nn.Linear` on HBFP products; where the schedule says FP32, it is just that.

    The bias is added in FP32. The state is that of ``nn.Linear``.

    Parameters:
        in_features, out_features, bias: As of ``nn.Linear``.
        schedule: Says which formats the layer has in each epoch.
        layer: Number of the layer in the schedule.
        options: Further ones of ``nn.Linear``.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: The schedule has no such layer.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        schedule: BoosterSchedule,
        layer: int,
        **options: Any,
    ):
        super().__init__(in_features, out_features, bias, **options)
        self.follow(schedule, layer)

    def forward(self, x: Tensor) -> Tensor:
        """Y = X·Wᵀ + b for X of shape (..., in_features)."""
        arithmetic = self._arithmetic(x)
        if arithmetic is None:
            return super().forward(x)
        rows = x.reshape(1, -1, x.shape[-1])
        y = Matmul.apply(rows, self.weight.T.unsqueeze(0), arithmetic)
        y = y.reshape(*x.shape[:-1], self.out_features)
        return y if self.bias is None else y + self.bias


def _convolve(
    layer: nn.Conv1d | nn.Conv2d,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    arithmetic: Arithmetic,
) -> Tensor:
    """The convolution of a layer. One with one dimension has a second one of size 1."""
    single = x.ndim == weight.ndim - 1
    if single:
        x = x.unsqueeze(0)
    padding = layer._reversed_padding_repeated_twice
    if any(padding):
        mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
        x = nn.functional.pad(x, padding, mode=mode)
    stride, dilation, flat = layer.stride, layer.dilation, x.ndim == 3
    if flat:
        x, weight = x.unsqueeze(2), weight.unsqueeze(2)
        stride, dilation = (1, *stride), (1, *dilation)
    kernel = weight.shape[2], weight.shape[3]
    window = Window(kernel, (stride[0], stride[1]), (dilation[0], dilation[1]), layer.groups)
    y = Convolution.apply(x, weight, window, arithmetic)
    if bias is not None:
        y = y + bias[:, None, None]
    if flat:
        y = y.squeeze(2)
    return y.squeeze(0) if single else y


class HBFPConv2d(HBFPLayer, nn.Conv2d):
    """:class:`torch.nn.Conv2d` on HBFP products; where the schedule says FP32, it is just that.

    A convolution is the product of a matrix X with a row for each place of the output (row by row,
    and at each place sample by sample) and a column for each weight of an output channel (input
    channels, then rows and columns of the kernel, as in ``weight``); each group is a product of its
    own. The bias is added in FP32. The state is that of ``nn.Conv2d``.

    Parameters:
        arguments: As of ``nn.Conv2d``.
        schedule: Says which formats the layer has in each epoch.
        layer: Number of the layer in the schedule.
        options: Further ones of ``nn.Conv2d``.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: The schedule has no such layer.
    """

    def __init__(self, *arguments: Any, schedule: BoosterSchedule, layer: int, **options: Any):
        super().__init__(*arguments, **options)
        self.follow(schedule, layer)

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        arithmetic = self._arithmetic(x)
        if arithmetic is None:
            return super()._conv_forward(x, weight, bias)
        return _convolve(self, x, weight, bias, arithmetic)


class HBFPConv1d(HBFPLayer, nn.Conv1d):
    """:class:`torch.nn.Conv1d` on HBFP products: :class:`HBFPConv2d` with one row.

    Parameters:
        arguments: As of ``nn.Conv1d``.
        schedule: Says which formats the layer has in each epoch.
        layer: Number of the layer in the schedule.
        options: Further ones of ``nn.Conv1d``.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: The schedule has no such layer.
    """

    def __init__(self, *arguments: Any, schedule: BoosterSchedule, layer: int, **options: Any):
        super().__init__(*arguments, **options)
        self.follow(schedule, layer)

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        arithmetic = self._arithmetic(x)
        if arithmetic is None:
            return super()._conv_forward(x, weight, bias)
        return _convolve(self, x, weight, bias, arithmetic)
