import importlib
import re

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, convert, gemm, multiply, native
from hbfp_hw.golden.conversion import operand_w_seed
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.sim.stimulus import bits, blocks, floats
from tests import oracle


def assert_gemm(x, w, c=None, *, fmt_x, fmt_w=None, rounding=Rounding.NEAREST, **options):
    """Check a product in every bit and return the patterns."""
    y = gemm(x, w, c, fmt_x=fmt_x, fmt_w=fmt_w, rounding=rounding, **options)
    expected = oracle.gemm(
        bits(x).tolist(),
        bits(w).tolist(),
        None if c is None else bits(c).tolist(),
        fmt_x.mantissa_bits,
        (fmt_w or fmt_x).mantissa_bits,
        fmt_x.block_size,
        fmt_x.exponent_bits,
        rounding.name.lower(),
        **options,
    )
    assert y.dtype == np.float32
    np.testing.assert_array_equal(bits(y), expected)
    return bits(y)


def normal(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("widths", [(4, 4), (4, 6), (6, 4), (6, 6), (8, 8), (2, 16)])
@pytest.mark.parametrize("length", [1, 7, 8, 9, 43])
def test_lengths_and_widths(length, widths, rounding):
    """K = 1, N - 1, N, N + 1, 5N + 3, with and without C."""
    rng = np.random.default_rng(length)
    fmt_x, fmt_w = (HBFPFormat(width, 8) for width in widths)
    x, w, c = normal(rng, 5, length), normal(rng, length, 3), normal(rng, 5, 3)
    formats = {"fmt_x": fmt_x, "fmt_w": fmt_w}
    assert_gemm(x, w, rounding=rounding, seed=length, **formats)
    assert_gemm(x, w, c, rounding=rounding, seed=2**32 - length, random_bits=length % 16, **formats)


@pytest.mark.parametrize("block_size", [1, 2, 3, 64, 100])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 130, 9), (9, 130, 1), (2, 65, 3)])
def test_block_sizes_and_shapes(block_size, shape):
    rows, length, columns = shape
    rng = np.random.default_rng(block_size)
    x, w = normal(rng, rows, length), normal(rng, length, columns)
    assert_gemm(x, w, fmt_x=HBFPFormat(4, block_size))


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("sizes", [(4, 8, 10), (6, 8, 5), (4, 3, 8), (16, 8, 5), (16, 4, 12)])
def test_operands_of_every_class(sizes, rounding):
    """Operands made of corner-case blocks, NaN blocks on either side and any C."""
    fmt = HBFPFormat(*sizes)
    rng = np.random.default_rng(fmt.bits)
    rows = blocks(rng, fmt, 30 * 3)[0].reshape(30, -1)
    columns = blocks(rng, fmt, 25 * 3)[0].reshape(25, -1)
    c = floats(rng.integers(0, 1 << 32, (30, 25)))
    y = assert_gemm(rows, columns.T, c, fmt_x=fmt, rounding=rounding, seed=1)
    assert (y == oracle.NAN).any()
    assert (y & 0x7FFFFFFF < 0x7F800000).any()


@pytest.mark.parametrize("sizes", [(4, 8, 10), (6, 8, 8), (16, 4, 10)])
def test_results_at_the_ends_of_binary32(sizes):
    fmt = HBFPFormat(*sizes)
    rng = np.random.default_rng(2)
    x, w = normal(rng, 12, 20), normal(rng, 20, 12)
    small = assert_gemm(x * np.float32(2.0**-70), w * np.float32(2.0**-66), fmt_x=fmt)
    assert ((small & 0x7FFFFFFF) < 0x800000).mean() > 0.5
    assert ((small & 0x7FFFFFFF) > 0).any()
    gone = assert_gemm(x * np.float32(2.0**-100), w * np.float32(2.0**-100), fmt_x=fmt)
    assert (gone & 0x7FFFFFFF == 0).all()
    large = assert_gemm(x * np.float32(2.0**63), w * np.float32(2.0**63.5), fmt_x=fmt)
    assert {0x7F800000, 0xFF800000} <= set(large.ravel().tolist())
    assert ((large & 0x7FFFFFFF) < 0x7F800000).any()
    # Blocks that overflow to infinities of both signs, one after the other.
    mixed = assert_gemm(x * np.float32(2.0**65), w * np.float32(2.0**65), fmt_x=fmt)
    assert (mixed == oracle.NAN).any()


