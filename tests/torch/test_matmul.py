"""Products and their gradients, checked against the oracle in integers and fractions."""

import re

import numpy as np
import pytest
import torch

from hbfp_hw import HBFPFormat, Rounding
from hbfp_hw.torch import matmul
from tests.torch.patterns import backward, expected, leaf, normal, patterns, same

FMT = HBFPFormat(4, 4)


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("widths", [(4, 4, 4), (4, 6, 8), (6, 4, 4), (16, 4, 6)])
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 9, 3), (4, 8, 12)])
def test_forward_and_both_gradients(shape, widths, rounding):
    """Each product converts its operands anew along its inner dimension."""
    rows, length, columns = shape
    rng = np.random.default_rng(length)
    x, w = leaf(normal(rng, rows, length)), leaf(normal(rng, length, columns))
    dy = normal(rng, rows, columns)
    fmt_x, fmt_w, fmt_gradient = (HBFPFormat(bits, 4, 9) for bits in widths)
    seeds = (3, 2**32 - 1, 17)
    y = matmul(
        x, w, fmt_x=fmt_x, fmt_w=fmt_w, fmt_gradient=fmt_gradient, rounding=rounding, seeds=seeds
    )
    backward(y, dy)
    given = zip(
        (y, x.grad, w.grad),
        ((x, w), (dy, w.T), (x.T, dy)),
        ((fmt_x, fmt_w), (fmt_gradient, fmt_w), (fmt_x, fmt_gradient)),
        seeds,
        strict=True,
    )
    for result, operands, formats, seed in given:
        assert patterns(result) == expected(*operands, formats, rounding, seed)


def test_formats_default_to_that_of_x():
    rng = np.random.default_rng(1)
    results = []
    for more in ({}, {"fmt_w": FMT, "fmt_gradient": FMT}):
        rng = np.random.default_rng(1)
        x, w = leaf(normal(rng, 5, 9)), leaf(normal(rng, 9, 3))
        y = matmul(x, w, fmt_x=FMT, **more)
        backward(y, normal(rng, 5, 3))
        results.append((y, x.grad, w.grad))
    assert all(map(same, *results))


def test_leading_dimensions_are_rows():
    rng = np.random.default_rng(2)
    x, w, dy = leaf(normal(rng, 2, 3, 5, 9)), leaf(normal(rng, 9, 4)), normal(rng, 2, 3, 5, 4)
    y = matmul(x, w, fmt_x=FMT)
    backward(y, dy)
    rows = x.reshape(30, 9)
    assert patterns(y.reshape(30, 4)) == expected(rows, w, (FMT, FMT))
    assert patterns(x.grad.reshape(30, 9)) == expected(dy.reshape(30, 4), w.T, (FMT, FMT))
    assert patterns(w.grad) == expected(rows.T, dy.reshape(30, 4), (FMT, FMT))


@pytest.mark.parametrize("rounding", list(Rounding))
def test_batches_are_products_of_their_own(rounding):
    """Both operands are activations, as in attention, and one is a transposed view."""
    rng = np.random.default_rng(3)
    x, keys, dy = (
        leaf(normal(rng, 2, 3, 5, 9)),
        leaf(normal(rng, 2, 3, 4, 9)),
        normal(rng, 2, 3, 5, 4),
    )
    y = matmul(x, keys.mT, fmt_x=FMT, rounding=rounding, seeds=(2**32 - 2, 8, 9))
    backward(y, dy)
    for number in range(6):
        at = divmod(number, 3)
        a, b, g = x[at], keys[at].T, dy[at]
        formats = (FMT, FMT)
        assert patterns(y[at]) == expected(a, b, formats, rounding, 2**32 - 2 + number)
        assert patterns(x.grad[at]) == expected(g, b.T, formats, rounding, 8 + number)
        assert patterns(keys.grad[at].T) == expected(a.T, g, formats, rounding, 9 + number)


def test_only_what_is_needed_is_computed():
    rng = np.random.default_rng(4)
    x, w = normal(rng, 5, 9), leaf(normal(rng, 9, 3))
    matmul(x, w, fmt_x=FMT).sum().backward()
    assert x.grad is None
    assert w.grad is not None
    assert not matmul(x, w.detach(), fmt_x=FMT).requires_grad


def test_nan_blocks_give_nan():
    rng = np.random.default_rng(5)
    x, w = normal(rng, 5, 9), normal(rng, 9, 3)
    x[1, 2], x[3, 8] = torch.nan, torch.inf
    y = matmul(x, w, fmt_x=FMT)
    assert patterns(y) == expected(x, w, (FMT, FMT))
    assert y.isnan().all(dim=1).tolist() == [False, True, False, True, False]


def test_operands_stay_as_they_are():
    rng = np.random.default_rng(6)
    x, w = leaf(normal(rng, 8, 8)), leaf(normal(rng, 8, 8))
    before = patterns(x), patterns(w)
    backward(matmul(x, w, fmt_x=FMT), normal(rng, 8, 8))
    assert (patterns(x), patterns(w)) == before


X, W = torch.zeros(2, 3), torch.zeros(3, 4)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((X.double(), W), {}, TypeError, "X must be a float32 tensor, not torch.float64"),
        ((X, W.numpy()), {}, TypeError, "W must be a float32 tensor, not ndarray"),
        ((X.to("meta"), W), {}, ValueError, "X must be on the CPU, not on 'meta'"),
        ((X[:0], W), {}, ValueError, "X must not be empty, not of shape (0, 3)"),
        ((X[0], W), {}, ValueError, "X and W must be matrices, not of shape (3,) and (3, 4)"),
        (
            (X, W.T),
            {},
            ValueError,
            "W must be of shape (3, P) or with the leading dimensions of X, not (4, 3)",
        ),
        ((X[None], W[None].expand(2, -1, -1)), {}, ValueError, "W must be of shape (3, P) or with"),
        (
            (X, W),
            {"fmt_w": HBFPFormat(4, 8)},
            ValueError,
            "Block size of both operands must be equal, not 4 and 8",
        ),
        (
            (X, W),
            {"fmt_gradient": HBFPFormat(4, 4, 8)},
            ValueError,
            "Exponent width of both operands must be equal, not 10 and 8",
        ),
        ((X, W), {"rounding": 3}, ValueError, "Rounding must be 0 to 2, not 3"),
        ((X, W), {"seeds": 1}, TypeError, "Seeds must be a tuple of 3 integers, not 1"),
        ((X, W), {"seeds": (0, 1, 2**32)}, ValueError, "Seed must be 0 to 4294967295, not 42949"),
    ],
)
def test_bad_input(arguments, options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        matmul(*arguments, fmt_x=FMT, **options)
