"""Arrays as callers should not make them: other dtypes, shapes, orders of memory and kinds."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, 1.1754944e-38, 3.4028235e38, 2.0**-126],
    np.float32,
)
"""Values at the edges of binary32."""


def floats(rng: Generator, *shape: int) -> np.ndarray:
    """Values of all magnitudes, or near one another, a few of them special."""
    with np.errstate(over="ignore"):
        spread = rng.choice([0, 3, 40, 150])
        values = np.ldexp(
            rng.standard_normal(shape, np.float32), rng.integers(-spread, spread + 1, shape)
        )
        values = np.asarray(values, np.float32)
    if rng.random() < 0.3:
        chosen = rng.random(shape) < 0.1
        values[chosen] = rng.choice(SPECIAL, int(chosen.sum()))
    return values


def _strided(array: np.ndarray) -> np.ndarray:
    spaced = np.zeros([2 * size for size in array.shape], array.dtype)
    view = spaced[(..., *(slice(None, None, 2) for _ in array.shape))]
    view[...] = array
    return view


def _reversed(array: np.ndarray) -> np.ndarray:
    turned = (..., *(slice(None, None, -1) for _ in array.shape))
    return np.ascontiguousarray(array[turned])[turned]


def _not_aligned(array: np.ndarray) -> np.ndarray:
    memory = np.zeros(array.nbytes + 1, np.uint8)[1:]
    memory[:] = np.frombuffer(array.tobytes(), np.uint8)
    return memory.view(array.dtype).reshape(array.shape)


def _odd_record(array: np.ndarray) -> np.ndarray:
    records = np.zeros(array.shape, [("tag", "u1"), ("value", array.dtype)])
    records["value"] = array
    return records["value"]


def _read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


def _broadcast(array: np.ndarray) -> np.ndarray:
    return np.broadcast_to(array[:1], array.shape) if array.ndim else array


def _cut(array: np.ndarray) -> np.ndarray:
    return array[..., :-1] if array.ndim else array


HARMLESS: dict[str, Callable[[np.ndarray], Any]] = {
    "Fortran order": np.asfortranarray,
    "strided": _strided,
    "reversed": _reversed,
    "not aligned": _not_aligned,
    "odd record": _odd_record,
    "read-only": _read_only,
    "broadcast": _broadcast,
    "matrix or memory map": lambda array: (
        array.view(np.memmap) if array.ndim != 2 else array.view()
    ),
}
"""Orders of memory and kinds of arrays that are not an error."""

HOSTILE: dict[str, Callable[[np.ndarray], Any]] = {
    "float64": lambda array: array.astype(np.float64),
    "float16": lambda array: array.astype(np.float16),
    "int8": lambda array: np.zeros(array.shape, np.int8),
    "int32": lambda array: array.view(np.int32) if array.dtype.itemsize == 4 else array > 0,
    "complex64": lambda array: array.astype(np.complex64),
    "object": lambda array: array.astype(object),
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "masked": lambda array: np.ma.masked_array(array, array > 0),
    "list": lambda array: array.tolist(),
    "None": lambda array: None,
    "text": lambda array: "values",
    "scalar": lambda array: array.reshape(-1)[0] if array.size else 0.0,
    "no elements": lambda array: array[..., :0] if array.ndim else array.reshape(1)[:0],
    "no lines": lambda array: array[:0] if array.ndim else array.reshape(1)[:0],
    "one axis more": lambda array: array[np.newaxis],
    "one axis less": lambda array: array.reshape(-1),
    "cut": _cut,
    "doubled": lambda array: np.concatenate([array, array]) if array.ndim else array,
    "transposed": lambda array: array.T,
}
"""Changes of an array that are mostly errors."""


def disturbed(rng: Generator, array: np.ndarray, tags: list[str]) -> Any:
    """The array as it is, in another order of memory, or changed; ``tags`` get what was done."""
    kind = rng.random()
    if kind < 0.5:
        return array
    changes = HARMLESS if kind < 0.8 else HOSTILE
    name = list(changes)[rng.integers(len(changes))]
    tags.append(name)
    with np.errstate(over="ignore", invalid="ignore"):
        return changes[name](array)
