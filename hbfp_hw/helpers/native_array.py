"""Checked arguments of compiled code: the only place that hands out the address of an array.

C++ cannot check the memory behind an address. All its assumptions are therefore checked here:
otherwise an array of another dtype or shape would be read as other numbers, or accessed beyond its
end.
"""

import ctypes
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_LIMITS: dict[Any, tuple[int, int]] = {
    ctypes.c_int32: (-(2**31), 2**31 - 1),
    ctypes.c_uint32: (0, 2**32 - 1),
    ctypes.c_int64: (-(2**63), 2**63 - 1),
    ctypes.c_uint64: (0, 2**64 - 1),
}


class Layout(Enum):
    """Order of an array's elements in memory that compiled code may assume."""

    CONTIGUOUS = auto()
    """C order without gaps."""
    ROWS = auto()
    """A matrix with contiguous rows, which may lie apart but must not overlap."""
    STRIDED = auto()
    """Any strides of whole elements, including negative and zero strides; only for reading."""


class CheckedStructure(ctypes.Structure):
    """Base class of the structures of compiled code; checks that every field is given and fits.

    A bare ``ctypes.Structure`` sets missing fields to 0 and cuts off the upper bits of integers
    that are too large for their field.

    Raises:
        TypeError: A field is missing, unknown, or of the wrong kind.
        ValueError: An integer does not fit its field.
    """

    _names: set[str]
    _limits: list[tuple[str, int, int]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._names = {name for name, *_ in cls._fields_}
        cls._limits = [(name, *_LIMITS[kind]) for name, kind, *_ in cls._fields_ if kind in _LIMITS]

    def __init__(self, **fields: Any):
        if fields.keys() != self._names:
            names = [name for name, *_ in self._fields_]
            raise TypeError(f"Fields must be {names}, not {[*fields]}")
        super().__init__(**fields)
        for name, low, high in self._limits:
            value = fields[name]
            if not low <= value <= high:
                raise ValueError(f"Field {name!r} must be {low} to {high}, not {value!r}")


def contiguous(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array in C order and aligned, as a copy only if necessary."""
    return np.ascontiguousarray(array) if array.flags.aligned else array.copy()


class ArrayArguments:
    """The arrays of one call of compiled code.

    This object keeps the arrays alive, so the caller must hold it until the call has returned. An
    array that the call writes must not share memory with any other array of the call.
    """

    def __init__(self) -> None:
        self._read: list[tuple[str, NDArray[Any]]] = []
        self._written: list[tuple[str, NDArray[Any]]] = []

    def read(
        self,
        thing: str,
        array: NDArray[Any],
        dtype: DTypeLike,
        shape: tuple[int, ...],
        layout: Layout = Layout.CONTIGUOUS,
    ) -> int:
        """Return the address of an array that the call only reads.

        Parameters:
            thing: Name of the array in error messages.
            array: The array.
            dtype: Type of the elements, in the machine's byte order.
            shape: Shape that the compiled code assumes.
            layout: Order in memory that the compiled code assumes.

        Raises:
            TypeError: The argument is not a NumPy array of ``dtype``, or it is masked.
            ValueError: The shape, the order in memory or the alignment differs, or the call writes
                the same memory.
        """
        _check(thing, array, dtype, shape, layout)
        for other, written in self._written:
            _check_apart(thing, array, other, written)
        self._read.append((thing, array))
        return int(array.ctypes.data)

    def write(
        self,
        thing: str,
        array: NDArray[Any],
        dtype: DTypeLike,
        shape: tuple[int, ...],
        layout: Layout = Layout.CONTIGUOUS,
    ) -> int:
        """Return the address of an array that the call writes; parameters as for :meth:`read`.

        Raises:
            TypeError: The same cases as in :meth:`read`.
            ValueError: The same cases as in :meth:`read`, or the array is read-only, or the layout
                is ``STRIDED``.
        """
        _check(thing, array, dtype, shape, layout)
        if layout is Layout.STRIDED:
            raise ValueError(f"{thing} must be written row by row, not with any strides")
        if not array.flags.writeable:
            raise ValueError(f"{thing} must be writable, not read-only")
        for other, used in (*self._read, *self._written):
            _check_apart(thing, array, other, used)
        self._written.append((thing, array))
        return int(array.ctypes.data)


def _check(
    thing: str, array: NDArray[Any], dtype: DTypeLike, shape: tuple[int, ...], layout: Layout
) -> None:
    if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{thing} must be a NumPy array, not {type(array).__name__}")
    if array.dtype != dtype:  # a difference in byte order counts
        raise TypeError(f"{thing} must be an array of {np.dtype(dtype)}, not {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{thing} must be of shape {shape!r}, not {array.shape!r}")
    flags = array.flags
    if not flags.aligned:
        raise ValueError(f"{thing} must be aligned to its elements of {array.itemsize} bytes")
    if not flags.c_contiguous and (layout is Layout.CONTIGUOUS or not _fits(array, layout)):
        raise ValueError(
            f"{thing} must be {layout.name.lower()} in memory, not have the strides "
            f"{array.strides!r}"
        )


def _fits(array: NDArray[Any], layout: Layout) -> bool:
    if layout is Layout.STRIDED:
        return all(stride % array.itemsize == 0 for stride in array.strides)
    if array.ndim != 2:
        return False
    (rows, columns), (apart, step) = array.shape, array.strides
    return (
        (columns == 1 or step == array.itemsize)
        and (rows == 1 or apart >= columns * array.itemsize)
        and apart % array.itemsize == 0
    )


def _check_apart(thing: str, array: NDArray[Any], other: str, used: NDArray[Any]) -> None:
    if np.may_share_memory(array, used):
        raise ValueError(f"{thing} must not share memory with {other}")
