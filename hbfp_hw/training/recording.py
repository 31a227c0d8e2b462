"""Recording of the tensors of a training run, for measurements on real data."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.booster import Pass
from hbfp_hw.booster.recorded import INDEX, RecordedLayer, read_index, write_recorded
from hbfp_hw.format import check_integer
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

    from hbfp_hw.training.trainer import TrainingRun

Operands = dict[tuple[int, Pass], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Operands of products by layer and product: shapes (M, K) and (P, K)."""


@dataclass(frozen=True)
class TensorRecording:
    """Layers and epochs whose tensors a training run records, and the folder for them.

    Members:
        folder: Folder of the run's tensors and their index.
        epochs: Numbers of finished epochs after which tensors are recorded; 0 is before training.
        layers: Names of the layers; None for all.
    """

    folder: Path
    epochs: tuple[int, ...]
    layers: tuple[str, ...] | None = None

    def check(self, run: "TrainingRun") -> None:
        """Raise unless the run has these layers, and its tensors can still be recorded.

        Raises:
            ValueError: The network has no layer of a name.
            BadCheckpoint: The run is past an epoch that is not recorded, or the folder belongs to
                another run.
        """
        names = _names(run)
        for name in self.layers or ():
            if name not in names:
                raise ValueError(f"Layer to record must be one of {', '.join(names)}, not {name!r}")
        kept = self._kept(run.settings)
        for epoch in self.epochs:
            if epoch < run.epoch and not self._wanted(run) <= kept.get(epoch, set()):
                raise BadCheckpoint(
                    f"Epochs to record must be {run.epoch} or more, as that many are trained, "
                    f"not {epoch}"
                )

    def record(self, run: "TrainingRun") -> None:
        """Record the tensors of the run as it is, if they are wanted and not yet recorded.

        They are those of a training step with the first batch of the training samples. The run does
        not change.

        Raises:
            NotFiniteError: A layer gives NaN or infinity.
            OSError: A file cannot be written.
        """
        wanted = self._wanted(run)
        if run.epoch not in self.epochs or wanted <= self._kept(run.settings).get(run.epoch, set()):
            return
        names = _names(run)
        found = _operands(run, {names.index(name) for name in wanted})
        layers = [
            _layer(run.epoch, number, name, found)
            for number, name in enumerate(names)
            if name in wanted
        ]
        write_recorded(self.folder, run.settings.as_dict(), layers)

    def _wanted(self, run: "TrainingRun") -> set[str]:
        return set(_names(run) if self.layers is None else self.layers)

    def _kept(self, settings: Settings) -> dict[int, set[str]]:
        """Return the names of the layers in the folder, by epoch."""
        if not (self.folder / INDEX).exists():
            return {}
        try:
            index = read_index(self.folder)
        except ValueError as error:
            raise BadCheckpoint(str(error)) from None
        if _plain(index["settings"]) != _plain(settings.as_dict()):
            raise BadCheckpoint(f"Recorded tensors must be those of this run, not '{self.folder}'")
        kept: dict[int, set[str]] = {}
        for entry in index["tensors"]:
            kept.setdefault(entry["epoch"], set()).add(entry["name"])
        return kept


def recording(
    folder: Path, settings: Settings, epochs: Sequence[int] | None, layers: Sequence[str] | None
) -> TensorRecording:
    """Return the recording of a run with these settings.

    Parameters:
        folder: Folder of all runs' tensors; the run gets a subfolder of its own.
        settings: Settings of the run.
        epochs: Numbers of finished epochs; None for the end of the run.
        layers: Names of the layers; None for all.

    Raises:
        TypeError: An epoch is not an integer.
        ValueError: An epoch is out of range, or an epoch or a layer occurs twice.
    """
    chosen = (settings.epochs,) if epochs is None else tuple(epochs)
    for epoch in chosen:
        check_integer("Epoch to record", epoch, 0, settings.epochs)
    for thing, values in (("Epochs", chosen), ("Layers", tuple(layers or ()))):
        if len(set(values)) != len(values):
            raise ValueError(f"{thing} to record must be different ones, not {list(values)!r}")
    return TensorRecording(
        folder / f"{settings.schedule}-seed{settings.seed}",
        chosen,
        None if layers is None else tuple(layers),
    )


def _names(run: "TrainingRun") -> list[str]:
    # Imported here so that a program which only plans runs does not load PyTorch.
    from hbfp_hw.torch import layer_names

    return layer_names(run.model)


def _plain(settings: dict[str, object]) -> dict[str, str]:
    """Return settings in a form that JSON does not change, without the number of epochs."""
    return {key: json.dumps(value) for key, value in settings.items() if key != "epochs"}


def _operands(run: "TrainingRun", layers: set[int]) -> Operands:
    """Return the operands of all products of these layers in one training step."""
    import torch

    from hbfp_hw.training.step_operands import visit_operands

    found: Operands = {}

    def keep(layer: int, product: Pass, first: "Tensor", second: "Tensor") -> None:
        if layer in layers:
            found[layer, product] = _matrix(first), _matrix(second)

    batch = slice(run.settings.batch_size)
    x, y = (torch.from_numpy(part[batch]) for part in (run.dataset.train_x, run.dataset.train_y))
    visit_operands(run.model, x, y, keep)
    return found


def _matrix(lines: "Tensor") -> NDArray[np.float32]:
    assert len(lines) == 1, "no network of hbfp train has groups"
    return np.array(lines[0].detach().numpy(), order="C")


def _layer(epoch: int, number: int, name: str, found: Operands) -> RecordedLayer:
    x, columns = found[number, Pass.FORWARD]
    _, gradient = found[number, Pass.WEIGHT_GRADIENT]
    return RecordedLayer(
        epoch=epoch,
        layer=number,
        name=name,
        input_gradient=(number, Pass.INPUT_GRADIENT) in found,
        x=x,
        w=np.ascontiguousarray(columns.T),
        gradient=np.ascontiguousarray(gradient.T),
    )
