"""Detection of NaN and infinity in training, with the layer that they come from."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from hbfp_hw.booster import BoosterSchedule
from hbfp_hw.torch.layers import HBFPLayer


class NotFiniteError(ArithmeticError):
    """A layer gave NaN or infinity.

    Members:
        layer: Name of the layer in the model.
        tensor: ``output``, or ``gradient`` for the gradient of the loss with respect to the output.
        epoch: The epoch; None without a schedule.
    """

    def __init__(self, layer: str, tensor: str, epoch: int | None):
        when = "" if epoch is None else f" in epoch {epoch}"
        super().__init__(f"NaN or infinity in the {tensor} of layer {layer!r}{when}")
        self.layer, self.tensor, self.epoch = layer, tensor, epoch


class Watch:
    """The hooks of :func:`watch_finite`, removed by :meth:`remove` or at the end of a ``with``."""

    def __init__(self, handles: list[RemovableHandle]):
        self._handles = handles

    def remove(self) -> None:
        """Remove the hooks."""
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def watch_finite(model: nn.Module, schedule: BoosterSchedule | None = None) -> Watch:
    """Watch a model, and raise :class:`NotFiniteError` as soon as a layer gives NaN or infinity.

    Layers are all modules with parameters of their own, converted or not. Their outputs are checked
    in the forward pass, and the gradients of these outputs in the backward pass. The error names
    the first tensor that is not finite.

    Parameters:
        model: Any model.
        schedule: Schedule with the current epoch; by default that of the first converted layer.
    """
    if schedule is None:
        converted = (module for module in model.modules() if isinstance(module, HBFPLayer))
        schedule = next((layer.schedule for layer in converted), None)

    def check(name: str, kind: str, tensor: Tensor) -> None:
        # The fast check: a finite sum has only finite terms. Other sums may just have overflowed.
        if not math.isfinite(tensor.detach().sum()) and not torch.isfinite(tensor).all():
            raise NotFiniteError(name, kind, None if schedule is None else schedule.epoch)

    def watched(name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if not isinstance(output, Tensor) or not output.is_floating_point():
                return
            check(name, "output", output)
            if output.requires_grad:
                output.register_hook(lambda gradient: check(name, "gradient", gradient))

        return hook

    return Watch(
        [
            module.register_forward_hook(watched(name))
            for name, module in model.named_modules()
            if any(True for _ in module.parameters(recurse=False))
        ]
    )
