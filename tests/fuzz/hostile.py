"""Arrays with unexpected dtypes, shapes, orders of memory and types."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from tests.fuzz.case import Array

SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, 1.1754944e-38, 3.4028235e38, 2.0**-126],
    np.float32,
)
"""Values at the edges of binary32."""


def floats(rng: Generator, *shape: int) -> Array:
    """Draw float32 values of all magnitudes or of similar ones, sometimes with special values."""
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


def _strided(array: Array) -> Array:
    spaced = np.zeros([2 * size for size in array.shape], array.dtype)
    every_other: Any = (..., *(slice(None, None, 2) for _ in array.shape))
    spaced[every_other] = array
    return spaced[every_other]


def _reversed(array: Array) -> Array:
    turned: Any = (..., *(slice(None, None, -1) for _ in array.shape))
    return np.asarray(np.ascontiguousarray(array[turned])[turned])


def _not_aligned(array: Array) -> Array:
    memory = np.zeros(array.nbytes + 1, np.uint8)[1:]
    memory[:] = np.frombuffer(array.tobytes(), np.uint8)
    return memory.view(array.dtype).reshape(array.shape)


def _odd_record(array: Array) -> Array:
    records = np.zeros(array.shape, [("tag", "u1"), ("value", array.dtype)])
    records["value"] = array
    return records["value"]


def _read_only(array: Array) -> Array:
    array = array.copy()
    array.flags.writeable = False
    return array


def _broadcast(array: Array) -> Array:
    return np.broadcast_to(array[:1], array.shape) if array.ndim else array


def _cut(array: Array) -> Array:
    return array[..., :-1] if array.ndim else array


HARMLESS: dict[str, Callable[[Array], Any]] = {
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
"""Changes of an array that are not errors: orders of memory and subclasses of arrays."""

HOSTILE: dict[str, Callable[[Array], Any]] = {
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
"""Changes of an array that mostly are errors."""


def disturbed(rng: Generator, array: Array, tags: list[str]) -> Any:
    """Return the array or a changed one; the name of the change is added to ``tags``."""
    kind = rng.random()
    if kind < 0.5:
        return array
    changes = HARMLESS if kind < 0.8 else HOSTILE
    name = list(changes)[rng.integers(len(changes))]
    tags.append(name)
    with np.errstate(over="ignore", invalid="ignore"):
        return changes[name](array)
