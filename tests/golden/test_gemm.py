"""Matrix products of all sizes and layouts in memory, and the random numbers of their operands."""

import importlib

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, convert, gemm, multiply, native
from hbfp_hw.golden.conversion import operand_w_seed
from hbfp_hw.sim.stimulus import bits
from tests.golden.products import assert_gemm, normal

FMT = HBFPFormat(4, 8)


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("widths", [(4, 4), (4, 6), (6, 4), (6, 6), (8, 8), (2, 16)])
@pytest.mark.parametrize("length", [1, 7, 8, 9, 43])
def test_lengths_and_widths(length, widths, rounding):
    """Lengths K of 1, N - 1, N, N + 1 and 5N + 3, with and without C."""
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


def test_operands_share_no_random_numbers():
    """X takes the seed, W its inverse, and a block its number in the operand as the step."""
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


def test_blocks_in_any_order_of_memory():
    rng = np.random.default_rng(10)
    x, w = (convert(normal(rng, 9, 40), FMT) for _ in "xw")
    expected = bits(multiply(x, w))
    every = Blocks(FMT, x.mantissas[::-2].astype(np.int64), x.exponents[::-2])
    other = Blocks(FMT, np.asfortranarray(w.mantissas), np.asfortranarray(w.exponents))
    np.testing.assert_array_equal(bits(multiply(every, other)), expected[::-2])