def test_infinities_of_two_blocks_cancel_to_the_canonical_nan():
    x = np.array([[2.0**100, -(2.0**100)]], np.float32)
    w = np.array([[2.0**100], [2.0**100]], np.float32)
    assert assert_gemm(x, w, fmt_x=HBFPFormat(4, 1)).tolist() == [[oracle.NAN]]
    # In one block they cancel exactly.
    assert assert_gemm(x, w, fmt_x=HBFPFormat(4, 2)).tolist() == [[0]]


@pytest.mark.parametrize("side", ["x", "w"])
@pytest.mark.parametrize("pattern", [0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0xFFFFFFFF])
def test_nan_block_of_one_operand(side, pattern):
    """One row or column becomes NaN, also against a block of zeros; the others do not."""
    rng = np.random.default_rng(3)
    x, w = normal(rng, 4, 10), normal(rng, 10, 3)
    x[2, 4:8] = w[4:8, 1] = 0
    operand = x if side == "x" else w.T
    operand.view(np.uint32)[1 if side == "x" else 2, 5] = pattern
    y = assert_gemm(x, w, normal(rng, 4, 3), fmt_x=HBFPFormat(4, 4))
    nan = np.zeros((4, 3), bool)
    nan[(1, slice(None)) if side == "x" else (slice(None), 2)] = True
    np.testing.assert_array_equal(y == oracle.NAN, nan)


def test_clamped_exponents():
    """At e=5 blocks above 2**15 saturate and blocks below 2**-15 lose their bits."""
    fmt = HBFPFormat(6, 4, 5)
    rng = np.random.default_rng(4)
    scales = np.ldexp(np.float32(1), rng.integers(-24, 24, (12, 5)))
    x = normal(rng, 12, 20) * np.repeat(scales, 4, axis=1)
    w = normal(rng, 20, 6) * np.repeat(scales[:6].T, 4, axis=0)
    exponents = convert(x, fmt).exponents
    assert {-15, 15} <= set(exponents.ravel().tolist())
    assert_gemm(x, w, fmt_x=fmt)
    assert assert_gemm(np.float32([[1e30]]), np.float32([[1]]), fmt_x=fmt).tolist() == [
        [int(np.float32(31 * 2.0**10).view(np.uint32))]
    ]


@pytest.mark.parametrize(
    ("widths", "block_size"), [((16, 16), 64), ((16, 16), 1024), ((12, 13), 64), ((8, 16), 1024)]
)
def test_sums_beyond_24_bits_are_exact(widths, block_size):
    fmt_x, fmt_w = (HBFPFormat(width, block_size) for width in widths)
    assert max_sum(fmt_x, fmt_w) > 1 << 24
    rng = np.random.default_rng(5)
    length = 2 * block_size + 3
    x, w = normal(rng, 4, length), normal(rng, length, 3)
    x[0] = w[:, 0] = 0.9999999
    assert_gemm(x, w, fmt_x=fmt_x, fmt_w=fmt_w)
    # Big sums that cancel but for the last bits.
    half = block_size // 2
    x[1, :block_size], w[:block_size, 1] = 0.75, 0.75
    x[1, half:block_size] = -0.75
    x[1, 0] += np.float32(2.0 ** -(widths[0] - 1))
    y = assert_gemm(x[:, :block_size], w[:block_size], fmt_x=fmt_x, fmt_w=fmt_w)
    assert 0 < floats(y)[1, 1] < 1e-1


