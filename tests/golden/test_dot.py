"""Block dot products against the oracle."""

import re

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden import Blocks, convert, dot
from hbfp_hw.golden.dot import check_pair, max_sum
from hbfp_hw.sim.stimulus import bits, block_classes, blocks, count
from tests import oracle

# Mantissa widths of both operands, block size, exponent width.
PAIRS = [
    *[(4, 4, 16, 10), (4, 6, 16, 10), (6, 4, 16, 10), (6, 6, 64, 10), (4, 4, 64, 5)],
    *[(2, 2, 1, 5), (2, 16, 3, 6), (16, 2, 3, 7), (8, 9, 7, 8), (9, 8, 7, 9), (16, 16, 64, 10)],
    *[(16, 16, 1024, 12), (4, 4, 1024, 11), (3, 5, 1, 12)],
]


def formats(pair):
    width_a, width_b, size, exponent_bits = pair
    return HBFPFormat(width_a, size, exponent_bits), HBFPFormat(width_b, size, exponent_bits)


def any_blocks(rng, fmt, total):
    """Draw blocks of any mantissas and exponents, including ones that no conversion gives."""
    shape = (total, fmt.block_size)
    mantissas = rng.integers(-fmt.max_mantissa, fmt.max_mantissa + 1, shape)
    exponents = rng.integers(fmt.nan_exponent, fmt.max_exponent + 1, total)
    exponents[:3] = fmt.nan_exponent, fmt.min_exponent, fmt.max_exponent
    rng.shuffle(exponents)
    mantissas[exponents == fmt.nan_exponent] = 0
    return Blocks(fmt, mantissas.astype(fmt.mantissa_dtype), exponents.astype(np.int16))


def assert_dots(a, b):
    """Check the dot products of blocks of shape (count,) in every bit."""
    product = dot(a, b)
    rounded = bits(product.round())
    lists = [field.tolist() for field in (a.exponents, a.mantissas, b.exponents, b.mantissas)]
    for i, (exponent_a, p, exponent_b, q) in enumerate(zip(*lists, strict=True)):
        expected = oracle.dot(
            (exponent_a, p),
            (exponent_b, q),
            a.fmt.mantissa_bits,
            b.fmt.mantissa_bits,
            a.fmt.exponent_bits,
        )
        assert rounded[i] == expected
        assert product.sums[i] == sum(x * y for x, y in zip(p, q, strict=True))
        assert product.nan[i] == (a.fmt.nan_exponent in (exponent_a, exponent_b))
    return rounded


