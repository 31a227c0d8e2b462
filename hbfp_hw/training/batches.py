"""Reader for CIFAR-10's pickled batches that runs no code a hostile file may contain."""

import pickle
import pickletools
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHAPE = (3, 32, 32)
CLASSES = 10
MOST_TUPLES = 100
"""Most tuples in a batch. Arrays need a few; a million nested ones would overflow the C stack."""


class _Array:
    """A byte array as its pickle describes it. NumPy's own class would not check it."""

    def __setstate__(self, state: tuple[int, tuple[int, ...], "_Type", bool, bytes | str]) -> None:
        _, self._shape, self._type, self._fortran, content = state
        # Python 2 pickled the bytes as a string.
        self._content = content.encode("latin1") if isinstance(content, str) else content

    def read(self) -> NDArray[np.uint8]:
        """Return the array, after checks of its type and size."""
        if self._type.name not in ("u1", "|u1"):
            raise pickle.UnpicklingError("it has no bytes named data")
        data = np.frombuffer(self._content, np.uint8)
        return data.reshape(self._shape, order="F" if self._fortran else "C")


class _Type:
    """The element type of a pickled array, by name."""

    def __init__(self, name: str, *_: object):
        self.name = name

    def __setstate__(self, state: object) -> None:
        pass


def _make_array(*_: object) -> _Array:
    return _Array()


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":  # codecs.encode imports a module of the encoding's name
        raise pickle.UnpicklingError(f"encoding {encoding!r} is not allowed")
    return text.encode("latin1")


_ALLOWED = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    # The function that reconstructs arrays, in NumPy 1 and NumPy 2.
    ("numpy.core.multiarray", "_reconstruct"): _make_array,
    ("numpy._core.multiarray", "_reconstruct"): _make_array,
    # Python 3 pickles bytes by this function in the old protocols.
    ("_codecs", "encode"): _encode,
}


class _Unpickler(pickle.Unpickler):
    """An unpickler that creates arrays and plain containers, and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return _ALLOWED[module, name]


def read_batch(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read a batch. Return images of shape (samples, 3, 32, 32) and their classes.

    Raises:
        ValueError: The file is not a CIFAR-10 batch, or contains anything but arrays, numbers,
            strings, lists, tuples and dictionaries.
        OSError: The file cannot be read.
    """
    content = path.read_bytes()
    try:
        tuples = sum(code.name.startswith("TUPLE") for code, *_ in pickletools.genops(content))
        if tuples > MOST_TUPLES:
            raise pickle.UnpicklingError(f"it has more than {MOST_TUPLES} tuples")
        batch = _Unpickler(BytesIO(content), encoding="latin1").load()
        if not isinstance(batch, dict):
            raise pickle.UnpicklingError("it has no dictionary")
        batch = {key.decode() if isinstance(key, bytes) else key: batch[key] for key in batch}
        data, labels = batch.get("data"), batch.get("labels")
        if not isinstance(data, _Array):
            raise pickle.UnpicklingError("it has no bytes named data")
        data = data.read()
    except Exception as error:  # a hostile file can make the unpickler raise nearly anything
        raise _refused(path, f"{error}") from None
    if data.ndim != 2 or data.shape[1] != np.prod(SHAPE) or not len(data):
        raise _refused(path, f"data are of shape {data.shape}")
    if not isinstance(labels, list) or len(labels) != len(data):
        raise _refused(path, f"it has no list of {len(data)} labels")
    if not all(isinstance(label, int) and 0 <= label < CLASSES for label in labels):
        raise _refused(path, f"labels are not all integers below {CLASSES}")
    return data.reshape(-1, *SHAPE), np.array(labels, np.int64)


def _refused(path: Path, why: str) -> ValueError:
    return ValueError(f"Batch must be a python batch of CIFAR-10, not '{path}': {why}")
