"""Corner classes of the stimulus: the values have the properties that the names of classes say."""

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat
from hbfp_hw.sim.stimulus import (
    PAIR_CLASSES,
    SUM_CLASSES,
    bits,
    block_classes,
    blocks,
    count,
    pairs,
    sums,
)

FORMATS = [(4, 16, 10), (8, 7, 8), (16, 3, 5), (2, 1, 5), (6, 64, 12), (4, 64, 9), (3, 2, 7)]


def fields(values):
    return (bits(values) >> 23 & 0xFF).astype(int)


def shared_exponents(values):
    """Return shared exponents before clamping."""
    return np.maximum(fields(values), 1).max(axis=-1) - 126


def in_units(values, fmt):
    """Return magnitudes in units of the last mantissa bit of an unclamped block."""
    exponents = (shared_exponents(values) - fmt.fraction_bits)[:, None]
    return np.ldexp(np.abs(values.astype(float)), -exponents)


def is_power_of_two(values):
    return np.frexp(np.abs(values))[0] == 0.5


def is_lone(rest):
    """Return whether this is a half, or a half and one bit below it."""
    return (rest == 0.5) | ((rest > 0.5) & is_power_of_two(rest - 0.5))


def at_edge(distance, fmt):
    """Return whether a distance is at an edge of the shifter, or one off."""
    m = fmt.mantissa_bits
    edges = [0, m - 1, m, 24, 24 + m, *(1 << k for k in range(3, 8))]
    return (np.abs(np.subtract.outer(distance, edges)) <= 1).any(axis=-1)


def spread(values):
    return np.ptp(fields(values), axis=-1)


BLOCK_PROPERTIES = {
    "any_bits": lambda v, f: np.isfinite(v),
    "narrow": lambda v, f: spread(v) <= 2,
    "wide": lambda v, f: fields(v).max(axis=-1) >= 200,
    "same_sign": lambda v, f: (v > 0).all(axis=-1) | (v < 0).all(axis=-1) | (v == 0).any(axis=-1),
    "largest": lambda v, f: (bits(v) & 0x7FFFFF == 0x7FFFFF) & (spread(v) == 0)[:, None],
    "tie": lambda v, f: in_units(v, f) % 1 == 0.5,
    "near_tie": lambda v, f: np.abs(in_units(v, f) % 1 - 0.5) == 2.0 ** (f.mantissa_bits - 25),
    "lone_bit": lambda v, f: is_lone(in_units(v, f) % 1),
    "shift_edge": lambda v, f: (
        at_edge(fields(v).max(axis=-1)[:, None] - fields(v), f) | (fields(v) == 0)
    ),
    "saturating": lambda v, f: (np.rint(in_units(v, f)) > f.max_mantissa).any(axis=-1),
    "max_float": lambda v, f: (bits(v) & 0x7FFFFFFF == 0x7F7FFFFF).any(axis=-1),
    "power_of_two": lambda v, f: is_power_of_two(v),
    "subnormal": lambda v, f: (fields(v) == 0) & (v != 0).any(axis=-1, keepdims=True),
    "near_subnormal": lambda v, f: (fields(v).max(axis=-1) >= 1) & (fields(v).max(axis=-1) <= 3),
    "negative_zero": lambda v, f: (bits(v) == 0x80000000).any(axis=-1),
    "zero": lambda v, f: v == 0,
    "nan": lambda v, f: np.isnan(v).any(axis=-1),
    "inf": lambda v, f: np.isinf(v).any(axis=-1) & ~np.isnan(v).any(axis=-1),
    "exponent_limit": lambda v, f: np.isin(
        shared_exponents(v), [max(f.min_exponent, -125), min(f.max_exponent, 128)]
    ),
    "clamp_high": lambda v, f: shared_exponents(v) > f.max_exponent,
    "clamp_low": lambda v, f: shared_exponents(v) < f.min_exponent,
}


