"""Arrays for compiled code: every wrong array is refused, and no module passes one elsewhere."""

import ast
import ctypes
import re
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.helpers.native_array import ArrayArguments, CheckedStructure, Layout

ROOT = Path(__file__).parents[2]
ENTRY = "hbfp_hw/helpers/native_array.py"

WAYS_TO_AN_ADDRESS = {
    *("ctypes", "ctypeslib", "as_ctypes", "data_as", "data_ptr", "untyped_storage"),
    *("from_buffer", "from_buffer_copy", "from_address", "string_at", "memmove"),
    *("__array_interface__", "__array_struct__", "__cuda_array_interface__", "__dlpack__"),
}
"""Attributes that give the address of an array or of a tensor."""


def ways(text: str) -> set[str]:
    """Return the attributes of :data:`WAYS_TO_AN_ADDRESS` that a program text uses."""
    nodes = [*ast.walk(ast.parse(text))]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {
        name.name for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names
    }
    return names & WAYS_TO_AN_ADDRESS


@pytest.mark.full
def test_nothing_else_takes_an_address() -> None:
    found = {}
    for folder in ("hbfp_hw", "sim", "tests", "benchmarks", "examples"):
        for path in {*(ROOT / folder).rglob("*.py")} - {Path(__file__)}:
            if used := ways(path.read_text()):
                found[str(path.relative_to(ROOT))] = used
    assert found == {ENTRY: {"ctypes"}}


@pytest.mark.parametrize(
    "text",
    [
        "a.ctypes.data",
        "t.data_ptr()",
        "(c_char * 4).from_buffer(a)",
        "from numpy.ctypeslib import as_ctypes",
        "a.__array_interface__['data']",
    ],
)
def test_ways_to_an_address_are_found(text: str) -> None:
    assert ways(text)
    assert not ways("import ctypes; ctypes_data = np.frombuffer(b'')")


def matrix(*, rows: int = 4, columns: int = 6) -> np.ndarray:
    return np.zeros((rows, columns), np.float32)


def read_only() -> np.ndarray:
    array = matrix()
    array.flags.writeable = False
    return array


def not_aligned() -> np.ndarray:
    return np.zeros(4 * 24 + 1, np.uint8)[1:].view(np.float32).reshape(4, 6)


REFUSED = [
    ([0.0], TypeError, "Y must be a NumPy array, not list"),
    (None, TypeError, "Y must be a NumPy array, not NoneType"),
    (np.ma.masked_array(matrix()), TypeError, "Y must be a NumPy array, not MaskedArray"),
    (matrix().astype(np.float64), TypeError, "Y must be an array of float32, not float64"),
    (matrix().astype(np.float16), TypeError, "Y must be an array of float32, not float16"),
    (matrix().astype(">f4"), TypeError, "Y must be an array of float32, not >f4"),
    (matrix().astype(object), TypeError, "Y must be an array of float32, not object"),
    (matrix(rows=3), ValueError, "Y must be of shape (4, 6), not (3, 6)"),
    (matrix()[0], ValueError, "Y must be of shape (4, 6), not (6,)"),
    (not_aligned(), ValueError, "Y must be aligned to its elements of 4 bytes"),
]
"""Arrays that are refused where (4, 6) of float32 are expected, in every layout."""


@pytest.mark.parametrize(("array", "error", "message"), REFUSED)
@pytest.mark.parametrize("layout", Layout)
def test_wrong_arrays(
    array: np.ndarray, error: type[Exception], message: str, layout: Layout
) -> None:
    for method in ("read", "write"):
        with pytest.raises(error, match=f"^{re.escape(message)}$"):
            getattr(ArrayArguments(), method)("Y", array, np.float32, (4, 6), layout)


