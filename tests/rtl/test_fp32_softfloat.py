"""The RTL of the FP32 adder and rounder against Berkeley SoftFloat, on a million pairs."""

import numpy as np

from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack, unpack
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.rtl import FP32
from hbfp_hw.sim.stimulus import PAIR_CLASSES, SUM_CLASSES, bits, count, pairs, sums
from hbfp_hw.simulate import replay
from tests.golden import softfloat

PAIRS = 1_000_000
QUICK_PAIRS = 30_000
FORMAT = HBFPFormat(16, 64)
"""Format whose sums have more than 24 bits: they cover all FP32 numbers, and all are rounded."""

UNIT = FP32(FORMAT)
FRACTION_BITS = 2 * FORMAT.fraction_bits
NAN = 0x7FC00000


def _run(sums, exponents, nan, addend):
    design = cached_design(UNIT)
    streams = design.description.streams
    payload = {
        "product.sum": sums,
        "product.exponent": np.clip(exponents + FRACTION_BITS, -1024, 1023),
        "product.nan": nan,
        "addend": addend,
    }
    words = pack(streams["i"].fields, payload)
    outputs = replay(design, {"i": words}, {"o": len(words)}).outputs["o"]
    return unpack(streams["o"].fields, outputs)


def _as_products(patterns):
    """Return FP32 numbers as exact sums and exponents; -0 and infinities by under- and overflow."""
    field = patterns >> 23 & 255
    significand = (patterns & 0x7FFFFF).astype(np.int64) | (field > 0).astype(np.int64) << 23
    exponents = np.maximum(field, 1).astype(np.int64) - 150
    exponents[significand == 0] = -500
    significand[patterns == 0x80000000] = 1
    exponents[field == 255] = 400
    return np.where(patterns >> 31, -significand, significand), exponents


def test_a_million_sums_of_two_numbers_agree_with_softfloat(sample):
    pair_count = sample(PAIRS, quick=QUICK_PAIRS)
    a, b, classes = pairs(np.random.default_rng(41), pair_count)
    counts = count(classes, PAIR_CLASSES)
    assert min(counts.values()) >= pair_count // (2 * len(PAIR_CLASSES))
    a, b = bits(a), bits(b)
    integers, exponents = _as_products(a)
    nan = (a & 0x7FFFFFFF) > 0x7F800000
    outputs = _run(integers, exponents, nan, b)
    assert np.array_equal(outputs["value"], np.where(nan, NAN, a))
    assert np.array_equal(outputs["total"], softfloat.add(a, b))


def test_a_million_rounded_sums_agree_with_softfloat(sample):
    sum_count = sample(PAIRS, quick=QUICK_PAIRS)
    width = max_sum(FORMAT, FORMAT).bit_length() - 1
    integers, exponents, classes = sums(np.random.default_rng(42), sum_count, width)
    assert min(count(classes, SUM_CLASSES).values()) >= sum_count // (2 * len(SUM_CLASSES))
    outputs = _run(integers, exponents, np.zeros(sum_count, bool), np.zeros(sum_count, np.uint32))
    exact = np.ldexp(integers.astype(np.float64), exponents.astype(np.int32))
    assert np.array_equal(outputs["value"], softfloat.narrow(exact.view(np.uint64)))
