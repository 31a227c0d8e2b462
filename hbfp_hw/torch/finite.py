"""NaN and infinity in a training, by the layer that they come from."""

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
        layer: Its name in the model.
        tensor: ``output`` or ``gradient``: the loss by the output, as it came to the layer.
        epoch: The epoch, if there is a schedule.
    """

    def __init__(self, layer: str, tensor: str, epoch: int | None):
        when = "" if epoch is None else f" in epoch {epoch}"
        super().__init__(f"NaN or infinity in the {tensor} of layer {layer!r}{when}")
        self.layer, self.tensor, self.epoch = layer, tensor, epoch


class Watch:
    """Hooks of :func:`watch_finite`, until :meth:`remove`; also a context."""

    def __init__(self, handles: list[RemovableHandle]):
        self._handles = handles

    def remove(self) -> None:
        """Watch no longer."""
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def watch_finite(model: nn.Module, schedule: BoosterSchedule | None = None) -> Watch:
    """Raise :class:`NotFiniteError` as soon as a layer gives NaN or infinity.

    Outputs are watched in the forward pass, and the gradients that come to them in the backward
    pass; in both the first one that is not finite is named. Layers are all modules that have
    parameters of their own, converted or not.

    Parameters:
        model: Any model.
        schedule: Knows the epoch; by default that of the model's first converted layer.
    """
    if schedule is None:
        converted = (module for module in model.modules() if isinstance(module, HBFPLayer))
        schedule = next((layer.schedule for layer in converted), None)

    def check(name: str, kind: str, tensor: Tensor) -> None:
        # A sum is quick, and finite only if all are; but it may overflow.
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
