"""A compiled design packs arrays as the Python function does, and refuses bad arrays."""

import re
from typing import Any

import numpy as np
import pytest

from hbfp_hw.cosim.library import DesignLibrary
from hbfp_hw.generation.payload import pack
from hbfp_hw.rtl.fields import Field
from hbfp_hw.simulate.verilate import build_library
from tests.simulate.adder import adder

WIDTH = 70


@pytest.fixture(scope="module")
def library() -> DesignLibrary:
    design = adder(WIDTH)
    return DesignLibrary(build_library(design, optimise=False), design.description)


def field(name: str, offset: int, width: int, count: int = 1, *, signed: bool = False) -> Field:
    return Field(name=name, offset=offset, width=width, count=count, signed=signed)


DTYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?")


def test_packing(library: DesignLibrary) -> None:
    """Random layouts, with integers of all sizes, wider and narrower than their fields."""
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(400):
        fields, values, offset = [], {}, 0
        while offset < WIDTH:
            count = int(rng.choice([1, 1, 2, 3, 4]))
            width = int(rng.integers(1, 33))
            width = min(width, (WIDTH - offset) // count)
            if not width:
                break
            name = f"f{len(fields)}"
            fields.append(field(name, offset, width, count))
            dtype = np.dtype(str(rng.choice(DTYPES)))
            drawn = rng.integers(-(2**31), 2**31, (7, count)).astype(dtype)
            if dtype.kind == "b" and width > 1:
                drawn = drawn.astype(np.uint8)
            if rng.random() < 0.3:  # unaligned, as in a larger record
                memory = np.zeros(drawn.nbytes + 1, np.uint8)[1:].view(drawn.dtype)
                memory[:] = drawn.reshape(-1)
                drawn = memory.reshape(drawn.shape)
            values[name] = drawn[:, 0] if count == 1 and rng.random() < 0.5 else drawn
            seen |= {dtype.str, f"aligned {drawn.flags.aligned}", f"count {count}"}
            seen.add("extended" if width > 8 * dtype.itemsize else "cut")
            offset += width * count + int(rng.integers(0, 3))
        expected = pack(fields, values)
        np.testing.assert_array_equal(
            library.pack("a", fields, values)[:, : expected.shape[1]], expected
        )
    assert len(seen) == len(DTYPES) + 2 + 4 + 2


ONE = field("value", 0, 32)
VALUES = np.arange(4, dtype=np.uint32)


@pytest.mark.parametrize(
    ("layout", "values", "error", "message"),
    [
        (ONE, VALUES.astype(np.float32), TypeError, "Field 'value' must be an array of integers"),
        (ONE, VALUES.astype(">u4"), TypeError, "Field 'value' must be an array of uint32, not >u4"),
        (
            field("value", 0, 8, 2),
            VALUES,
            ValueError,
            "Field 'value' must have 2 elements for each of 4 transfers, not the shape (4,)",
        ),
        (
            field("value", 60, 11),
            VALUES,
            ValueError,
            "Field 'value' must lie inside a payload of 70",
        ),
        (
            field("value", -1, 8),
            VALUES,
            ValueError,
            "Field 'value' must lie inside a payload of 70",
        ),
        (
            field("value", 0, 65),
            VALUES,
            ValueError,
            "Field 'value' must lie inside a payload of 70",
        ),
        (field("value", 0, 0), VALUES, ValueError, "Field 'value' must lie inside a payload of 70"),
    ],
)
def test_fields(
    library: DesignLibrary, layout: Field, values: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        library.pack("a", [layout], {"value": values})


ITEMS = np.zeros((3, 3), np.uint32)


@pytest.mark.parametrize(
    ("change", "stalls", "error", "message"),
    [
        ({"a": ITEMS[:, :2]}, {}, ValueError, "Input 'a' must be of shape (3, 3), not (3, 2)"),
        ({"b": ITEMS[0]}, {}, ValueError, "Input 'b' must be of shape (3, 3), not (3,)"),
        ({"a": ITEMS.astype(np.int64)}, {}, TypeError, "Input 'a' must be an array of uint32, not"),
        (
            {"a": ITEMS.astype(">u4")},
            {},
            TypeError,
            "Input 'a' must be an array of uint32, not >u4",
        ),
        (
            {},
            {"y": np.zeros(4, np.uint8)},
            TypeError,
            "Stalls of 'y' must be an array of bool, not",
        ),
        (
            {},
            {"y": np.zeros(8, bool)[::2]},
            ValueError,
            "Stalls of 'y' must be contiguous in memory",
        ),
        ({}, {"y": np.zeros((4, 1), bool)}, ValueError, "Stalls of 'y' must be of shape (4,), not"),
    ],
)
def test_streams(
    library: DesignLibrary,
    change: dict[str, np.ndarray],
    stalls: dict[str, np.ndarray],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        library.run({"a": ITEMS, "b": ITEMS} | change, {"y": 3}, stalls=stalls)


def test_a_run(library: DesignLibrary) -> None:
    run = library.run({"a": ITEMS + 1, "b": ITEMS[::-1] + 2}, {"y": 3})
    assert run.outcome == "completed"
    assert (run.outputs["y"] == [[3, 3, 3]] * 3).all()
