"""Batches of CIFAR-10 as pickled by Python, read without running what a file may hold."""

import codecs
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHAPE = (3, 32, 32)
CLASSES = 10

_ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    # Where NumPy 1 and NumPy 2 keep the function that an array's pickle names.
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy._core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    # How Python 3 writes bytes in the old protocols.
    ("_codecs", "encode"): codecs.encode,
}


class _Unpickler(pickle.Unpickler):
    """Makes arrays and plain containers, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return _ALLOWED[module, name]


def read_batch(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures, shape (samples, 3, 32, 32), and their classes.

    Raises:
        ValueError: The file is not such a batch, or has anything in it but arrays, numbers, texts,
            lists, tuples and dictionaries.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        try:
            batch = _Unpickler(file, encoding="latin1").load()
        except OSError:
            raise
        except Exception as error:  # a file can make the pickle machine raise nearly anything
            raise _refused(path, f"{error}") from None
    if not isinstance(batch, dict):
        raise _refused(path, "it has no dictionary")
    batch = {key.decode() if isinstance(key, bytes) else key: batch[key] for key in batch}
    data, labels = batch.get("data"), batch.get("labels")
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8:
        raise _refused(path, "it has no bytes named data")
    if data.ndim != 2 or data.shape[1] != np.prod(SHAPE) or not len(data):
        raise _refused(path, f"data are of shape {data.shape}")
    if not isinstance(labels, list) or len(labels) != len(data):
        raise _refused(path, f"it has no list of {len(data)} labels")
    if not all(isinstance(label, int) and 0 <= label < CLASSES for label in labels):
        raise _refused(path, f"labels are not all integers below {CLASSES}")
    return data.reshape(-1, *SHAPE), np.array(labels, np.int64)


def _refused(path: Path, why: str) -> ValueError:
    return ValueError(f"Batch must be a python batch of CIFAR-10, not '{path}': {why}")
