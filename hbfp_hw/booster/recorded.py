"""Tensors of layers that a training run recorded, and the matrix products that they make."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.booster.roles import Pass
from hbfp_hw.helpers.files import write_whole

INDEX = "tensors.json"
"""File that lists the tensors in the folder of a run."""

TENSORS = ("x", "w", "gradient")
"""Tensors of a layer, as members of :class:`RecordedLayer` and as keys of the index."""


class Matrices(NamedTuple):
    """Operands of a matrix product: X of shape (M, K) and W of shape (K, P), float32."""

    x: NDArray[np.float32]
    w: NDArray[np.float32]


@dataclass(frozen=True)
class RecordedLayer:
    """The tensors of one layer Y = X·W in one training step, before their conversion.

    A convolution is the product of :class:`~hbfp_hw.torch.HBFPConv2d`, with one row of X for each
    output position and sample.

    Members:
        epoch: Number of finished epochs before the step; 0 is the untrained network.
        layer, name: Number of the layer, and its name in the network.
        input_gradient: Whether the step computes dX; it does not in the first layer.
        x: Input X, float32, shape (M, K).
        w: Weights W, float32, shape (K, P).
        gradient: Gradient dY of the loss with respect to Y, float32, shape (M, P).
    """

    epoch: int
    layer: int
    name: str
    input_gradient: bool
    x: NDArray[np.float32]
    w: NDArray[np.float32]
    gradient: NDArray[np.float32]


def training_products(recorded: RecordedLayer) -> dict[Pass, Matrices]:
    """Return the operands of each product that the training step computes in this layer.

    They are those of Y = X·W, dX = dY·Wᵀ and dW = Xᵀ·dY. dX is absent if the step has none.
    """
    x, w, gradient = recorded.x, recorded.w, recorded.gradient
    products = {
        Pass.FORWARD: Matrices(x, w),
        Pass.INPUT_GRADIENT: Matrices(gradient, np.ascontiguousarray(w.T)),
        Pass.WEIGHT_GRADIENT: Matrices(np.ascontiguousarray(x.T), gradient),
    }
    if not recorded.input_gradient:
        del products[Pass.INPUT_GRADIENT]
    return products


class TensorEntry(TypedDict):
    """One layer after one epoch in the index; ``x``, ``w`` and ``gradient`` are file names."""

    epoch: int
    layer: int
    name: str
    input_gradient: bool
    x: str
    w: str
    gradient: str


class TensorIndex(TypedDict):
    """Content of the index of a run.

    Members:
        settings: Settings of the training run.
        tensors: One entry per recorded layer and epoch.
    """

    settings: dict[str, object]
    tensors: list[TensorEntry]


_TYPES = TensorEntry.__annotations__


def read_index(folder: Path) -> TensorIndex:
    """Return the index in the folder of a run.

    Raises:
        ValueError: The folder has no index, or not one of ``hbfp train``.
        OSError: The index cannot be read.
    """
    path = folder / INDEX
    if not path.is_file():
        raise ValueError(f"Folder must have the file {INDEX} of hbfp train, not '{folder}'")
    try:
        content: TensorIndex = json.loads(path.read_bytes())
        whole = isinstance(content["settings"], dict) and all(
            entry.keys() == _TYPES.keys()
            and all(type(entry[key]) is kind for key, kind in _TYPES.items())  # type: ignore[literal-required]
            and all(Path(entry[key]).name == entry[key] for key in TENSORS)  # type: ignore[literal-required]
            for entry in content["tensors"]
        )
    except (ValueError, TypeError, LookupError, AttributeError):
        whole = False
    if not whole:
        raise ValueError(f"Index must be a whole one of hbfp train, not '{path}'")
    return content


def write_recorded(
    folder: Path, settings: dict[str, object], recorded: Sequence[RecordedLayer]
) -> None:
    """Write recorded layers into the folder of a run and add them to its index.

    Each file is written whole or not at all, the index last.

    Parameters:
        folder: Folder of the run.
        settings: Settings of the run.
        recorded: The layers; entries of the same layer and epoch are replaced.

    Raises:
        ValueError: The folder has an index that is not one of ``hbfp train``.
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = read_index(folder)["tensors"] if (folder / INDEX).exists() else []
    entries = {(entry["epoch"], entry["layer"]): entry for entry in kept}
    for layer in recorded:
        stem = f"epoch{layer.epoch}_layer{layer.layer}"
        names = {tensor: f"{stem}_{tensor}.npy" for tensor in TENSORS}
        for tensor, name in names.items():
            content = io.BytesIO()
            np.save(content, getattr(layer, tensor))
            write_whole(folder / name, content.getvalue())
        entries[layer.epoch, layer.layer] = {
            "epoch": layer.epoch,
            "layer": layer.layer,
            "name": layer.name,
            "input_gradient": layer.input_gradient,
            "x": names["x"],
            "w": names["w"],
            "gradient": names["gradient"],
        }
    index: TensorIndex = {
        "settings": settings,
        "tensors": [entries[key] for key in sorted(entries)],
    }
    write_whole(folder / INDEX, (json.dumps(index, indent=1) + "\n").encode())


def read_recorded(folder: Path) -> list[RecordedLayer]:
    """Return all recorded layers of a run, by epoch and layer.

    Raises:
        ValueError: The folder has no index of ``hbfp train``, or a tensor is not a float32 matrix
            of the shape that the others need.
        OSError: A file cannot be read.
    """
    return [_read(folder, entry) for entry in read_index(folder)["tensors"]]


def _read(folder: Path, entry: TensorEntry) -> RecordedLayer:
    x, w, gradient = (_load(folder / name) for name in (entry["x"], entry["w"], entry["gradient"]))
    if x.shape[1] != w.shape[0] or gradient.shape != (x.shape[0], w.shape[1]):
        raise ValueError(
            f"Tensors of layer {entry['name']!r} after epoch {entry['epoch']} must be of one "
            f"product, not of shapes {x.shape!r}, {w.shape!r} and {gradient.shape!r}"
        )
    return RecordedLayer(
        entry["epoch"], entry["layer"], entry["name"], entry["input_gradient"], x, w, gradient
    )


def _load(path: Path) -> NDArray[np.float32]:
    try:
        matrix = np.load(path, allow_pickle=False)
    except OSError:
        raise
    except Exception:  # a bad header can make NumPy raise nearly anything
        matrix = None
    if not isinstance(matrix, np.ndarray) or matrix.dtype != np.float32 or matrix.ndim != 2:
        raise ValueError(f"Tensor must be a whole .npy file of a float32 matrix, not '{path}'")
    return matrix
