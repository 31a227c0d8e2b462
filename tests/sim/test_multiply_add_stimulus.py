"""Corner classes of multiply-adds: exact fractions confirm what the names of the classes say."""

from fractions import Fraction

import numpy as np
import pytest

from hbfp_hw.sim.stimulus import TRIPLE_CLASSES, count, lanes, triples
from tests.golden.multiply_add import decode, multiply_add
from tests.oracle import power

EACH = 60
SMALLEST_NORMAL = power(-126)
SIZES = [(32, 32), (16, 32), (16, 16)]


class TripleCase:
    """One triple with its exact values (None for infinities and NaN) and its result."""

    def __init__(self, a, b, c, factor_bits, addend_bits):
        self.bits = addend_bits
        self.fraction_bits = addend_bits - 9
        self.factor_fraction_bits = factor_bits - 9
        self.factors = decode(a, factor_bits), decode(b, factor_bits)
        self.c = decode(c, addend_bits)
        self.result = multiply_add(a, b, c, factor_bits, addend_bits)
        self.nan = [
            pattern & (1 << (width - 1)) - 1 > 255 << (width - 9)
            for pattern, width in ((a, factor_bits), (b, factor_bits), (c, addend_bits))
        ]
        if None not in (*self.factors, self.c):
            self.product = self.factors[0] * self.factors[1]
            self.total = self.product + self.c
        self.field = self.result >> self.fraction_bits & 255

    def places(self, value, fraction_bits=None):
        """Return the magnitude in units of the last place of a number with its exponent."""
        fraction_bits = fraction_bits or self.fraction_bits
        value = abs(value)
        exponent = value.numerator.bit_length() - value.denominator.bit_length()
        exponent -= value < power(exponent)
        return value / power(max(exponent, -126) - fraction_bits)

    @property
    def rest(self):
        """Part of the exact sum below its last place, in units of that place."""
        return self.places(self.total) % 1

    @property
    def off_middle(self):
        """Distance of the product from the middle between two numbers of the factors' size."""
        return self.places(self.product, self.factor_fraction_bits) % 1 - HALF

    @property
    def infinite(self):
        return self.result & (1 << (self.bits - 1)) - 1 == 255 << self.fraction_bits

    @property
    def is_nan(self):
        return self.result == 511 << (self.fraction_bits - 1)

    @property
    def carried(self):
        """True if rounding up carried into the next exponent."""
        grains = self.places(self.total)
        return grains < 2 << self.fraction_bits <= round(grains)


def is_power_of_two(value):
    return abs(value).numerator.bit_count() == value.denominator.bit_count() == 1


HALF = Fraction(1, 2)
MAX = power(128)

