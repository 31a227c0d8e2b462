"""Layers whose dot products give the same bits as the hardware."""

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
"""Handles of layers, from a random start, so that a graph traced in another process finds none."""


class HBFPLayer(nn.Module):
    """Base class of converted layers: a layer with a schedule and a number in it.

    Members:
        recorder: Function that gets the operands of every product; None for none.
    """

    recorder: Recorder | None = None

    def follow(self, schedule: BoosterSchedule, layer: int) -> None:
        """Set the schedule, and the layer's number in it.

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
        """The layer's schedule, set by :meth:`follow`."""
        return self._schedule

    @property
    def layer(self) -> int:
        """Number of the layer in the schedule, set by :meth:`follow`."""
        return self._layer

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self._register()  # a copy needs a handle of its own

    def _register(self) -> None:
        handle = next(_HANDLES)
        LAYERS[handle] = self
        # The handle is not a buffer, because it is valid in this process only. It is a tensor, so
        # that all layers of a kind share compiled code.
        self._handle = torch.tensor([handle], dtype=torch.int64, device="cpu")
        self._number, self._calls = handle, Calls()
        self._kept: tuple[Codes | None, Tensor] = None, self._handle

    @property
    def weight(self) -> Any:
        """The weights; inside a module's forward pass, as a tensor that refuses products."""
        weight = self._own_weight
        return weight.as_subclass(GuardedWeight) if in_forward() else weight

    @weight.setter
    def weight(self, value: Any) -> None:
        # Pruning, for example, keeps the parameter under another name and sets a plain tensor here.
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
            weight = self.weight  # computed by a parametrization
        if weight is None:
            raise AttributeError(f"{type(self).__name__} has no weight")
        return weight

    def extra_repr(self) -> str:
        """Return PyTorch's description with the layer's number and its current formats."""
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
        """True if PyTorch's own layer computes the result."""
        return not self._widths.converts and self.recorder is None

    def _fits(self, x: Tensor, weight: Tensor) -> bool:
        """Return whether the shapes of input and weights match."""
        raise NotImplementedError

    def _check(self, x: Tensor, layer: Callable[[Tensor, Tensor, Any], Tensor]) -> None:
        """Raise unless input and parameters are valid for HBFP products.

        Parameters:
            x: Input.
            layer: PyTorch's own layer, called to raise PyTorch's own error where it has one.
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
        """Return the codes of this call and its gradients."""
        if is_exporting():
            return self._exported(activations).tensor()
        if is_traced():
            return draw(self._handle, x, self.training, activations)
        return self.draw(x, self.training, activations)

    def draw(self, x: Tensor, training: bool, activations: bool, *, traced: bool = False) -> Tensor:
        """Return the codes of a call with its seeds, and count the call.

        Parameters:
            x: Input of the layer.
            training: Whether to count the call. An evaluation takes the seeds of the next call
                without counting it, so that training goes on as without the evaluation.
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
        """Return the codes of the current epoch, which an exported program keeps."""
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
            seed_y=0,
            seed_dx=0,
            seed_dw=0,
            block_size=schedule.block_size,
            exponent_bits=schedule.exponent_bits,
            input_bits=x,
            weight_bits=w,
            gradient_bits=x if activations else gradient,
        )


class HBFPLinear(HBFPLayer, nn.Linear):
    """:class:`torch.nn.Linear` with HBFP products. In FP32 epochs it is PyTorch's own layer.

    The bias is added in FP32. The ``state_dict`` is that of ``nn.Linear``.

    Parameters:
        in_features, out_features, bias: Parameters of ``nn.Linear``.
        schedule: Schedule with the layer's formats in each epoch.
        layer: Number of the layer in the schedule.
        options: Further keyword parameters of ``nn.Linear``.

    Raises:
        TypeError: A parameter has the wrong type.
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
        """Return Y = X·Wᵀ + b for X of shape (..., in_features)."""
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
        call of the layer. In FP32 epochs the product is PyTorch's.

        Parameters:
            x: Left operand, float32, shape (..., M, K).
            w: Right operand, float32, shape (K, P) or (..., K, P) with the leading dimensions of X.

        Raises:
            TypeError: An operand is not a float32 tensor.
            ValueError: The shapes do not match, or an operand is empty or not on the CPU.
        """
        if not self._widths.converts:
            return x @ w
        check_matrices(x, w)
        return multiply(x, w, self._codes(x, activations=True))
