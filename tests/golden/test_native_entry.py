"""Arrays that compiled code must refuse, at its own interface and in the public functions."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, Conversion, accumulate, convert, dot, gemm, multiply, native
from hbfp_hw.golden.native import Level, limit
from hbfp_hw.sim.stimulus import bits

FMT = HBFPFormat(4, 8)
LARGE = HBFPFormat(9, 8)
X = np.ones((5, 17), np.float32)
NEAREST = Conversion()

needs_library = pytest.mark.skipif(
    native.level() < Level.AVX2, reason="the compiled products need AVX2"
)


def blocks(lines: int = 5, length: int = 17, fmt: HBFPFormat = FMT) -> Blocks:
    return convert(np.ones((lines, length), np.float32), fmt)


def refused(error: type[Exception], message: str) -> Any:
    return pytest.raises(error, match=f"^{re.escape(message)}$")


@needs_library
@pytest.mark.parametrize("function", [native.convert, native.convert_packed])
@pytest.mark.parametrize(
    ("values", "change", "error", "message"),
    [
        (X.astype(np.float64), {}, TypeError, "Values must be an array of float32, not float64"),
        (X.astype(np.float16), {}, TypeError, "Values must be an array of float32, not float16"),
        (X.astype(">f4"), {}, TypeError, "Values must be an array of float32, not >f4"),
        (X.tolist(), {}, TypeError, "Values must be a NumPy array, not list"),
        (X[0], {}, ValueError, "Values must be a matrix that is not empty, not (17,)"),
        (X[:0], {}, ValueError, "Values must be a matrix that is not empty, not (0, 17)"),
        (X[:, :0], {}, ValueError, "Values must be a matrix that is not empty, not (5, 0)"),
        (
            X,
            {"step": np.zeros((5, 2), np.uint32)},
            ValueError,
            "Steps must be of shape (5, 3), not (5, 2)",
        ),
        (
            X,
            {"step": np.zeros((5, 3), np.int64)},
            TypeError,
            "Steps must be an array of uint32, not int64",
        ),
    ],
)
def test_values(
    function: Callable[..., object],
    values: Any,
    change: dict[str, object],
    error: type[Exception],
    message: str,
) -> None:
    with refused(error, message):
        function(values, FMT, Conversion(Rounding.STOCHASTIC), **change)


@needs_library
def test_mantissas_above_a_byte_cannot_be_packed() -> None:
    with refused(ValueError, "Mantissa width of a packed operand must be 2 to 8, not 9"):
        native.convert_packed(X, LARGE, NEAREST)


def result(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@needs_library
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        # torch.set_default_dtype once gave a layer such a buffer.
        (result(5, 3).astype(np.float64), TypeError, "Result must be an array of float32, not f"),
        (result(5, 3).astype(np.float16), TypeError, "Result must be an array of float32, not f"),
        (result(5, 2), ValueError, "Result must be of shape (5, 3), not (5, 2)"),
        (result(5, 4), ValueError, "Result must be of shape (5, 3), not (5, 4)"),
        (result(3, 5), ValueError, "Result must be of shape (5, 3), not (3, 5)"),
        (result(15), ValueError, "Result must be of shape (5, 3), not (15,)"),
        (result(3, 5).T, ValueError, "Result must be rows in memory, not have the strides (4, 20)"),
        (result(5, 6)[:, ::2], ValueError, "Result must be rows in memory, not have the strides "),
        (
            np.broadcast_to(result(1, 3), (5, 3)),
            ValueError,
            "Result must be rows in memory, not have the strides (0, 4)",
        ),
    ],
)
def test_results(packed: bool, y: np.ndarray, error: type[Exception], message: str) -> None:
    values = np.ones((3, 17), np.float32)
    w = native.convert_packed(values, FMT, NEAREST) if packed else blocks(3)
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        native.add_product(blocks(), w, y)


@needs_library
def test_operands() -> None:
    y = result(5, 3)
    packed = native.convert_packed(X, FMT, NEAREST)
    for x, w, error, message in (
        (
            blocks(),
            blocks(3, 16),
            ValueError,
            "Mantissas must be of shape (3, 3, 8), not (3, 2, 8)",
        ),
        (
            blocks(),
            blocks(3, fmt=LARGE),
            ValueError,
            "Mantissa widths must be 2 to 8, not those of ",
        ),
        (
            blocks(),
            blocks(3, 17, HBFPFormat(4, 6)),
            ValueError,
            "Formats must have the same block_",
        ),
        (packed, blocks(3), TypeError, "Left operand must be Blocks, not PackedOperand"),
        (
            Blocks(FMT, blocks().mantissas, blocks().exponents[:0]),
            blocks(3),
            ValueError,
            "Left operand must have blocks, not shape (0, 3)",
        ),
        (
            Blocks(FMT, blocks().mantissas, blocks().exponents.astype(np.int32)),
            blocks(3),
            TypeError,
            "Exponents must be an array of int16, not int32",
        ),
    ):
        with pytest.raises(error, match=f"^{re.escape(message)}"):
            native.add_product(x, w, y)
    assert not y.any()


@needs_library
def test_a_result_in_the_memory_of_an_operand() -> None:
    memory = np.zeros((5, 17 * 8), np.float32)
    x = convert(memory, FMT)
    shared = Blocks(
        FMT, memory.view(np.int8).reshape(-1)[: 5 * 17 * 8].reshape(5, 17, 8), x.exponents
    )
    with refused(ValueError, "Result must not share memory with Mantissas"):
        native.add_product(shared, blocks(3, 17 * 8), memory[:, :3])


def changed(**parts: Any) -> Blocks:
    """Return good blocks with other mantissas or exponents."""
    good = blocks()
    return Blocks(FMT, **({"mantissas": good.mantissas, "exponents": good.exponents} | parts))


def mantissas(value: int, dtype: Any = np.int8) -> np.ndarray:
    array = np.zeros((5, 3, 8), dtype)
    array[2, 1, 7] = value
    return array


BAD_BLOCKS = [
    (X, TypeError, "{} must be Blocks, not ndarray"),
    (None, TypeError, "{} must be Blocks, not NoneType"),
    (changed(mantissas=mantissas(8)), ValueError, "Mantissas of {} must be -7 to 7, not 8"),
    (changed(mantissas=mantissas(-8)), ValueError, "Mantissas of {} must be -7 to 7, not -8"),
    # A cast to int8 would turn 257 into 1, which is in range.
    (
        changed(mantissas=mantissas(257, np.int16)),
        ValueError,
        "Mantissas of {} must be -7 to 7, not 257",
    ),
    (
        changed(mantissas=mantissas(1, np.float32)),
        TypeError,
        "Mantissas of {} must be an array of integers, not float32",
    ),
    (
        changed(exponents=np.full((5, 3), 512)),
        ValueError,
        "Exponents of {} must be -512 to 511, not 512",
    ),
    (
        changed(exponents=np.full((5, 3), 65536 - 512)),
        ValueError,
        "Exponents of {} must be -512 to 511, not 65024",
    ),
    (
        changed(exponents=[[0] * 3] * 5),
        TypeError,
        "Exponents of {} must be an array of integers, not list",
    ),
    (
        changed(mantissas=np.zeros((5, 3, 7), np.int8)),
        ValueError,
        "Mantissas of {} must be of shape (5, 3, 8), not (5, 3, 7)",
    ),
]


@pytest.mark.parametrize("level", [Level.NUMPY, native.level()])
@pytest.mark.parametrize("function", [multiply, dot])
@pytest.mark.parametrize(("operand", "error", "message"), BAD_BLOCKS)
def test_blocks(
    level: Level,
    function: Callable[..., object],
    operand: Any,
    error: type[Exception],
    message: str,
) -> None:
    names = ("X", "W") if function is multiply else ("A", "B")
    for place, name in enumerate(names):
        operands = [blocks(), blocks()]
        operands[place] = operand
        with limit(level), refused(error, message.format(name)):
            function(*operands)


def test_blocks_of_any_integers() -> None:
    """Integers of any dtype are accepted as long as the numbers are in range."""
    rng = np.random.default_rng(0)
    x = convert(rng.standard_normal((5, 17), np.float32), FMT)
    for dtype in (np.int16, np.int32, np.int64, ">i4"):
        other = Blocks(FMT, x.mantissas.astype(dtype), x.exponents.astype(dtype))
        assert bits(multiply(other, other)).tolist() == bits(multiply(x, x)).tolist()
        assert bits(dot(other, x).round()).tolist() == bits(dot(x, x).round()).tolist()


@pytest.mark.parametrize("level", [Level.NUMPY, native.level()])
def test_start_values(level: Level) -> None:
    for c, error, message in (
        (np.zeros((5, 5)), TypeError, "C must be a float32 array, not float64 array"),
        (result(5), ValueError, "C must be of shape (5, 5), as Y is, not (5,)"),
        (result(1, 5), ValueError, "C must be of shape (5, 5), as Y is, not (1, 5)"),
    ):
        with limit(level), refused(error, message):
            multiply(blocks(), blocks(), c)


@pytest.mark.parametrize("level", [Level.NUMPY, native.level()])
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: convert(np.ma.masked_array(X, X > 0), FMT),
            TypeError,
            "Values must be a float32 array, not MaskedArray",
        ),
        (lambda: convert(X, None), TypeError, "Format must be an HBFPFormat, not None"),
        (
            lambda: convert(X, FMT, step=np.zeros((5, 3))),
            TypeError,
            "Step must be an array of integers, not float64",
        ),
        (
            lambda: convert(X, FMT, step=np.full((5, 3), 2**70)),
            TypeError,
            "Step must be an array of integers, not object",
        ),
        (lambda: gemm(X, X.T, fmt_x="m4"), TypeError, "Format must be an HBFPFormat, not 'm4'"),
        (
            lambda: accumulate(X.astype(np.float64)),
            TypeError,
            "Terms must be a float32 array, not float64 array",
        ),
        (
            lambda: accumulate(X, np.zeros(5)),
            TypeError,
            "Start values must be a float32 array, not float64 array",
        ),
        (
            lambda: accumulate(np.array(1, np.float32)),
            ValueError,
            "Terms must have an axis to sum along, not shape ()",
        ),
        (
            lambda: dot(blocks(5), blocks(3)),
            ValueError,
            "Blocks of B must be of shape (5, 3) or one that NumPy broadcasts with it, not (3, 3)",
        ),
    ],
)
def test_public_functions(
    level: Level, call: Callable[[], object], error: type[Exception], message: str
) -> None:
    with limit(level), refused(error, message):
        call()