@pytest.mark.parametrize(
    ("width_x", "width_w", "block_size"),
    [
        *[(4, 4, 1024), (9, 10, 128), (10, 10, 64), (13, 13, 1), (2, 16, 512)],
        *[(9, 10, 129), (10, 10, 65), (13, 14, 1), (2, 16, 513), (10, 10, 512), (13, 13, 8)],
        *[(10, 10, 128), (10, 11, 128)],
    ],
)
def test_sums_around_24_bits_are_exact(width_x, width_w, block_size):
    """Just below and just above 2**24, where the product changes from float32 to float64."""
    fmt_x, fmt_w = HBFPFormat(width_x, block_size), HBFPFormat(width_w, block_size)
    assert 1 << 15 < max_sum(fmt_x, fmt_w) < 1 << 27
    rng = np.random.default_rng(6)
    x = rng.uniform(0.9, 0.99999, (8, block_size)).astype(np.float32)
    w = rng.uniform(0.9, 0.99999, (block_size, 8)).astype(np.float32)
    x[0] = w[:, 0] = 0.9999999
    assert_gemm(x, w, fmt_x=fmt_x, fmt_w=fmt_w)
    # A large sum first, then ones, which float32 would lose.
    tail = slice(block_size - block_size // 5, None)
    x[:, tail], w[tail] = 2.0 ** (1 - width_x), 2.0 ** (1 - width_w)
    assert_gemm(x, w, fmt_x=fmt_x, fmt_w=fmt_w)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 40), (40, 1), (33, 34)])
@pytest.mark.parametrize("width", [4, 16])
@pytest.mark.parametrize("block_size", [1, 3, 64])
def test_zero_product_is_positive_zero(shape, width, block_size):
    """Negative times zero gives +0, which turns a C of -0 into +0."""
    rows, columns = shape
    x, w = np.full((rows, 3), -1, np.float32), np.zeros((3, columns), np.float32)
    fmt = HBFPFormat(width, block_size)
    for c in (None, np.full(shape, -0.0, np.float32)):
        assert not bits(gemm(x, w, c, fmt_x=fmt)).any()
        assert not bits(gemm(w.T, x.T, c if c is None else c.T, fmt_x=fmt)).any()


def test_start_values():
    """C comes first, so it rounds with the first block."""
    x = np.array([[1, 1]], np.float32)
    w = np.array([[1], [-(2.0**24)]], np.float32)
    c = np.array([[2.0**24]], np.float32)
    fmt = HBFPFormat(4, 1)
    assert floats(assert_gemm(x, w, c, fmt_x=fmt)).tolist() == [[0]]
    assert floats(assert_gemm(x, w, fmt_x=fmt)).tolist() == [[1 - 2.0**24]]
    nan = floats([[0xFF812345]])
    assert assert_gemm(x, w, nan, fmt_x=fmt).tolist() == [[oracle.NAN]]


def test_memory_order_does_not_matter_and_inputs_stay():
    rng = np.random.default_rng(7)
    wide = normal(rng, 14, 46)
    x, w, c = wide[::2, ::2], normal(rng, 5, 23).T, np.asfortranarray(normal(rng, 7, 5))
    assert not x.flags.c_contiguous
    assert not w.flags.c_contiguous
    before = [bits(matrix).copy() for matrix in (x, w, c)]
    for matrix in (x, w, c):
        matrix.flags.writeable = False
    for rounding in Rounding:
        options = {"fmt_x": HBFPFormat(4, 8), "rounding": rounding, "seed": 3}
        y = assert_gemm(x, w, c, **options)
        other = gemm(np.asfortranarray(x), np.ascontiguousarray(w), c[:], **options)
        np.testing.assert_array_equal(bits(other), y)
    for matrix, patterns in zip((x, w, c), before, strict=True):
        np.testing.assert_array_equal(bits(matrix), patterns)


def test_result_does_not_share_memory_with_c():
    one = np.ones((1, 1), np.float32)
    y = gemm(one, one * 0, one, fmt_x=HBFPFormat(4, 1))
    y[0] = 5
    assert one[0, 0] == 1


@pytest.mark.parametrize("elements", [1, 7, 20])
def test_tiles_do_not_change_the_result(monkeypatch, elements):
    module = importlib.import_module("hbfp_hw.golden.matmul")
    monkeypatch.setattr(module, "TILE_ELEMENTS", elements)
    rng = np.random.default_rng(8)
    x, w, c = normal(rng, 11, 20), normal(rng, 20, 5), normal(rng, 11, 5)
    x[4, 3] = w[9, 2] = np.nan
    with native.limit(native.Level.NUMPY):
        assert_gemm(x, w, c, fmt_x=HBFPFormat(4, 8))


