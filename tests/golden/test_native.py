"""Compiled code against NumPy, bit by bit, on every level that this processor can run."""

import itertools
import sys

import numpy as np

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, Conversion, convert, gemm, multiply, native
from hbfp_hw.golden.dot import dot
from hbfp_hw.golden.native import Level, limit
from hbfp_hw.sim.stimulus import bits, block_classes, blocks, count, floats
from tests import oracle

LEVELS = [level for level in Level if Level.NUMPY < level <= native.level()]


def in_memory(values):
    """Return the same matrix in various orders of memory, and unaligned."""
    rows, columns = values.shape
    spaced = np.zeros((2 * rows, 3 * columns), np.float32)
    spaced[::2, ::3] = values
    record = np.zeros(values.shape, [("tag", "u1"), ("value", np.float32)])
    record["value"] = values
    return {
        "rows": np.ascontiguousarray(values),
        "columns": np.asfortranarray(values),
        "strided": spaced[::2, ::3],
        "reversed": np.ascontiguousarray(values[::-1, ::-1])[::-1, ::-1],
        "reversed columns": np.asfortranarray(values[::-1])[::-1],
        "not aligned": record["value"],
    }


def corner_matrix(rng, fmt, rows, length, seen):
    """Return rows of blocks of every class, the last block cut short; count them in ``seen``."""
    number = -(-length // fmt.block_size)
    values, classes = blocks(rng, fmt, rows * number)
    for name, hits in count(classes, block_classes(fmt)).items():
        seen[name] = seen.get(name, 0) + hits
    return values.reshape(rows, -1)[:, :length]


def random_format(rng, widest=16):
    """Draw a format; small and large block sizes are equally likely."""
    width, exponent_bits = rng.integers(2, widest + 1), rng.integers(5, 13)
    return HBFPFormat(width, min(1024, int(2 ** rng.uniform(0, 10.1))), exponent_bits)


def test_conversion():
    """Random formats, rounding modes, seeds, lengths and orders of memory."""
    rng = np.random.default_rng(1)
    seen, formats, orders = {}, set(), set()
    for number in range(150):
        fmt = random_format(rng)
        rows = int(rng.choice([1, 3, 16, 40]))
        length = max(1, int(fmt.block_size * rng.uniform(0.2, 3)))
        values = corner_matrix(rng, fmt, rows, length, seen)
        number_of_blocks = rows * -(-length // fmt.block_size)
        options = {
            "rounding": Rounding(number % 3),
            "seed": int(rng.integers(1 << 32)),
            "random_bits": int(rng.integers(1, 17)),
        }
        if number % 2:
            step = rng.integers(1 << 32, size=number_of_blocks).reshape(rows, -1)
            options["step"] = step
        with limit(Level.NUMPY):
            expected = convert(values, fmt, **options)
        order, given = list(in_memory(values).items())[number % 6]
        for level in LEVELS:
            with limit(level):
                converted = convert(given, fmt, **options)
            assert converted.mantissas.dtype == fmt.mantissa_dtype
            np.testing.assert_array_equal(converted.exponents, expected.exponents)
            np.testing.assert_array_equal(converted.mantissas, expected.mantissas)
        orders.add(order)
        formats |= {("m", fmt.mantissa_bits), ("e", fmt.exponent_bits)}
        formats.add(("lanes of four", fmt.block_size % 4))
        formats.add(("short", length % fmt.block_size > 0))
    assert len(formats) == 15 + 8 + 4 + 2
    assert len(orders) == 6
    for name in ("nan", "inf", "subnormal", "clamp high", "clamp low", "tie", "negative zero"):
        assert seen[name.replace(" ", "_")] > 20


def assert_product(x, w, c, fmt_x, fmt_w, seen, **options):
    """Check that all levels give the same bits; count the kinds of results in ``seen``."""
    with limit(Level.NUMPY):
        expected = bits(gemm(x, w, c, fmt_x=fmt_x, fmt_w=fmt_w, **options))
    for level in LEVELS:
        with limit(level):
            y = gemm(x, w, c, fmt_x=fmt_x, fmt_w=fmt_w, **options)
        np.testing.assert_array_equal(bits(y), expected)
    magnitude = expected & 0x7FFFFFFF
    for name, found in {
        "nan": expected == oracle.NAN,
        "infinite": magnitude == 0x7F800000,
        "subnormal": (magnitude > 0) & (magnitude < 0x800000),
        "normal": (magnitude >= 0x800000) & (magnitude < 0x7F800000),
        "zero": expected == 0,
        "negative zero": expected == 0x80000000,
    }.items():
        seen[name] = seen.get(name, 0) + int(found.sum())


def test_product_of_corner_cases():
    """Random formats, operands of every class of blocks, and any start values."""
    rng = np.random.default_rng(2)
    seen, made, widths = {}, {}, set()
    for number in range(80):
        fmt_x = random_format(rng, widest=16 if number % 4 == 0 else 8)
        width = int(rng.integers(2, 9))
        fmt_w = HBFPFormat(width, fmt_x.block_size, fmt_x.exponent_bits)
        rows, columns = rng.integers(1, 40, 2)
        length = max(1, int(fmt_x.block_size * rng.uniform(0.2, 3)))
        x = corner_matrix(rng, fmt_x, rows, length, made)
        w = corner_matrix(rng, fmt_w, columns, length, made).T
        c = floats(rng.integers(1 << 32, size=(rows, columns))) if number % 2 else None
        x, w = (list(in_memory(one).values())[number % 6] for one in (x, w))
        options = {"rounding": Rounding(number % 3), "seed": int(rng.integers(1 << 32))}
        assert_product(x, w, c, fmt_x, fmt_w, seen, **options)
        widths.add((fmt_x.mantissa_bits, fmt_w.mantissa_bits))
    assert len(widths) > 40
    assert min(made[name] for name in ("nan", "inf", "subnormal", "zero", "clamp_low")) > 20
    assert min(seen[name] for name in ("nan", "infinite", "normal", "zero")) > 50


def test_product_at_the_ends_of_binary32():
    """Results that overflow, underflow or nearly do, beside ordinary ones in the same tile."""
    rng = np.random.default_rng(3)
    seen = {}
    for widths, block_size in itertools.product([(4, 4), (4, 6), (6, 6), (8, 8)], [5, 16, 64]):
        fmt_x, fmt_w = (HBFPFormat(width, block_size) for width in widths)
        x, w = rng.standard_normal((2, 80, 100)).astype(np.float32)
        power = rng.choice([0, 0, 0, 60, 61, 62, 63, 66, -70, -75, -100], (2, 80, 1))
        x, w = np.ldexp(x, power[0]), np.ldexp(w, power[1])
        x[3], w[5], x[4, :block_size] = 0, -0.0, 0
        c = np.full((80, 80), -0.0, np.float32)
        c[::2] = np.ldexp(rng.standard_normal((40, 80)), -148).astype(np.float32)
        c[::7] = np.inf
        assert_product(x, w.T, c, fmt_x, fmt_w, seen)
        assert_product(x, w.T, None, fmt_x, fmt_w, seen)
    assert min(seen.values()) > 20


def test_largest_sums_of_every_pair_of_widths():
    """The sums of every level hold products of the largest mantissas, with any signs."""
    signs = np.array(list(itertools.product([1, -1], repeat=2)))
    for x_bits, w_bits in itertools.product(range(2, 9), repeat=2):
        for block_size in (1, 5, 30, 64, 1000):
            fmt_x, fmt_w = (HBFPFormat(width, block_size) for width in (x_bits, w_bits))
            largest = fmt_x.max_mantissa * fmt_w.max_mantissa
            # Rows of one sign, and of a sign that changes from lane to lane.
            rows = np.stack([np.resize(row, block_size) for row in signs]).astype(np.int8)
            exponents = np.zeros((4, 1), np.int16)
            x = Blocks(fmt_x, rows[:, None] * np.int8(fmt_x.max_mantissa), exponents)
            w = Blocks(fmt_w, rows[:, None] * np.int8(fmt_w.max_mantissa), exponents)
            expected = largest * (rows.astype(int) @ rows.T)
            places = fmt_x.fraction_bits + fmt_w.fraction_bits
            for level in LEVELS:
                with limit(level):
                    np.testing.assert_array_equal(multiply(x, w) * 2.0**places, expected)


def test_overflow_that_the_start_value_would_undo():
    """A block dot product overflows when it is rounded, which happens before the addition."""
    rng = np.random.default_rng(7)
    seen = {}
    for widths, block_size in itertools.product([(4, 4), (4, 6), (6, 6), (8, 8)], [5, 16, 64]):
        fmt_x, fmt_w = (HBFPFormat(width, block_size) for width in widths)
        for power in range(56, 68):
            x, w = (rng.uniform(0.97, 0.9999, (2, 16, block_size)) * 2.0**60).astype(np.float32)
            w = np.ldexp(w, power - 60)
            c = np.full((16, 16), np.finfo(np.float32).min)
            assert_product(x, w.T, c, fmt_x, fmt_w, seen)
    assert min(seen["infinite"], seen["normal"]) > 1000


def test_products_of_many_sizes():
    """Partly filled tiles, several spans along K, and block sizes that 4 does not divide."""
    rng = np.random.default_rng(4)
    seen = {}
    for widths in [(4, 4), (6, 4), (8, 8)]:
        for rows, columns, length, block_size in [
            (1, 1, 1, 1),
            (13, 17, 700, 1),
            (5, 47, 999, 6),
            (7, 33, 1500, 64),
            (12, 16, 64, 16),
            (25, 96, 640, 16),
            (600, 50, 130, 64),
            (3, 400, 2100, 1024),
        ]:
            x = rng.standard_normal((rows, length)).astype(np.float32)
            w = rng.standard_normal((length, columns)).astype(np.float32)
            fmt_x, fmt_w = (HBFPFormat(width, block_size) for width in widths)
            assert_product(x, w, None, fmt_x, fmt_w, seen)
    assert seen["nan"] == seen["infinite"] == 0


def test_threads_and_parts_do_not_matter(monkeypatch):
    rng = np.random.default_rng(5)
    fmt = HBFPFormat(4, 16)
    x, w = rng.standard_normal((2, 1100, 300)).astype(np.float32)
    options = {"rounding": Rounding.STOCHASTIC, "seed": 11, "random_bits": 5}
    expected = gemm(x, w.T, fmt_x=fmt, **options)
    module = sys.modules["hbfp_hw.golden.gemm"]
    monkeypatch.setattr(module, "PART_BYTES", 40_000)
    for level in (Level.NUMPY, *LEVELS):
        with limit(level):
            assert len(list(module._parts(*x.shape, fmt))) > 4
            np.testing.assert_array_equal(bits(gemm(x, w.T, fmt_x=fmt, **options)), bits(expected))
    monkeypatch.setattr(sys.modules["hbfp_hw.golden.native.convert"], "VALUES_AT_ONCE", 5000)
    monkeypatch.setattr(sys.modules["hbfp_hw.golden.native.multiply"], "MACS_ALONE", 0)
    of_x = Conversion(Rounding.STOCHASTIC, seed=11, random_bits=5)
    for threads in (1, 2, 3, 7):
        left = native.convert(x, fmt, of_x, threads=threads)
        right = native.convert(w, fmt, of_x.for_w(), threads=threads)
        packed = native.convert_packed(w, fmt, of_x.for_w(), threads=threads)
        for operand in (right, packed):
            if native.can_multiply(fmt, fmt):
                y = np.zeros((1100, 1100), np.float32)
                native.add_product(left, operand, y, threads)
                np.testing.assert_array_equal(bits(y), bits(expected))
        np.testing.assert_array_equal(bits(multiply(left, right)), bits(expected))


def test_blocks_that_were_not_converted():
    """Blocks with any exponents of a format, also large ones that cancel in a product."""
    rng = np.random.default_rng(6)
    fmt = HBFPFormat(5, 8, 12)
    size = (40, 6)
    x, w = (
        Blocks(
            fmt,
            rng.integers(-15, 16, (*size, 8)).astype(np.int8),
            sign * rng.integers(1000, 1100, size).astype(np.int16),
        )
        for sign in (1, -1)
    )
    x.mantissas[::3, 2] = 0
    x.exponents[::5, 1], w.exponents[::7, 3] = fmt.nan_exponent, fmt.min_exponent
    results = {}
    for level in (Level.NUMPY, *LEVELS):
        with limit(level):
            results[level] = bits(multiply(x, w))
    for y in results.values():
        np.testing.assert_array_equal(y, results[Level.NUMPY])
    assert (results[Level.NUMPY] == oracle.NAN).any()
    first = dot(Blocks(fmt, x.mantissas[:1], x.exponents[:1]), w).round()
    assert np.isfinite(first).any()


def test_blocks_beyond_binary32():
    """Values beyond float32 whose products float32 holds, or which are multiplied by zero."""
    fmt = HBFPFormat(4, 4, 12)
    ones = np.ones((1, 1, 4), np.int8)
    for mantissa, exponent, other, expected in (
        (1, 200, -200, 4 / 64),
        (1, -200, 200, 4 / 64),
        (0, 0, 500, 0),
        (0, 500, 500, 0),
        (1, 150, 0, np.inf),
        (-1, 150, 0, -np.inf),
    ):
        pair = [
            Blocks(fmt, mantissa * ones, np.full((1, 1), exponent, np.int16)),
            Blocks(fmt, ones, np.full((1, 1), other, np.int16)),
        ]
        for level in (Level.NUMPY, *LEVELS):
            with limit(level):
                assert multiply(*pair).tolist() == [[expected]]
                assert multiply(*pair[::-1]).tolist() == [[expected]]
