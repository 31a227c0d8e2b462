"""Matrix products of special values: NaN, infinities, zeros, clamped exponents, large sums."""

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import convert, gemm
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.sim.stimulus import bits, blocks, floats
from tests import oracle
from tests.golden.products import assert_gemm, normal


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("sizes", [(4, 8, 10), (6, 8, 5), (4, 3, 8), (16, 8, 5), (16, 4, 12)])
def test_operands_of_every_class(sizes, rounding):
    """Operands of corner-case blocks, with NaN blocks on either side, and any C."""
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
    # Successive blocks overflow to infinities of both signs.
    mixed = assert_gemm(x * np.float32(2.0**65), w * np.float32(2.0**65), fmt_x=fmt)
    assert (mixed == oracle.NAN).any()


def test_infinities_of_two_blocks_cancel_to_the_canonical_nan():
    x = np.array([[2.0**100, -(2.0**100)]], np.float32)
    w = np.array([[2.0**100], [2.0**100]], np.float32)
    assert assert_gemm(x, w, fmt_x=HBFPFormat(4, 1)).tolist() == [[oracle.NAN]]
    # Within one block the terms cancel exactly.
    assert assert_gemm(x, w, fmt_x=HBFPFormat(4, 2)).tolist() == [[0]]


@pytest.mark.parametrize("side", ["x", "w"])
@pytest.mark.parametrize("pattern", [0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0xFFFFFFFF])
def test_nan_block_of_one_operand(side, pattern):
    """Exactly one row or column of Y becomes NaN, even against a block of zeros."""
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
    """With 5 exponent bits, blocks above 2**15 saturate and blocks below 2**-15 lose bits."""
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
    # Big sums that cancel except in the last bits.
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
    """Sums just below and above 2**24, where the product changes from float32 to float64."""
    fmt_x, fmt_w = HBFPFormat(width_x, block_size), HBFPFormat(width_w, block_size)
    assert 1 << 15 < max_sum(fmt_x, fmt_w) < 1 << 27
    rng = np.random.default_rng(6)
    x = rng.uniform(0.9, 0.99999, (8, block_size)).astype(np.float32)
    w = rng.uniform(0.9, 0.99999, (block_size, 8)).astype(np.float32)
    x[0] = w[:, 0] = 0.9999999
    assert_gemm(x, w, fmt_x=fmt_x, fmt_w=fmt_w)
    # A large sum first, then ones: float32 would lose them.
    tail = slice(block_size - block_size // 5, None)
    x[:, tail], w[tail] = 2.0 ** (1 - width_x), 2.0 ** (1 - width_w)
    assert_gemm(x, w, fmt_x=fmt_x, fmt_w=fmt_w)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 40), (40, 1), (33, 34)])
@pytest.mark.parametrize("width", [4, 16])
@pytest.mark.parametrize("block_size", [1, 3, 64])
def test_zero_product_is_positive_zero(shape, width, block_size):
    """A negative number times zero gives +0, which turns a C of -0 into +0."""
    rows, columns = shape
    x, w = np.full((rows, 3), -1, np.float32), np.zeros((3, columns), np.float32)
    fmt = HBFPFormat(width, block_size)
    for c in (None, np.full(shape, -0.0, np.float32)):
        assert not bits(gemm(x, w, c, fmt_x=fmt)).any()
        assert not bits(gemm(w.T, x.T, c if c is None else c.T, fmt_x=fmt)).any()


def test_start_values():
    """C is the first term, so the first block already rounds with it."""
    x = np.array([[1, 1]], np.float32)
    w = np.array([[1], [-(2.0**24)]], np.float32)
    c = np.array([[2.0**24]], np.float32)
    fmt = HBFPFormat(4, 1)
    assert floats(assert_gemm(x, w, c, fmt_x=fmt)).tolist() == [[0]]
    assert floats(assert_gemm(x, w, fmt_x=fmt)).tolist() == [[1 - 2.0**24]]
    nan = floats([[0xFF812345]])
    assert assert_gemm(x, w, nan, fmt_x=fmt).tolist() == [[oracle.NAN]]
