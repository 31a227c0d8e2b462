"""Random calls of the golden model and of its compiled code."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import (
    Blocks,
    Conversion,
    accumulate,
    convert,
    dot,
    gemm,
    matmul,
    multiply,
    native,
)
from hbfp_hw.golden.convert import convert_by_numpy
from hbfp_hw.golden.native import Level
from tests.fuzz.case import Arguments, Case, Results
from tests.fuzz.hostile import disturbed, floats


def some_format(
    rng: Generator, block_size: int | None = None, exponent_bits: int = 0
) -> HBFPFormat:
    """Draw a format with small blocks, mostly with mantissas of up to 8 bits.

    Compiled code multiplies only such mantissas.
    """
    widest = 17 if rng.random() < 0.15 else 9
    size = block_size or int(rng.choice([1, 2, 3, 4, 5, 8, 16, 17, 33]))
    return HBFPFormat(int(rng.integers(2, widest)), size, exponent_bits or int(rng.integers(5, 13)))


def odd(rng: Generator, value: Any, others: tuple[Any, ...], tags: list[str], name: str) -> Any:
    """Return the value or, now and then, one of ``others``, which mostly are errors."""
    if rng.random() < 0.94:
        return value
    tags.append(f"odd {name}")
    return others[rng.integers(len(others))]


def options(rng: Generator, tags: list[str]) -> Arguments:
    """Draw rounding mode, seed and random bits; one of them may be wrong."""
    given = {
        "rounding": Rounding(int(rng.integers(3))),
        "seed": int(rng.integers(1 << 32)),
        "random_bits": int(rng.integers(1, 17)),
    }
    if rng.random() < 0.9:
        return given
    tags.append("odd option")
    others = (-1, 2**32, 2**64, 1.5, "1", None, True, np.int8(-3), 3, 17, np.nan, [0])
    return given | {str(rng.choice(list(given))): others[rng.integers(len(others))]}


def arrays_of(blocks: Blocks) -> Results:
    """Return the arrays of blocks."""
    return [blocks.mantissas, blocks.exponents]


def convert_case(rng: Generator) -> Case:
    """Draw a conversion."""
    tags: list[str] = []
    shape = tuple(rng.integers(1, 12, rng.integers(1, 4)))
    fmt = some_format(rng)
    given: Arguments = {"values": disturbed(rng, floats(rng, *shape), tags)}
    given["fmt"] = odd(rng, fmt, (None, 4, "m4", HBFPFormat), tags, "format")
    given |= options(rng, tags)
    if rng.random() < 0.4:
        count = (*shape[:-1], -(-shape[-1] // fmt.block_size))
        step = rng.integers(1 << 32, size=count).astype(rng.choice(["u4", "i8", "u8"]))
        given["step"] = disturbed(rng, step, tags)
        tags.append("steps")
    if rng.random() < 0.05:
        tags.append("shared memory")
        given["step"] = given["values"]
    return Case("convert", lambda: arrays_of(convert(**given)), given, tags)


def gemm_case(rng: Generator) -> Case:
    """Draw a matrix product, sometimes of operands in the same memory."""
    tags: list[str] = []
    rows, length, columns = (int(size) for size in rng.integers(1, 40, 3))
    fmt_x = some_format(rng)
    fmt_w = some_format(rng, fmt_x.block_size, fmt_x.exponent_bits)
    given: Arguments = {
        "x": disturbed(rng, floats(rng, rows, length), tags),
        "w": disturbed(rng, floats(rng, length, columns), tags),
        "fmt_x": fmt_x,
        "fmt_w": odd(rng, fmt_w, (None, some_format(rng), 6), tags, "format"),
        **options(rng, tags),
    }
    kind = rng.random()
    if kind < 0.4:
        given["c"] = disturbed(rng, floats(rng, rows, columns), tags)
        tags.append("start values")
    elif kind < 0.5:
        tags.append("shared memory")
        memory = floats(rng, 3 * rows * rows)
        given["x"] = memory[: rows * rows].reshape(rows, rows)
        given["w"] = memory[rows : rows + rows * rows].reshape(rows, rows)
        given["c"] = memory[1 : 1 + rows * rows].reshape(rows, rows)
    return Case("gemm", lambda: [gemm(**given)], given, tags)


def some_blocks(rng: Generator, fmt: HBFPFormat, lines: int, count: int, tags: list[str]) -> Any:
    """Draw blocks with any mantissas and exponents of their format, or disturbed ones."""
    limit = fmt.max_mantissa
    near = int(rng.integers(fmt.nan_exponent, fmt.max_exponent + 1))
    low, high = max(fmt.nan_exponent, near - 60), min(fmt.max_exponent, near + 60)
    mantissas = rng.integers(-limit, limit + 1, (lines, count, fmt.block_size))
    exponents = rng.integers(low, high + 1, (lines, count))
    if rng.random() < 0.15:
        tags.append("beyond the format")
        mantissas.reshape(-1)[0] += rng.choice([-256, 256, 2 * limit + 2, -2 * limit - 2])
        exponents.reshape(-1)[0] += rng.choice([0, 65536, -2 * fmt.max_exponent - 2])
    else:
        wider = rng.random() < 0.2
        mantissas = mantissas.astype(np.int32 if wider else fmt.mantissa_dtype)
        exponents = exponents.astype(np.int64 if wider else np.int16)
    parts = (disturbed(rng, mantissas, tags), disturbed(rng, exponents, tags))
    return odd(rng, Blocks(fmt, *parts), (None, parts[0], "blocks", 1), tags, "blocks")


def parts_of(given: Arguments) -> Arguments:
    """Return the arguments with the arrays of blocks as separate ones, for reports and checks."""
    parts: Arguments = {}
    for name, value in given.items():
        if isinstance(value, Blocks):
            of = {"mantissas": value.mantissas, "exponents": value.exponents, "fmt": value.fmt}
            parts |= {f"{name}.{part}": each for part, each in of.items()}
        else:
            parts[name] = value
    return parts


def blocks_case(rng: Generator, function: Callable[..., Results], kind: str) -> Case:
    """Draw a call of a function of two arrays of blocks."""
    tags: list[str] = []
    fmt_x = some_format(rng)
    fmt_w = some_format(rng, fmt_x.block_size, fmt_x.exponent_bits)
    rows, columns, count = (int(size) for size in rng.integers(1, 20, 3))
    columns = rows if kind == "dot" else columns
    given: Arguments = {
        "x": some_blocks(rng, fmt_x, rows, count, tags),
        "w": some_blocks(rng, fmt_w, columns, count, tags),
    }
    if kind == "multiply" and rng.random() < 0.4:
        tags.append("start values")
        given["c"] = disturbed(rng, floats(rng, rows, columns), tags)
    return Case(kind, lambda: function(**given), parts_of(given), tags)


def dot_case(rng: Generator) -> Case:
    """Draw dot products of blocks."""
    return blocks_case(rng, lambda x, w: [dot(x, w).round()], "dot")


def multiply_case(rng: Generator) -> Case:
    """Draw a matrix product of blocks."""
    return blocks_case(rng, lambda **given: [multiply(**given)], "multiply")


def accumulate_case(rng: Generator) -> Case:
    """Draw a sum of rounded dot products."""
    tags: list[str] = []
    shape = tuple(rng.integers(1, 9, rng.integers(1, 4)))
    given: Arguments = {"terms": disturbed(rng, floats(rng, *shape), tags)}
    if rng.random() < 0.5:
        given["start"] = disturbed(rng, floats(rng, *shape[:-1]), tags)
    return Case("accumulate", lambda: [accumulate(**given)], given, tags)


def native_convert_case(rng: Generator) -> Case:
    """Draw a conversion, compiled or by NumPy, without the checks of the public function."""
    tags: list[str] = []
    shape = tuple(int(size) for size in rng.integers(1, 40, 2))
    given: Arguments = {
        "values": disturbed(rng, floats(rng, *shape), tags),
        "fmt": some_format(rng),
        "conversion": Conversion(
            Rounding(int(rng.integers(3))), int(rng.integers(1 << 32)), int(rng.integers(1, 17))
        ),
    }

    def call() -> Results:
        compiled = native.convert(**given)  # refuses arrays that it must not read
        return arrays_of(compiled if native.level() else convert_by_numpy(**given))

    return Case("native.convert", call, given, tags)


def add_product_case(rng: Generator) -> Case:
    """Draw a compiled product into a buffer that may be unsuitable, or the product by NumPy."""
    tags: list[str] = []
    fmt = some_format(rng)
    fmt = HBFPFormat(min(fmt.mantissa_bits, 8), fmt.block_size, fmt.exponent_bits)
    rows, columns, length = (int(size) for size in rng.integers(1, 40, 3))
    x, w = (convert(floats(rng, size, length), fmt) for size in (rows, columns))
    memory = floats(rng, rows, columns + 3)
    apart = bool(rng.random() < 0.3)
    tags += ["rows apart"] * apart
    y = disturbed(rng, memory[:, 1:-2] if apart else memory[:, 3:].copy(), tags)
    start = np.array(y)

    def call() -> Results:
        """Multiply; restore the buffer before and after each product."""
        try:
            native.add_product(x, w, y)
            assert (y.dtype, y.shape) == (np.float32, (rows, columns)), "a wrong buffer was taken"
            if native.level() < Level.AVX2:
                y[...] = start
                matmul.add_product(x, w, y)
            return [np.array(y)]
        finally:
            if isinstance(y, np.ndarray) and y.flags.writeable:
                np.asarray(y)[...] = start

    return Case("native.add_product", call, {"y": y}, tags)


GOLDEN: dict[str, Callable[[Generator], Case]] = {
    "convert": convert_case,
    "gemm": gemm_case,
    "multiply": multiply_case,
    "dot": dot_case,
    "accumulate": accumulate_case,
    "native.convert": native_convert_case,
    "native.add_product": add_product_case,
}
"""Functions that draw a call, by the name of the called function."""
