"""Products by compiled code, by PyTorch and by NumPy, checked against the golden model."""

import numpy as np
import pytest
import torch

from hbfp_hw import HBFPFormat, Rounding, gemm
from hbfp_hw.golden.native import Level, can_multiply, limit
from hbfp_hw.golden.native import level as highest_level
from hbfp_hw.sim.stimulus import block_classes, blocks, count
from hbfp_hw.torch import product as module
from tests.torch.patterns import normal, same


@pytest.fixture
def golden_calls(monkeypatch):
    """A list of the arguments of every call of the golden model in NumPy."""
    calls = []
    golden = module._golden

    def counted(*arguments):
        calls.append(arguments)
        return golden(*arguments)

    monkeypatch.setattr(module, "_golden", counted)
    return calls


def assert_product(x, w, formats, rounding=Rounding.NEAREST, seed=0):
    """Check a product for operands and results in every memory order."""
    expected = torch.stack(
        [
            torch.from_numpy(
                gemm(
                    *(one.numpy() for one in pair),
                    fmt_x=formats[0],
                    fmt_w=formats[1],
                    rounding=rounding,
                    seed=(seed + number) % 2**32,
                )
            )
            for number, pair in enumerate(zip(x, w, strict=True))
        ]
    )
    for left in (x, x.mT.contiguous().mT):
        for right in (w, w.mT.contiguous().mT):
            for columns_first in (False, True):
                for level in {Level.NUMPY, highest_level()}:
                    with limit(level):
                        y = module.product(
                            left, right, formats, rounding, seed, columns_first=columns_first
                        )
                    assert same(y, expected)


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("widths", [(4, 4), (4, 6), (6, 4), (6, 6), (8, 8), (2, 8)])
@pytest.mark.parametrize("length", [1, 7, 8, 9, 16, 43])
@pytest.mark.parametrize("batch", [1, 3])
def test_lengths_and_widths(batch, length, widths, rounding, golden_calls):
    rng = np.random.default_rng(length)
    formats = tuple(HBFPFormat(width, 8) for width in widths)
    x, w = normal(rng, batch, 5, length), normal(rng, batch, length, 3)
    assert_product(x, w, formats, rounding, seed=2**32 - 2)
    assert not golden_calls


@pytest.mark.parametrize("at_once", [1, 3, 25, 1000])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (3, 1), (70, 1), (1, 70), (9, 11)])
def test_blocks_are_added_in_their_order(size, at_once, golden_calls, monkeypatch):
    """The bits do not depend on how many blocks are multiplied at once.

    With these data, another order of additions would change them.
    """
    rows, columns = size
    monkeypatch.setattr(module, "TERMS", at_once * rows * columns)
    rng = np.random.default_rng([rows, columns, 3])
    scale = torch.from_numpy(2.0 ** rng.integers(-12, 13, 400)).float()
    x, w = normal(rng, 1, rows, 400) * scale, normal(rng, 1, 400, columns)
    formats = HBFPFormat(8, 4), HBFPFormat(8, 4)
    assert_product(x, w, formats)
    assert not golden_calls
    forward, back = (
        module.product(*operands, formats, Rounding.NEAREST, 0)
        for operands in ((x, w), (x.flip(2), w.flip(1)))
    )
    assert not same(forward, back)


@pytest.mark.full(but=["sizes1-1"])
@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("sizes", [(4, 8, 10), (6, 8, 5), (8, 3, 8), (4, 5, 7), (4, 8, 12)])
def test_operands_of_every_class(sizes, rounding, golden_calls):
    """Corner-case blocks in rows and columns; some are computed by PyTorch, some by the model."""
    fmt = HBFPFormat(*sizes)
    rng = np.random.default_rng(fmt.bits)
    values, classes = blocks(rng, fmt, 80)
    assert min(count(classes, block_classes(fmt)).values()) > 0
    values = torch.from_numpy(values.reshape(80, -1))
    uncompiled = 0
    for level in {Level.NUMPY, highest_level()}:
        with limit(level):
            uncompiled += not can_multiply(fmt, fmt)
    number = 0
    for row in range(80):
        other = values[[(row * 7 + 1) % 80]].mT
        assert_product(values[None, [row]], other[None], (fmt, fmt), rounding)
        assert_product(values[None, [row]], normal(rng, 1, fmt.block_size, 1), (fmt, fmt), rounding)
        number += 16 * uncompiled
    assert 0 < len(golden_calls) < number


@pytest.mark.parametrize(
    ("x", "w"),
    [
        (1e-20, 1e-20),
        (1e-38, 1.0),
        (1e-40, 1.0),
        (1e18, 1e18),
        (2e38, 1.0),
        (np.inf, 1.0),
        (np.nan, 1.0),
    ],
)
def test_ends_of_binary32_are_left_to_the_golden_model(x, w, golden_calls):
    rng = np.random.default_rng(3)
    a, b = (normal(rng, 1, *shape) for shape in ((4, 20), (20, 4)))
    a[0, 1, 5] = 4.0
    assert_product(a * np.float32(x), b * np.float32(w), (HBFPFormat(4, 8), HBFPFormat(6, 8)))
    assert len(golden_calls) == 8


def test_zeros_are_no_end(golden_calls):
    rng = np.random.default_rng(4)
    x, w = normal(rng, 1, 4, 20), normal(rng, 1, 20, 4)
    x[0, 0], x[0, 1, 8:16], w[0, :, 1], w[0, :8, 2] = 0, 0, -0.0, 0
    assert_product(x, w, (HBFPFormat(4, 8), HBFPFormat(4, 8)))
    assert_product(torch.zeros(1, 2, 20), w, (HBFPFormat(4, 8), HBFPFormat(4, 8)))
    assert not golden_calls


@pytest.mark.parametrize("formats", [(16, 16, 64), (9, 4, 8), (8, 8, 1024)])
def test_wide_sums(formats, golden_calls):
    """Operands whose sums float32 cannot hold, or could not at reduced precision."""
    rng = np.random.default_rng(5)
    bits_x, bits_w, block_size = formats
    x, w = normal(rng, 1, 3, 1500), normal(rng, 1, 1500, 2)
    assert_product(x, w, (HBFPFormat(bits_x, block_size), HBFPFormat(bits_w, block_size)))
    assert bool(golden_calls) == (max(bits_x, bits_w) > 8)
