"""Checkpoints of a training run, written completely or not at all."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import torch
from torch import Tensor

from hbfp_hw.booster.state import ScheduleState
from hbfp_hw.helpers.files import write_whole
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.records import EpochPlan, EpochRecord
from hbfp_hw.training.settings import WIDTHS, Settings

EPOCHS = "epochs"
"""Key of the number of epochs in a dictionary of settings."""

PARTS = {"settings", "model", "optimizer", "schedule", "history"}
"""Keys of a checkpoint."""


class RunState(TypedDict):
    """Everything in a training run that changes.

    Members:
        model, optimizer: Their ``state_dict``.
        schedule: Current epoch, and calls of the layers.
        history: A record of every epoch so far.
    """

    model: dict[str, Tensor]
    optimizer: dict[str, object]
    schedule: ScheduleState
    history: list[EpochRecord]


def save_checkpoint(path: Path, settings: Settings, state: RunState) -> None:
    """Write the state of a run together with its settings.

    Raises:
        OSError: The file cannot be written; an existing one stays as it is.
    """
    content = io.BytesIO()
    torch.save({"settings": settings.as_dict(), **state}, content)
    write_whole(path, content.getvalue())


def load_checkpoint(
    path: Path,
    settings: Settings,
    restore: Callable[[RunState], None],
    planned: Callable[[int], EpochPlan],
) -> None:
    """Read a checkpoint and pass its state to ``restore``.

    Only tensors and plain values are loaded. The checkpoint may be of a run with another number of
    epochs, if every epoch trained so far would have been the same with these settings.

    Parameters:
        path: The checkpoint.
        settings: Settings of the run that continues from it.
        restore: Restores the state of the run; it may raise anything for a bad state.
        planned: Returns the part of an epoch's record that the settings decide.

    Raises:
        BadCheckpoint: The file is not a checkpoint, or belongs to another run.
        OSError: The file cannot be read.
    """
    if not path.is_file():
        raise BadCheckpoint(f"Checkpoint must be a file, not '{path}'")
    content = path.read_bytes()
    refused = BadCheckpoint(f"Checkpoint must be a complete checkpoint of hbfp train, not '{path}'")
    try:
        state = torch.load(io.BytesIO(content), weights_only=True)
        saved = state["settings"]
        whole = state.keys() == PARTS and isinstance(saved, dict) and _has_every_epoch(state)
    except Exception:  # a hostile file can make torch raise nearly anything
        raise refused from None
    if not whole:
        raise refused
    other_epochs = saved.get(EPOCHS) != settings.epochs
    for name, value in settings.as_dict().items():
        if other_epochs and name in (EPOCHS, WIDTHS) and name in saved:
            continue
        if saved.get(name) != value:
            if name == WIDTHS:
                raise BadCheckpoint(
                    f"Checkpoint must be of a run with the mantissa widths of {settings.schedule}, "
                    f"not with others: '{path}'"
                )
            raise BadCheckpoint(
                f"Checkpoint must be of a run with {name} {value!r}, "
                f"not {saved.get(name)!r}: '{path}'"
            )
    if other_epochs:
        _check_trained(path, saved, settings, state["history"], planned)
    try:
        restore(state)
    except Exception:  # a hostile state can make PyTorch raise nearly anything
        raise refused from None


def _check_trained(
    path: Path,
    saved: Mapping[str, object],
    settings: Settings,
    history: Sequence[EpochRecord],
    planned: Callable[[int], EpochPlan],
) -> None:
    """Raise unless the trained epochs would be the same with the new number of epochs."""
    if len(history) > settings.epochs:
        raise BadCheckpoint(
            f"Epochs must be at least the {len(history)} that are trained, "
            f"not {settings.epochs}: '{path}'"
        )
    for epoch, record in enumerate(history):
        for name, value in planned(epoch).items():
            if record.get(name) != value:
                raise BadCheckpoint(
                    f"Epochs must be {saved.get(EPOCHS)!r} as in the checkpoint, not "
                    f"{settings.epochs}, with which epoch {epoch}, already trained, would have had "
                    f"{name.replace('_', ' ')} {value}, not {record.get(name)}: '{path}'"
                )


def _has_every_epoch(state: RunState) -> bool:
    """Return whether the history has one record for every epoch before the current one."""
    history = state["history"]
    return [record["epoch"] for record in history] == list(
        range(state["schedule"]["epoch"])
    ) and all(isinstance(record["accuracy"], float) for record in history)