@pytest.mark.parametrize("sizes", FORMATS)
def test_blocks_are_of_their_class(sizes):
    fmt = HBFPFormat(*sizes)
    values, classes = blocks(np.random.default_rng(1), fmt, 2000)
    assert values.shape == (2000, fmt.block_size)
    assert values.dtype == np.float32
    hits = count(classes, block_classes(fmt))
    assert min(hits.values()) >= 95
    for name in hits:
        assert BLOCK_PROPERTIES[name](values[classes == name], fmt).all(), name


def test_classes_of_clamping_exist_where_a_format_can_clamp():
    assert {"clamp_high", "clamp_low"} <= set(block_classes(HBFPFormat(4, 4, 5)))
    # The lowest exponent of any block is -125, the highest 128.
    assert "clamp_high" in block_classes(HBFPFormat(4, 4, 8))
    assert "clamp_low" not in block_classes(HBFPFormat(4, 4, 8))
    assert "clamp_high" not in block_classes(HBFPFormat(4, 4, 9))
    assert set(block_classes(HBFPFormat(4, 4, 5))) == set(BLOCK_PROPERTIES)


def test_blocks_mix_lanes():
    fmt = HBFPFormat(4, 64)
    values, classes = blocks(np.random.default_rng(2), fmt, 2000)
    assert (spread(values[classes == "wide"]) > 150).all()
    for name in set(block_classes(fmt)) - {"same_sign", "largest"}:
        signs = np.signbit(values[classes == name])
        assert (signs.any(axis=-1) & ~signs.all(axis=-1)).mean() > 0.4, name


def test_same_seed_same_stimulus():
    fmt = HBFPFormat(4, 8)
    first, second = (blocks(np.random.default_rng(3), fmt, 500) for _ in range(2))
    assert (bits(first[0]) == bits(second[0])).all()
    assert (first[1] == second[1]).all()


def significand(values):
    """Return the significands of doubles, scaled to 2**23 up to 2**24."""
    return np.abs(np.frexp(values)[0]) * 2.0**24


def gap(low, high):
    def check(a, b, exact, total):
        apart = np.abs(fields(a) - fields(b))
        return (apart >= low) & (apart <= high) & (fields(a) > 0) & (fields(b) > 0)

    return check


def both(test):
    return lambda a, b, exact, total: test(a) & test(b)


PAIR_PROPERTIES = {
    "any_bits": lambda a, b, exact, total: True,
    **{f"gap_{n}": gap(n, n) for n in (0, 1, 2, 3, 22, 23, 24, 25, 26)},
    "gap_over_26": gap(27, 253),
    "cancel_to_zero": lambda a, b, exact, total: (a == -b) & (a != 0),
    "cancel_to_subnormal": lambda a, b, exact, total: (
        (fields(a) > 0) & (fields(b) > 0) & (fields(total) == 0) & (total != 0)
    ),
    "tie": lambda a, b, exact, total: significand(exact) % 1 == 0.5,
    "near_tie": lambda a, b, exact, total: (
        (np.abs(significand(exact) % 1 - 0.5) <= 0.125) & (significand(exact) % 1 != 0.5)
    ),
    "carry_out": lambda a, b, exact, total: is_power_of_two(total) & (total != exact),
    "overflow": lambda a, b, exact, total: np.isinf(total) & np.isfinite(a) & np.isfinite(b),
    "overflow_edge": lambda a, b, exact, total: np.abs(exact) > 3.4028234e38,
    "subnormal_sum": lambda a, b, exact, total: (
        (fields(a) == 0) & (fields(b) == 0) & (fields(total) == 0)
    ),
    "subnormal_to_normal": lambda a, b, exact, total: (
        (fields(a) == 0) & (fields(b) == 0) & (fields(total) == 1)
    ),
    "subnormal_normal": lambda a, b, exact, total: (fields(a) == 0) != (fields(b) == 0),
    "zeros": both(lambda v: v == 0),
    "zero_number": lambda a, b, exact, total: (a == 0) != (b == 0),
    "inf_finite": lambda a, b, exact, total: np.isinf(a) != np.isinf(b),
    "inf_plus_inf": lambda a, b, exact, total: np.isinf(a) & (a == b),
    "inf_minus_inf": lambda a, b, exact, total: np.isinf(a) & (a == -b),
    "nan": lambda a, b, exact, total: np.isnan(a) | np.isnan(b),
    "nan_nan": both(np.isnan),
}