VIEWS = {
    "whole": (matrix(), set(Layout)),
    "empty": (np.zeros((0, 6), np.float32), set(Layout)),
    "rows apart": (matrix(columns=9)[:, :6], {Layout.ROWS, Layout.STRIDED}),
    "one row of many": (matrix(rows=9)[8:], set(Layout)),
    "one column": (matrix()[:, :1], {Layout.ROWS, Layout.STRIDED}),
    "Fortran order": (np.asfortranarray(matrix()), {Layout.STRIDED}),
    "every second column": (matrix(columns=12)[:, ::2], {Layout.STRIDED}),
    "backwards": (matrix()[::-1], {Layout.STRIDED}),
    "one row over and over": (np.broadcast_to(matrix()[:1], (4, 6)), {Layout.STRIDED}),
    "overlapping rows": (
        np.lib.stride_tricks.sliding_window_view(matrix()[0], 3),
        {Layout.STRIDED},
    ),
    "of records": (np.zeros((4, 6), "f4, u1, u1, u1, u1")["f0"], {Layout.STRIDED}),
    "of packed records": (np.zeros((4, 8), "f4, u2")["f0"][:, ::2], {Layout.STRIDED}),
    "of odd records": (np.zeros((4, 6), "f4, u1")["f0"], set()),
}
"""Arrays, and the layouts that they have."""


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("layout", Layout)
def test_layouts(name: str, layout: Layout) -> None:
    array, fitting = VIEWS[name]
    arrays = ArrayArguments()
    if layout in fitting and array.flags.aligned:
        assert arrays.read("X", array, np.float32, array.shape, layout) == array.ctypes.data
    else:
        with pytest.raises(ValueError, match=r"^X must be (\w+ in memory|aligned)"):
            arrays.read("X", array, np.float32, array.shape, layout)


def test_writing() -> None:
    arrays = ArrayArguments()
    with pytest.raises(ValueError, match=r"^Y must be writable, not read-only$"):
        arrays.write("Y", read_only(), np.float32, (4, 6))
    with pytest.raises(ValueError, match=r"^Y must be written row by row, not with any strides$"):
        arrays.write("Y", matrix(), np.float32, (4, 6), Layout.STRIDED)


def test_overlap() -> None:
    """A written array may not share memory with another one. Two read arrays may."""
    whole = np.zeros((8, 6), np.float32)
    parts = whole[:4], whole[3:7], whole[4:]
    shape = 4, 6
    for first, second, shared in (
        (parts[0], parts[1], True),
        (parts[0], parts[0], True),
        (parts[0], parts[2], False),
        (parts[2], parts[1], True),
    ):
        for methods in (("read", "write"), ("write", "read"), ("write", "write"), ("read",) * 2):
            arrays = ArrayArguments()
            getattr(arrays, methods[0])("One", first, np.float32, shape)
            then = getattr(arrays, methods[1])
            if shared and "write" in methods:
                with pytest.raises(ValueError, match=r"^Other must not share memory with One$"):
                    then("Other", second, np.float32, shape)
            else:
                then("Other", second, np.float32, shape)


def test_arrays_live_as_long() -> None:
    arrays = ArrayArguments()
    address = arrays.read("X", np.arange(24, dtype=np.float32), np.float32, (24,))
    for _ in range(100):  # would reuse the memory of a freed array
        np.full(24, 7, np.float32)
    assert (ctypes.c_float * 24).from_address(address)[:] == [*range(24)]


class Sizes(CheckedStructure):
    _fields_ = (
        ("rows", ctypes.c_int64),
        ("lanes", ctypes.c_int32),
        ("seed", ctypes.c_uint32),
        ("count", ctypes.c_uint64),
        ("data", ctypes.c_void_p),
    )


def test_fields() -> None:
    whole = {"rows": -(2**63), "lanes": 2**31 - 1, "seed": 2**32 - 1, "count": 0, "data": None}
    made = Sizes(**whole)
    assert {name: getattr(made, name) for name in whole} == whole
    for change, message in (
        ({"rows": 2**63}, "Field 'rows' must be -9223372036854775808 to 9223372036854775807, not"),
        ({"lanes": 2**31}, "Field 'lanes' must be -2147483648 to 2147483647, not 2147483648"),
        ({"seed": -1}, "Field 'seed' must be 0 to 4294967295, not -1"),
        ({"count": 2**64}, "Field 'count' must be 0 to 18446744073709551615, not"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            Sizes(**(whole | change))
    del whole["seed"]
    with pytest.raises(TypeError, match=r"^Fields must be \['rows', 'lanes', 'seed', 'count', "):
        Sizes(**whole)
