"""The RTL of the baselines against SoftFloat, fractions and NumPy's integers."""

from functools import partial

import numpy as np
import pytest

from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import pack, unpack
from hbfp_hw.golden.bf16_mac import Accumulation, bf16_mac
from hbfp_hw.golden.fp32_mac import fp32_mac
from hbfp_hw.golden.int8_mac import int8_mac
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.rtl.baseline.unit import DEEPEST
from hbfp_hw.sim.stimulus import TRIPLE_CLASSES, bits, count, floats, integers, lanes, triples
from hbfp_hw.simulate import replay
from tests.golden import softfloat
from tests.golden.multiply_add import multiply_add

TRIPLES = 500_000
ALL_BF16 = Accumulation.BF16
STAGED = {
    "fp32": (FP32MAC, 32, 32),
    "bf16": (BF16MAC, 16, 32),
    "bf16_sums": (partial(BF16MAC, accumulate=ALL_BF16), 16, 16),
}
"""Units that can have several stages, with the bits of their factors and addends."""


def run(unit, a, b, c):
    """Return the patterns that the RTL of a unit computes."""
    design = cached_design(unit)
    streams = design.description.streams
    words = pack(streams["i"].fields, {"a": a, "b": b, "c": c})
    outputs = replay(design, {"i": words}, {"o": len(words)}).outputs["o"]
    return unpack(streams["o"].fields, outputs)["value"]


def draw(seed, factor_bits, addend_bits):
    a, b, c, classes = triples(np.random.default_rng(seed), TRIPLES, factor_bits, addend_bits)
    hits = count(classes, TRIPLE_CLASSES)
    assert min(hits.values()) >= TRIPLES // (len(TRIPLE_CLASSES) + 1)
    return a, b, c


def words(*operands):
    return [values.astype(np.uint32) for values in operands]


@pytest.mark.full
def test_fused_fp32_agrees_with_softfloat():
    a, b, c = draw(1, 32, 32)
    assert np.array_equal(run(FP32MAC(), a, b, c), softfloat.multiply_add(*words(a, b, c)))


@pytest.mark.full
def test_separate_fp32_agrees_with_softfloat():
    a, b, c = draw(2, 32, 32)
    x, y, z = words(a, b, c)
    expected = softfloat.add(softfloat.multiply(x, y), z)
    assert np.array_equal(run(FP32MAC(fused=False), a, b, c), expected)


@pytest.mark.full
def test_bf16_with_fp32_sums_agrees_with_softfloat():
    a, b, c = draw(3, 16, 32)
    expected = softfloat.multiply_add(*words(a << 16, b << 16, c))
    assert np.array_equal(run(BF16MAC(), a, b, c), expected)


@pytest.mark.full
def test_all_bf16_agrees_with_fractions():
    """Check the first triples against fractions, and all against the golden model."""
    a, b, c = draw(4, 16, 16)
    found = run(BF16MAC(accumulate=ALL_BF16), a, b, c)
    assert np.array_equal(found, bf16_mac(a[:, np.newaxis], b[:, np.newaxis], c, ALL_BF16))
    few = slice(50_000)
    operands = zip(a[few].tolist(), b[few].tolist(), c[few].tolist(), strict=True)
    assert found[few].tolist() == [multiply_add(*triple, 16, 16) for triple in operands]


@pytest.mark.full
@pytest.mark.parametrize("depth", range(2, DEEPEST + 1))
@pytest.mark.parametrize("name", STAGED)
def test_stages_do_not_change_results(name, depth):
    """Check the units that are built for a clock against the references of the others."""
    make, factor_bits, addend_bits = STAGED[name]
    a, b, c = draw([7, depth], factor_bits, addend_bits)
    if addend_bits == 32:
        wide = 32 - factor_bits
        expected = softfloat.multiply_add(*words(a << wide, b << wide, c))
    else:
        expected = bf16_mac(a[:, np.newaxis], b[:, np.newaxis], c, ALL_BF16)
    assert np.array_equal(run(make(pipeline=depth), a, b, c), expected)


def test_every_pair_of_int8():
    a, b = (side.ravel() for side in np.meshgrid(np.arange(-128, 128), np.arange(-128, 128)))
    c = np.random.default_rng(5).integers(-(1 << 31), 1 << 31, len(a))
    # The sum is a signed 32-bit integer that wraps around.
    assert np.array_equal(run(INT8MAC(), a, b, c), (a * b + c).astype(np.int32))


def fp32_golden(a, b, c, **options):
    return bits(fp32_mac(floats(a), floats(b), floats(c), **options))


@pytest.mark.full
@pytest.mark.parametrize("lane_count", [3, 16])
def test_dot_products(lane_count):
    """Check the order of the additions; that of the golden model is tested against SoftFloat."""
    rng = np.random.default_rng(lane_count)
    a, b, c, _ = lanes(rng, 10_000, lane_count, 32, 32)
    assert np.array_equal(run(FP32MAC(lane_count), a, b, c), fp32_golden(a, b, c))
    a, b, c, _ = lanes(rng, 10_000, lane_count, 16, 32)
    expected = bits(bf16_mac(a, b, floats(c)))
    assert np.array_equal(run(BF16MAC(lane_count), a, b, c), expected)
    a, b, c = integers(rng, 10_000, lane_count)
    assert np.array_equal(run(INT8MAC(lane_count), a, b, c), int8_mac(a, b, c))


@pytest.mark.full
@pytest.mark.parametrize("lane_count", [2, 5])
def test_dot_products_of_separate_operations(lane_count):
    a, b, c, _ = lanes(np.random.default_rng(lane_count), 10_000, lane_count, 32, 32)
    found = run(FP32MAC(lane_count, fused=False), a, b, c)
    assert np.array_equal(found, fp32_golden(a, b, c, fused=False))


def test_dot_product_all_in_bf16():
    a, b, c, _ = lanes(np.random.default_rng(6), 10_000, 3, 16, 16)
    found = run(BF16MAC(3, accumulate=ALL_BF16), a, b, c)
    assert np.array_equal(found, bf16_mac(a, b, c, ALL_BF16))
