"""Checkpoints of a training, written whole or not at all."""

import io
from pathlib import Path
from typing import Any

import torch

from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.settings import Settings
from hbfp_hw.verilog import write_whole

PARTS = {"settings", "model", "optimizer", "schedule", "history"}


def save_checkpoint(path: Path, settings: Settings, state: dict[str, Any]) -> None:
    """Write the state of a run, and what it is a run of.

    Raises:
        OSError: The file cannot be written; the old one then stays.
    """
    content = io.BytesIO()
    torch.save({"settings": settings.as_dict(), **state}, content)
    write_whole(path, content.getvalue())


def load_checkpoint(path: Path, settings: Settings) -> dict[str, Any]:
    """The state of a run of these settings; only tensors and plain values are ever loaded.

    Raises:
        BadCheckpoint: The file is no checkpoint, or one of another run.
        OSError: It cannot be read.
    """
    content = path.read_bytes()
    try:
        state = torch.load(io.BytesIO(content), weights_only=True)
    except Exception:  # a file can make torch raise nearly anything
        state = None
    if not isinstance(state, dict) or state.keys() != PARTS:
        raise BadCheckpoint(f"Checkpoint must be a whole one of hbfp train, not '{path}'")
    for name, value in settings.as_dict().items():
        if state["settings"].get(name) != value:
            raise BadCheckpoint(
                f"Checkpoint must be of a run with {name} {value!r}, "
                f"not {state['settings'].get(name)!r}: '{path}'"
            )
    return state
