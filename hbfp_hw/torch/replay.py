"""Numbers of a layer's calls under activation checkpointing.

Activation checkpointing drops the activations of a forward pass and calls the layers again in the
backward pass. The second call must use the random numbers of the first. PyTorch does not tell a
layer that a call is a repetition, so the layer recognises it by its input, which has the same bits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

MOST_KEPT = 1 << 16
"""Most calls remembered for one layer; they take 16 MiB."""

_Key = tuple[torch.Size, int, bool]


@dataclass
class _Call:
    """A call that may be repeated.

    Members:
        number: Number of the call in the schedule.
        task: Identifier of the last backward pass that repeated the call.
    """

    number: int
    task: int | None = None


class Calls:
    """The calls of one layer that may be repeated, forgotten as soon as its weights change."""

    def __init__(self) -> None:
        self._calls: dict[_Key, list[_Call]] = {}
        self._version: int | None = None
        self._count = 0

    def number(
        self, x: Tensor, weight: Tensor, draw: Callable[[], int], *, training: bool, traced: bool
    ) -> int:
        """Return the number of a new call or, in a backward pass, of the call that is repeated.

        Parameters:
            x: Input of the layer.
            weight: Weights of the layer.
            draw: Function that returns the number of a new call.
            training: Whether the layer is in training mode.
            traced: Whether the call comes from a compiled graph, which may be repeated.

        Raises:
            RuntimeError: In a backward pass, no call had this input, or several calls with
                different numbers had it.
        """
        version = 0 if weight.is_inference() else weight._version
        if version != self._version or self._count >= MOST_KEPT:
            self._calls.clear()
            self._version, self._count = version, 0
        task = torch._C._current_graph_task_id()
        if task != -1:
            return self._repeated(_key(x, training), task)
        number = draw()
        if traced or _may_be_repeated():
            self._calls.setdefault(_key(x, training), []).append(_Call(number))
            self._count += 1
        return number

    def _repeated(self, key: _Key, task: int) -> int:
        calls = self._calls.get(key, [])
        fresh = [call for call in calls if call.task is None]
        again = [call for call in calls if call.task == task]
        chosen = fresh or again or calls
        numbers = {call.number for call in chosen}
        if len(numbers) != 1:
            raise RuntimeError(
                "A layer with stochastic rounding must be repeated in the backward pass on the "
                f"input of one forward pass, not on that of {len(numbers)}"
            )
        for call in chosen:
            call.task = task
        return chosen[0].number


def _key(x: Tensor, training: bool) -> _Key:
    return x.shape, hash(x.detach().contiguous().numpy().tobytes()), training


def _may_be_repeated() -> bool:
    """Return whether activation checkpointing may be active.

    With ``use_reentrant=True`` it disables gradients, otherwise it sets hooks on saved tensors.
    """
    if torch.is_inference_mode_enabled():
        return False
    if not torch.is_grad_enabled():
        return True
    # PyTorch 2.6 does not tell, so every call is remembered.
    hooks = getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", None)
    return hooks is None or hooks(False) is not None
