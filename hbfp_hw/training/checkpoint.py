"""Checkpoints of a training, written whole or not at all."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from hbfp_hw.helpers.files import write_whole
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.settings import WIDTHS, Settings

EPOCHS = "epochs"
"""Name of the number of epochs among the plain values of settings."""

PARTS = {"settings", "model", "optimizer", "schedule", "history"}


def save_checkpoint(path: Path, settings: Settings, state: dict[str, Any]) -> None:
    """Write the state of a run, and what it is a run of.

    Raises:
        OSError: The file cannot be written; the old one then stays.
    """
    content = io.BytesIO()
    torch.save({"settings": settings.as_dict(), **state}, content)
    write_whole(path, content.getvalue())


def load_checkpoint(
    path: Path,
    settings: Settings,
    restore: Callable[[Mapping[str, Any]], None],
    planned: Callable[[int], Mapping[str, Any]],
) -> None:
    """Give ``restore`` the state of a run; only tensors and plain values are ever loaded.

    The run may have had another number of epochs, if every epoch that it has trained would have
    been the same in a run of these settings.

    Parameters:
        path: The checkpoint.
        settings: What decides the run that goes on from it.
        restore: Takes the state of the run.
        planned: Gives those values in the record of an epoch that the settings decide.

    Raises:
        BadCheckpoint: The file is no checkpoint, or one of another run.
        OSError: It cannot be read.
    """
    if not path.is_file():
        raise BadCheckpoint(f"Checkpoint must be a file, not '{path}'")
    content = path.read_bytes()
    refused = BadCheckpoint(f"Checkpoint must be a whole one of hbfp train, not '{path}'")
    try:
        state = torch.load(io.BytesIO(content), weights_only=True)
        saved = state["settings"]
        whole = state.keys() == PARTS and isinstance(saved, dict) and _has_every_epoch(state)
    except Exception:  # a file can make torch raise nearly anything
        raise refused from None
    if not whole:
        raise refused
    longer = saved.get(EPOCHS) != settings.epochs
    for name, value in settings.as_dict().items():
        if longer and name in (EPOCHS, WIDTHS) and name in saved:
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
    if longer:
        _check_trained(path, saved, settings, state["history"], planned)
    try:
        restore(state)
    except Exception:  # as can the parts of one
        raise refused from None


def _check_trained(
    path: Path,
    saved: Mapping[str, Any],
    settings: Settings,
    history: Sequence[Mapping[str, Any]],
    planned: Callable[[int], Mapping[str, Any]],
) -> None:
    """Raise unless the epochs that were trained would be the same with another number of them."""
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


def _has_every_epoch(state: Mapping[str, Any]) -> bool:
    """Whether the history has a record of every epoch up to the current one."""
    history = state["history"]
    return [record["epoch"] for record in history] == list(
        range(state["schedule"]["epoch"])
    ) and all(isinstance(record["accuracy"], float) for record in history)