@pytest.mark.parametrize("pair", PAIRS)
def test_any_blocks_agree_with_the_oracle(pair):
    rng = np.random.default_rng(1)
    fmt_a, fmt_b = formats(pair)
    total = max(30, min(2000, 20_000 // fmt_a.block_size))
    assert_dots(any_blocks(rng, fmt_a, total), any_blocks(rng, fmt_b, total))


@pytest.mark.parametrize("pair", PAIRS)
def test_converted_blocks_agree_with_the_oracle(pair):
    rng = np.random.default_rng(2)
    fmt_a, fmt_b = formats(pair)
    total = max(60, min(2000, 20_000 // fmt_a.block_size))
    operands = []
    for fmt in (fmt_a, fmt_b):
        values, classes = blocks(rng, fmt, total)
        assert min(count(classes, block_classes(fmt)).values()) >= 3
        converted = convert(values, fmt)
        operands.append(Blocks(fmt, converted.mantissas[:, 0], converted.exponents[:, 0]))
    rounded = assert_dots(*operands)
    assert (rounded == oracle.NAN).any()
    assert (rounded & 0x7FFFFFFF < 0x800000).any()


@pytest.mark.parametrize("pair", [(4, 4, 16, 10), (4, 6, 7, 8), (16, 16, 64, 10)])
def test_every_kind_of_result_occurs(pair):
    """Near the ends of binary32, results are subnormal, underflow, and overflow with both signs."""
    rng = np.random.default_rng(3)
    fmt_a, fmt_b = formats(pair)
    a, b = any_blocks(rng, fmt_a, 1500), any_blocks(rng, fmt_b, 1500)
    low, high = -75, 64
    for operand in (a, b):
        near = rng.choice([low, high], 1500) + rng.integers(-6, 8, 1500)
        operand.exponents[~operand.is_nan] = near[~operand.is_nan]
    rounded = assert_dots(a, b)
    magnitude = rounded & 0x7FFFFFFF
    assert {0x7F800000, 0xFF800000, oracle.NAN} <= set(rounded.tolist())
    assert ((magnitude > 0) & (magnitude < 0x800000)).any()
    assert ((magnitude >= 0x800000) & (magnitude < 0x7F800000)).any()


def test_products_of_two_lanes_exhaustively():
    """All 3-bit mantissas in both lanes of both blocks."""
    fmt = HBFPFormat(3, 2)
    lanes = np.arange(-3, 4)
    quads = np.stack(np.meshgrid(lanes, lanes, lanes, lanes), axis=-1).reshape(-1, 4)
    exponents = np.zeros(len(quads), np.int16)
    a = Blocks(fmt, quads[:, :2].astype(np.int8), exponents)
    b = Blocks(fmt, quads[:, 2:].astype(np.int8), exponents)
    assert_dots(a, b)


# Formats whose largest sums are just below or above the range of int32.
WORDS = [(16, 16, 1, 10), (16, 16, 2, 10), (16, 16, 3, 10), (12, 12, 512, 10), (12, 12, 513, 10)]


@pytest.mark.parametrize("pair", PAIRS + WORDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_largest_sums_are_exact(pair, sign):
    fmt_a, fmt_b = formats(pair)
    zero = np.zeros(1, np.int16)
    a = Blocks(
        fmt_a, np.full((1, fmt_a.block_size), fmt_a.max_mantissa, fmt_a.mantissa_dtype), zero
    )
    b = np.full((1, fmt_b.block_size), sign * fmt_b.max_mantissa, fmt_b.mantissa_dtype)
    product = dot(a, Blocks(fmt_b, b, zero))
    assert product.sums.tolist() == [sign * max_sum(fmt_a, fmt_b)]
    assert_dots(a, Blocks(fmt_b, b, zero))


def test_max_sum():
    assert max_sum(HBFPFormat(4, 64), HBFPFormat(4, 64)) == 64 * 7 * 7
    assert max_sum(HBFPFormat(4, 64), HBFPFormat(6, 64)) == 64 * 7 * 31
    assert max_sum(HBFPFormat(16, 1024), HBFPFormat(16, 1024)) == 1024 * 32767**2


def test_zero_sum_is_positive_zero():
    fmt = HBFPFormat(4, 2)
    exponent = np.array([3], np.int16)
    a = Blocks(fmt, np.array([[3, -3]], np.int8), exponent)
    b = Blocks(fmt, np.array([[5, 5]], np.int8), exponent)
    assert bits(dot(a, b).round()).tolist() == [0]
    zeros = Blocks(fmt, np.zeros((1, 2), np.int8), exponent)
    assert bits(dot(a, zeros).round()).tolist() == [0]


def test_shapes_are_kept():
    values = np.random.default_rng(4).standard_normal((3, 5, 10)).astype(np.float32)
    a = convert(values, HBFPFormat(4, 4))
    product = dot(a, a)
    assert product.sums.shape == product.exponents.shape == product.nan.shape == (3, 5, 3)
    assert product.round().shape == (3, 5, 3)
    assert product.round().dtype == np.float32


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (HBFPFormat(4, 5), "Block size of both operands must be equal, not 4 and 5"),
        (HBFPFormat(4, 4, 8), "Exponent width of both operands must be equal, not 10 and 8"),
    ],
)
def test_formats_that_do_not_fit(other, message):
    fmt = HBFPFormat(4, 4)
    x = np.ones(4, np.float32)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_pair(fmt, other)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dot(convert(x, fmt), convert(x, other))
