"""Classifiers of coverage against the oracle and against the intended classes of the stimulus."""

from collections import Counter

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat
from hbfp_hw.sim.coverage.blocks import conversion, dot_products
from hbfp_hw.sim.coverage.numbers import Exact, addition, decode, multiply_add, rounding, special
from hbfp_hw.sim.stimulus import bits, blocks, pairs, sums, triples
from tests import oracle

TOTAL = 6000

SUMS = {
    "zero": "zero",
    "exact": "exact",
    "tie": "tie",
    "near_tie": "near_tie",
    "lone_bit": "lone_bit",
    "subnormal_lone_bit": "lone_bit",
    "carry_out": "carry_out",
    "overflow": "overflow",
    "underflow": "underflow",
}
"""Classes of coverage that every case of a stimulus class has, for rounding."""

PAIRS = {
    "gap_over_26": "gap_over_24",
    "cancel_to_zero": "cancel_to_zero",
    "cancel_to_subnormal": "subnormal",
    "tie": "tie",
    "carry_out": "carry_out",
    "overflow": "overflow",
    "zeros": "zero",
    "inf_finite": "inf",
    "inf_plus_inf": "inf",
    "inf_minus_inf": "inf_minus_inf",
    "nan": "nan",
    "nan_nan": "nan",
}
"""The same for addition."""

TRIPLES = {
    "cancel_to_zero": "cancel_to_zero",
    "tie": "tie",
    "carry_out": "carry_out",
    "overflow": "overflow",
    "underflow": "underflow",
    "inf_times_zero": "inf_times_zero",
    "inf_factor": "inf",
    "inf_addend": "inf",
    "nan_factor": "nan",
    "nan_addend": "nan",
}
"""The same for multiply-add."""

BLOCKS = {
    "tie": "tie",
    "saturating": "saturating",
    "subnormal": "subnormal",
    "negative_zero": "negative_zero",
    "zero": "zero",
    "nan": "nan",
    "inf": "inf",
    "clamp_high": "clamp_high",
    "clamp_low": "clamp_low",
}
"""The same for conversion."""


def _check_result(names, expected, exact):
    """Check the classes of the result against the oracle's result."""
    magnitude = expected & 0x7FFFFFFF
    assert ("overflow" in names) == (magnitude == oracle.INF)
    assert ("subnormal" in names) == (0 < magnitude < 0x800000)
    assert ("underflow" in names) == (magnitude == 0 and exact != 0)
    if exact != 0 and magnitude < oracle.INF:
        assert ("exact" in names) == (oracle.decode(expected) == exact)


def test_roundings():
    integers, exponents, classes = sums(np.random.default_rng(1), TOTAL)
    hits = Counter()
    for number, exponent, name in zip(
        integers.tolist(), exponents.tolist(), classes.tolist(), strict=True
    ):
        names = rounding(Exact(number, exponent))
        value = number * oracle.power(exponent)
        _check_result(names, oracle.encode(value), value)
        assert SUMS.get(name, name) in names or name not in SUMS, (number, exponent, name, names)
        hits.update(names)
    assert min(hits[name] for name in (*SUMS.values(), "to_normal", "subnormal")) > 100


def test_additions():
    a, b, classes = pairs(np.random.default_rng(2), TOTAL)
    hits = Counter()
    for x, y, name in zip(bits(a).tolist(), bits(b).tolist(), classes.tolist(), strict=True):
        names = addition(x, y)
        expected = oracle.add(x, y)
        assert ("nan" in names or "inf_minus_inf" in names) == (expected == oracle.NAN)
        if special(x, 24) is None and special(y, 24) is None:
            _check_result(names, expected, oracle.decode(x) + oracle.decode(y))
        assert PAIRS.get(name) in names or name not in PAIRS, (hex(x), hex(y), name, names)
        hits.update(names)
    assert min(hits[name] for name in (*PAIRS.values(), "cancel", "near_tie")) > 100


@pytest.mark.parametrize(("factor", "sum_"), [(32, 32), (16, 32), (16, 16)])
def test_multiply_adds(factor, sum_):
    *operands, classes = triples(np.random.default_rng(3), TOTAL, factor, sum_)
    hits = Counter()
    cases = zip(*(part.tolist() for part in operands), classes.tolist(), strict=True)
    for a, b, c, name in cases:
        names = multiply_add(a, b, c, factor - 8, sum_ - 8)
        if special(c, sum_ - 8) == "nan":  # for any factors
            assert names == {"nan"}
        else:
            assert TRIPLES.get(name) in names or name not in TRIPLES, (a, b, c, name, names)
        hits.update(names)
    assert min(hits[name] for name in TRIPLES.values()) > 100


@pytest.mark.parametrize("sizes", [(4, 16, 10), (6, 5, 5), (8, 3, 7)])
@pytest.mark.parametrize("mode", ["nearest", "stochastic", "truncate"])
def test_conversions(sizes, mode):
    fmt = HBFPFormat(*sizes)
    values, classes = blocks(np.random.default_rng(4), fmt, 800)
    m, e = fmt.mantissa_bits, fmt.exponent_bits
    hits = Counter()
    for block, name in zip(bits(values).tolist(), classes.tolist(), strict=True):
        names = conversion(block, m, e, mode)
        exponent, mantissas = oracle.convert(block, m, e, mode, [0] * len(block))
        assert bool(names & {"nan", "inf"}) == (exponent == oracle.nan_exponent(e))
        if exponent == oracle.nan_exponent(e):
            continue
        assert mode in names
        assert ("zero" in names) == (not any(pattern & 0x7FFFFFFF for pattern in block))
        if "saturating" in names:
            assert 2 ** (m - 1) - 1 in map(abs, mantissas)
        if name in BLOCKS and not (mode != "nearest" and name == "saturating"):
            assert BLOCKS[name] in names, (block, name, names)
        hits.update(names)
    assert hits[mode] > 500
    assert hits["tie"] > 20
    assert (hits["lone_bit"] > 20) == (mode == "nearest")


def test_dot_products():
    a = np.array([[1, 2, 3], [0, 0, 0], [1, -1, 0], [7, 7, 7], [0, 0, 0]])
    b = np.array([[1, 1, 1], [5, 5, 5], [4, 4, 9], [-7, -7, -7], [1, 1, 1]])
    found = dot_products(a, b, 49, [False, False, False, False, True])
    assert found == [set(), {"zero"}, {"cancel_to_zero"}, {"largest"}, {"nan"}]


def test_decoding():
    patterns = np.random.default_rng(5).integers(0, 0x7F800000, 2000).tolist()
    for pattern in [0, 1, 0x7FFFFF, 0x800000, 0x7F7FFFFF, *patterns]:
        exact = decode(pattern | 1 << 31, 24)
        assert exact.integer * oracle.power(exact.exponent) == -oracle.decode(pattern)
        wide = decode(pattern >> 16 << 16, 24)
        half = decode(pattern >> 16, 8)
        assert half.integer * oracle.power(half.exponent) == wide.integer * oracle.power(
            wide.exponent
        )