ALL = {
    "addend_far_above": lambda t: abs(t.c) > abs(t.product) * power(t.fraction_bits + 1),
    "addend_far_below": lambda t: abs(t.c) * power(t.fraction_bits + 1) < abs(t.product),
    "cancel_to_zero": lambda t: t.total == 0 != t.product and t.result == 0,
    "cancel": lambda t: abs(t.total) <= abs(t.c) * power(3 - t.fraction_bits),
    "tie": lambda t: t.rest == HALF,
    "near_tie": lambda t: 0 < abs(t.rest - HALF) < HALF,
    "cancel_to_subnormal": lambda t: (
        abs(t.total) < power(10 - t.fraction_bits) * max(abs(t.c), SMALLEST_NORMAL)
    ),
    "product_near_tie": lambda t: t.c == 0 < t.off_middle and is_power_of_two(t.off_middle),
    "lone_product": lambda t: abs(t.c) > abs(t.product) and t.rest not in (0, HALF),
    "lone_addend": lambda t: 0 < abs(t.c) < abs(t.product) and is_power_of_two(t.c),
    "addend_near_tie": lambda t: 0 < abs(t.c) < abs(t.product) and t.rest != 0,
    "carry_out": lambda t: t.carried,
    "subnormal_sum": lambda t: t.field == 0 and abs(t.total) < SMALLEST_NORMAL,
    "subnormal_tie": lambda t: abs(t.total) < SMALLEST_NORMAL and t.rest != 0,
    "to_normal": lambda t: abs(t.total) < SMALLEST_NORMAL and t.field in (0, 1),
    "subnormal_factor": lambda t: 0 < min(map(abs, t.factors)) < SMALLEST_NORMAL,
    "subnormal_factors": lambda t: 0 < max(map(abs, t.factors)) < SMALLEST_NORMAL,
    "underflow": lambda t: t.product != 0 and t.c == 0 and t.field == 0,
    "overflow": lambda t: t.infinite and abs(t.product) >= 2 * MAX,
    "overflow_edge": lambda t: t.field in (254, 255) and not t.is_nan,
    "overflow_undone": lambda t: abs(t.product) >= MAX and not t.infinite,
    "zero_product": lambda t: t.product == 0,
    "all_zero": lambda t: t.product == t.c == 0,
    "inf_times_zero": lambda t: None in t.factors and 0 in t.factors and t.is_nan,
    "inf_factor": lambda t: None in t.factors and t.c is not None and t.infinite,
    "inf_addend": lambda t: None not in t.factors and t.c is None and t.infinite,
    "inf_plus_inf": lambda t: None in t.factors and t.c is None and t.infinite,
    "inf_minus_inf": lambda t: None in t.factors and t.c is None and t.is_nan and not any(t.nan),
    "nan_factor": lambda t: any(t.nan[:2]) and t.is_nan,
    "nan_addend": lambda t: t.nan[2] and t.is_nan,
}
"""Properties of every triple of a class."""

SOME = {
    "cancel": lambda t: t.total != 0,
    "tie": lambda t: (t.product < 0) != (t.c < 0),
    "product_near_tie": lambda t: t.off_middle < power(-4),
    "addend_near_tie": lambda t: abs(t.rest - HALF) < power(-4),
    "subnormal_tie": lambda t: t.rest == HALF,
    "to_normal": lambda t: t.field == 1,
    "subnormal_sum": lambda t: t.c == 0,
    "subnormal_factors": lambda t: t.c == 0,
    "underflow": lambda t: t.result == 1 << (t.bits - 1),
    "overflow_edge": lambda t: t.infinite,
    "all_zero": lambda t: t.result == 1 << (t.bits - 1),
    "nan_factor": lambda t: t.nan[0],
}
"""Properties that some triples of a class have and others have not."""


@pytest.fixture(scope="module", params=SIZES, ids=str)
def cases(request):
    total = EACH * len(TRIPLE_CLASSES)
    *operands, classes = triples(np.random.default_rng(7), total, *request.param)
    assert set(count(classes, TRIPLE_CLASSES).values()) == {EACH}
    found = {}
    for a, b, c, name in zip(*(v.tolist() for v in operands), classes.tolist(), strict=True):
        found.setdefault(name, []).append(TripleCase(a, b, c, *request.param))
    return found


@pytest.mark.parametrize("name", ALL)
def test_every_triple_of_the_class(cases, name):
    assert all(ALL[name](case) for case in cases[name])


@pytest.mark.parametrize("name", SOME)
def test_some_triples_of_the_class(cases, name):
    assert {bool(SOME[name](case)) for case in cases[name]} == {False, True}


def test_other_classes_have_close_exponents(cases):
    rest = set(TRIPLE_CLASSES) - set(ALL)
    assert rest == {"any_bits", "near", *(f"gap_{gap}" for gap in range(-3, 4))}
    for name in rest - {"any_bits", "near"}:
        for case in cases[name]:
            assert power(-6) < abs(case.c / case.product) < power(6)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_lane_gets_triples(sizes):
    a, b, c, classes = lanes(np.random.default_rng(8), 2000, 5, *sizes)
    assert a.shape == b.shape == (2000, 5)
    assert c.shape == (2000,)
    hits = count(classes, TRIPLE_CLASSES)
    assert min(hits.values()) > 0
    factor_bits = sizes[0]
    nans = a & (1 << (factor_bits - 1)) - 1 > 255 << (factor_bits - 9)
    assert nans.any(axis=0).all()