def test_pairs_are_of_their_class():
    a, b, classes = pairs(np.random.default_rng(4), 60_000)
    hits = count(classes, PAIR_CLASSES)
    assert min(hits.values()) >= 2000
    assert set(hits) == set(PAIR_PROPERTIES)
    with np.errstate(all="ignore"):
        exact = a.astype(np.float64) + b.astype(np.float64)
        total = exact.astype(np.float32)
        for name in hits:
            mine = classes == name
            assert np.all(PAIR_PROPERTIES[name](a[mine], b[mine], exact[mine], total[mine])), name
    edge = np.isinf(total[classes == "overflow_edge"])
    assert 0.2 < edge.mean() < 0.8
    nans = np.concatenate([bits(a), bits(b)])[np.isnan(np.concatenate([a, b]))]
    assert (nans & 0x400000 != 0).mean() == pytest.approx(0.5, abs=0.05)
    for bit in range(22):  # payloads
        assert (nans >> bit & 1).mean() == pytest.approx(0.5, abs=0.05)
    zeros = classes == "zeros"
    assert len(set(zip(bits(a)[zeros], bits(b)[zeros], strict=True))) == 4
    assert len(np.unique(np.abs(fields(a) - fields(b))[classes == "gap_over_26"])) > 200


SUM_PROPERTIES = {
    "any": lambda exact, total: exact != 0,
    "zero": lambda exact, total: exact == 0,
    "exact": lambda exact, total: exact == total,
    "tie": lambda exact, total: significand(exact) % 1 == 0.5,
    "near_tie": lambda exact, total: (
        (significand(exact) % 1 != 0.5) & (np.abs(significand(exact) % 1 - 0.5) <= 0.25)
    ),
    "lone_bit": lambda exact, total: is_lone(significand(exact) % 1),
    "carry_out": lambda exact, total: is_power_of_two(total) & (np.abs(total) > np.abs(exact)),
    "subnormal": lambda exact, total: (np.abs(exact) < 2.0**-126) & (exact != 0),
    "subnormal_tie": lambda exact, total: np.abs(np.abs(exact) * 2.0**149 % 1 - 0.5) <= 0.25,
    "subnormal_lone_bit": lambda exact, total: is_lone(np.abs(exact) * 2.0**149 % 1),
    "to_normal": lambda exact, total: np.isin(bits(total) & 0x7FFFFFFF, [0x7FFFFF, 0x800000]),
    "overflow": lambda exact, total: np.isinf(total),
    "overflow_edge": lambda exact, total: np.abs(exact) > 3.4028234e38,
    "underflow": lambda exact, total: (exact != 0) & (total == 0),
}


@pytest.mark.parametrize("width", [27, 40, 53])
def test_sums_are_of_their_class(width):
    integers, exponents, classes = sums(np.random.default_rng(5), 28_000, width)
    assert np.abs(integers).max() < 1 << width
    assert np.abs(integers).max() >= 1 << (width - 1)
    hits = count(classes, SUM_CLASSES)
    assert min(hits.values()) >= 2000
    assert set(hits) == set(SUM_PROPERTIES)
    exact = np.ldexp(integers.astype(np.float64), exponents.astype(np.int32))
    with np.errstate(over="ignore", under="ignore"):
        total = exact.astype(np.float32)
    for name in hits:
        mine = classes == name
        assert SUM_PROPERTIES[name](exact[mine], total[mine]).all(), name
    infinite = np.isinf(total[classes == "overflow_edge"])
    assert 0.2 < infinite.mean() < 0.8
    ties = np.abs(exact[classes == "subnormal_tie"]) * 2.0**149 % 1 == 0.5
    assert 0.2 < ties.mean() < 0.5
    assert {False, True} == set(np.signbit(total[classes == "underflow"]))
