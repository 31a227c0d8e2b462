"""Layers whose dot products are those of the hardware."""

import secrets
from collections.abc import Callable
from itertools import count
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from hbfp_hw.booster import BoosterSchedule, Pass
from hbfp_hw.format import Rounding
from hbfp_hw.torch import kernels
from hbfp_hw.torch.arithmetic import LAYERS, NOBODY, Codes, Recorder
from hbfp_hw.torch.function import check_matrices, multiply
from hbfp_hw.torch.operators import draw, is_exporting, is_traced
from hbfp_hw.torch.product import check_tensor
from hbfp_hw.torch.replay import Calls
from hbfp_hw.torch.weights import GuardedWeight, in_forward

_HANDLES = count(1 + secrets.randbits(40) << 22)
"""Handles of layers; another process that loads a traced program must not find them by chance."""


class HBFPLayer(nn.Module):
    """What the layers have in common: a schedule, and their number in it.

    Members:
        recorder: If there is one, it gets the operands of every product.
    """

    recorder: Recorder | None = None

    def follow(self, schedule: BoosterSchedule, layer: int) -> None:
        """Compute by this schedule from now on.

        Raises:
            TypeError: The schedule is not a BoosterSchedule, or the number is not an integer.
            ValueError: The schedule has no such layer.
        """
        if not isinstance(schedule, BoosterSchedule):
            raise TypeError(f"Schedule must be a BoosterSchedule, not {schedule!r}")
        self._widths = schedule.current_widths(layer)
        self._schedule, self._layer = schedule, int(layer)
        self._register()

    @property
    def schedule(self) -> BoosterSchedule:
        """The schedule; :meth:`follow` changes it."""
        return self._schedule

    @property
    def layer(self) -> int:
        """Number of the layer in the schedule; :meth:`follow` changes it."""
        return self._layer

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._register()  # a copy must not answer to the handle of the original

    def _register(self) -> None:
        handle = next(_HANDLES)
        LAYERS[handle] = self
        # Not a buffer: it means nothing in another process. A tensor, so that compiled code is the
        # same for all layers of a kind.
        self._handle = torch.tensor([handle], dtype=torch.int64, device="cpu")
        self._number, self._calls = handle, Calls()
        self._kept: tuple[Codes | None, Tensor] = None, self._handle

    @property
    def weight(self) -> Any:
        """The weights; inside the forward pass of a module, as a tensor that refuses products."""
        weight = self._own_weight
        return weight.as_subclass(GuardedWeight) if in_forward() else weight

    @weight.setter
    def weight(self, value: Any) -> None:
        # Pruning and the like keep the parameter under another name, and a plain tensor here.
        self.__dict__["weight"] = value

    @weight.deleter
    def weight(self) -> None:
        del self.__dict__["weight"]

    @property
    def _own_weight(self) -> Tensor:
        weight = self._parameters.get("weight")
        if weight is None:
            weight = self.__dict__.get("weight")
        if weight is None and type(self).weight is not HBFPLayer.weight:
            weight = self.weight  # made by a parametrization
        if weight is None:
            raise AttributeError(f"{type(self).__name__} has no weight")
        return weight

    def extra_repr(self) -> str:
        """The layer as PyTorch describes it, its number and its formats in the current epoch."""
        return f"{super().extra_repr()}, layer={self.layer}, {self._describe_formats()}"

    def _describe_formats(self) -> str:
        widths, schedule = self._widths, self.schedule
        if not widths.converts:
            return "fp32"
        bits = widths.widths[:1] if len(set(widths.widths)) == 1 else widths.widths
        return (
            f"hbfp{'/'.join(map(str, bits))}, block_size={schedule.block_size}, "
            f"exponent_bits={schedule.exponent_bits}, rounding={schedule.rounding.name.lower()}"
        )

    @property
    def _is_fp32(self) -> bool:
        """Whether PyTorch's own layer computes everything."""
        return not self._widths.converts and self.recorder is None

    def _fits(self, x: Tensor, weight: Tensor) -> bool:
        """Whether the shapes of input and weights fit."""
        raise NotImplementedError

    def _check(self, x: Tensor, layer: Callable[[Tensor, Tensor, Any], Tensor]) -> None:
        """Raise unless input and parameters are what the arithmetic takes.

        Parameters:
            x: Input.
            layer: PyTorch's own layer, which says what is wrong with what it does not take either.
        """
        check_tensor("Input", x)
        weight, bias = self._own_weight, self.bias
        same_type = weight.dtype == x.dtype and (bias is None or bias.dtype == x.dtype)
        if not same_type or not self._fits(x, weight):
            layer(x, weight, bias)
        check_tensor("Weight", weight)
        if bias is not None:
            check_tensor("Bias", bias)

    def _codes(self, x: Tensor, *, activations: bool = False) -> Tensor:
        """Codes of this call and its gradients."""
        if is_exporting():
            return self._exported(activations).tensor()
        if is_traced():
            return draw(self._handle, x, self.training, activations)
        return self.draw(x, self.training, activations)

    def draw(self, x: Tensor, training: bool, activations: bool, *, traced: bool = False) -> Tensor:
        """Codes of a call now, with its random numbers.

        Parameters:
            x: Input of the layer.
            training: Whether the call counts. An evaluation draws random numbers, but leaves those
                of the training as they are.
            activations: Whether the call is :meth:`HBFPLinear.product`.
            traced: Whether the call comes from a compiled graph.
        """
        codes, schedule = self._unseeded(activations), self.schedule
        if schedule.rounding is not Rounding.STOCHASTIC or not self._widths.converts:
            if codes != self._kept[0]:
                self._kept = codes, codes.tensor()
            return self._kept[1]
        call = self._calls.number(
            x,
            self._own_weight,
            lambda: schedule.next_call(self.layer, count=training),
            training=training,
            traced=traced,
        )
        y, dx, dw = (schedule.product_seed(self.layer, which, call) for which in Pass)
        return codes._replace(seed_y=y, seed_dx=dx, seed_dw=dw).tensor()

    def _exported(self, activations: bool) -> Codes:
        """The codes that an exported program keeps: those of the current epoch."""
        if self.schedule.rounding is Rounding.STOCHASTIC:
            raise ValueError("Rounding must be nearest or truncate for an export, not stochastic")
        if self.recorder is not None:
            raise ValueError("Layers must be exported without a recorder")
        return self._unseeded(activations)

    def _unseeded(self, activations: bool) -> Codes:
        schedule, (x, w, gradient) = self.schedule, self._widths.widths
        return Codes(
            NOBODY if activations or self.recorder is None else self._number,
            int(schedule.rounding),
            *(0, 0, 0),
            schedule.block_size,
            schedule.exponent_bits,
            x,
            w,
            x if activations else gradient,
        )


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
        weight, bias = self._own_weight, self.bias
        if self._is_fp32:
            return kernels.linear(x, weight, bias)
        self._check(x, functional.linear)
        y = multiply(x, weight.T, self._codes(x))
        return y if bias is None else kernels.add(y, bias)

    def _fits(self, x: Tensor, weight: Tensor) -> bool:
        return x.ndim > 0 and x.shape[-1] == weight.shape[-1]

    def product(self, x: Tensor, w: Tensor) -> Tensor:
        """Multiply activations in the formats of this layer, as :func:`~hbfp_hw.torch.matmul` does.

        Gradients have the format of the input. With stochastic rounding the product counts as a
        call of the layer. Where the schedule says FP32, the product is PyTorch's.

        Parameters:
            x: float32 tensor, shape (..., M, K).
            w: float32 tensor, shape (K, P) or (..., K, P) with the leading dimensions of X.

        Raises:
            TypeError: An operand is not a float32 tensor.
            ValueError: The shapes do not fit, or an operand is empty or not on the CPU.
        """
        if not self._widths.converts:
            return x @ w
        check_matrices(x, w)
        return multiply(x, w, self._codes(x, activations=True))
