"""Settings of small training runs, and views of their results."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from hbfp_hw.training.run_files import CHECKPOINT
from hbfp_hw.training.settings import Settings


def make_settings(**changes: Any) -> Settings:
    """Return settings of a run of four short epochs, with some of them changed."""
    given = Settings(dataset="digits", epochs=4, width=4, batch_size=30, seed=3)
    return replace(given, **changes)


def bits(state: object) -> dict[str, bytes]:
    """Return the bytes of every tensor in a nested state, by its path."""
    if isinstance(state, torch.Tensor):
        return {"": state.detach().numpy().tobytes()}
    assert isinstance(state, dict | list | tuple)
    items = state.items() if isinstance(state, dict) else enumerate(state)
    return {
        f"{key}.{place}": content
        for key, value in items
        if isinstance(value, dict | list | tuple | torch.Tensor)
        for place, content in bits(value).items()
    }


def load(folder: Path) -> Any:
    """Return the content of the checkpoint in a folder."""
    return torch.load(folder / CHECKPOINT, weights_only=True)


def without_seconds(records: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return records without the time that each epoch took."""
    return [{k: v for k, v in record.items() if k != "seconds"} for record in records]