def test_operands_have_random_numbers_of_their_own():
    """X takes the seed and W its inverse; a block's step is its number in the operand."""
    rng = np.random.default_rng(9)
    x, w = normal(rng, 3, 20), normal(rng, 20, 4)
    fmt = HBFPFormat(4, 8)
    assert operand_w_seed(5) == 0xFFFFFFFA
    assert operand_w_seed(np.int8(5)) == 0xFFFFFFFA
    left = convert(x, fmt, Rounding.STOCHASTIC, seed=5)
    right = convert(np.ascontiguousarray(w.T), fmt, Rounding.STOCHASTIC, seed=0xFFFFFFFA)
    expected = bits(multiply(left, right))
    for seed in (5, np.int8(5), np.int32(5), np.uint64(5)):
        bits_drawn = type(seed)(8)
        y = gemm(x, w, fmt_x=fmt, rounding=Rounding.STOCHASTIC, seed=seed, random_bits=bits_drawn)
        np.testing.assert_array_equal(bits(y), expected)
    other = gemm(x, w, fmt_x=fmt, rounding=Rounding.STOCHASTIC, seed=6)
    assert (bits(other) != expected).any()


FMT = HBFPFormat(4, 8)
X, W = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)


@pytest.mark.parametrize(
    ("x", "w", "c", "error", "message"),
    [
        ([[1.0]], W, None, TypeError, "X must be a float32 array, not list"),
        (X.astype(float), W, None, TypeError, "X must be a float32 array, not float64 array"),
        (X, W.astype(int), None, TypeError, "W must be a float32 array, not int64 array"),
        (X, W, 0.0, TypeError, "C must be a float32 array, not float"),
        (X, None, None, TypeError, "W must be a float32 array, not NoneType"),
        (X[0], W, None, ValueError, "X must be a matrix that is not empty, not (3,)"),
        (X, W[None], None, ValueError, "W must be a matrix that is not empty, not (1, 3, 4)"),
        (X[:0], W, None, ValueError, "X must be a matrix that is not empty, not (0, 3)"),
        (X, W[:, :0], None, ValueError, "W must be a matrix that is not empty, not (3, 0)"),
        (X, W, W[0], ValueError, "C must be of shape (2, 4), as Y is, not (4,)"),
        (X, W[:2], None, ValueError, "W must have 3 rows, as X has columns, not 2"),
        (X, W, W, ValueError, "C must be of shape (2, 4), as Y is, not (3, 4)"),
    ],
)
def test_operands_that_do_not_fit(x, w, c, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        gemm(x, w, c, fmt_x=FMT)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"fmt_w": HBFPFormat(4, 9)},
            ValueError,
            "Block size of both operands must be equal, not 8 and 9",
        ),
        (
            {"fmt_w": HBFPFormat(4, 8, 5)},
            ValueError,
            "Exponent width of both operands must be equal, not 10 and 5",
        ),
        ({"rounding": 7}, ValueError, "Rounding must be 0 to 2, not 7"),
        ({"seed": -1}, ValueError, "Seed must be 0 to 4294967295, not -1"),
        ({"seed": "1"}, TypeError, "Seed must be an integer, not '1'"),
        ({"random_bits": 17}, ValueError, "Random bits must be 1 to 16, not 17"),
    ],
)
def test_options_that_do_not_fit(options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        gemm(X, W, fmt_x=FMT, **options)


@pytest.mark.parametrize("compiled", [True, False])
def test_blocks_that_do_not_fit(compiled):
    x, w = convert(np.ones((2, 20), np.float32), FMT), convert(np.ones((4, 16), np.float32), FMT)
    short = Blocks(FMT, x.mantissas[..., :7], x.exponents)
    level = native.level() if compiled else native.Level.NUMPY
    for operands, message in (
        (
            (x, w),
            "Blocks of W must be of shape (4, 3), not (4, 2)",
        ),
        (
            (short, x),
            "Mantissas of X must be of shape (2, 3, 8), not (2, 3, 7)",
        ),
    ):
        with native.limit(level), pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            multiply(*operands)


def test_blocks_may_lie_anyhow_in_memory():
    rng = np.random.default_rng(10)
    x, w = (convert(normal(rng, 9, 40), FMT) for _ in "xw")
    expected = bits(multiply(x, w))
    every = Blocks(FMT, x.mantissas[::-2].astype(np.int64), x.exponents[::-2])
    other = Blocks(FMT, np.asfortranarray(w.mantissas), np.asfortranarray(w.exponents))
    np.testing.assert_array_equal(bits(multiply(every, other)), expected[::-2])
