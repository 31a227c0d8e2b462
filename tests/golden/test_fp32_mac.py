"""The FP32 multiply-add against SoftFloat and exact fractions."""

import numpy as np
import pytest

from hbfp_hw.golden.fp32_mac import fp32_mac
from hbfp_hw.sim.stimulus import TRIPLE_CLASSES, bits, count, floats, lanes, triples
from tests.golden import softfloat
from tests.golden.multiply_add import multiply_add

TRIPLES = 1_050_000


def draw(seed, total):
    a, b, c, classes = triples(np.random.default_rng(seed), total, 32, 32)
    hits = count(classes, TRIPLE_CLASSES)
    assert min(hits.values()) >= total // (len(TRIPLE_CLASSES) + 1)
    return tuple(values.astype(np.uint32) for values in (a, b, c))


def golden(a, b, c, **options):
    """Return patterns of the golden model's multiply-add of one pair each."""
    return bits(fp32_mac(floats(a)[:, np.newaxis], floats(b)[:, np.newaxis], floats(c), **options))


def test_fused_agrees_with_softfloat_on_a_million_triples(sample):
    a, b, c = draw(1, sample(TRIPLES, quick=TRIPLES // 10))
    np.testing.assert_array_equal(golden(a, b, c), softfloat.multiply_add(a, b, c))


@pytest.mark.full
def test_separate_agrees_with_softfloat_on_a_million_triples():
    a, b, c = draw(2, TRIPLES)
    expected = softfloat.add(softfloat.multiply(a, b), c)
    np.testing.assert_array_equal(golden(a, b, c, fused=False), expected)


def test_fused_agrees_with_fractions():
    operands = draw(3, 30_000)
    expected = [
        multiply_add(a, b, c, 32, 32)
        for a, b, c in zip(*(values.tolist() for values in operands), strict=True)
    ]
    np.testing.assert_array_equal(golden(*operands), expected)


@pytest.mark.parametrize("lane_count", [2, 3, 5, 8])
def test_lanes_are_added_in_the_order_of_the_specification(lane_count):
    a, b, c, _ = lanes(np.random.default_rng(lane_count), 20_000, lane_count, 32, 32)
    a, b, c = (values.astype(np.uint32) for values in (a, b, c))
    fused = c
    for lane in range(lane_count):
        fused = softfloat.multiply_add(a[:, lane], b[:, lane], fused)
    found = fp32_mac(floats(a), floats(b), floats(c))
    np.testing.assert_array_equal(bits(found), fused)

    products = [softfloat.multiply(a[:, lane], b[:, lane]) for lane in range(lane_count)]
    trees = {
        2: lambda p: add(p[0], p[1]),
        3: lambda p: add(add(p[0], p[1]), p[2]),
        5: lambda p: add(add(add(p[0], p[1]), add(p[2], p[3])), p[4]),
        8: lambda p: add(
            add(add(p[0], p[1]), add(p[2], p[3])), add(add(p[4], p[5]), add(p[6], p[7]))
        ),
    }
    add = softfloat.add
    separate = add(trees[lane_count](products), c)
    found = fp32_mac(floats(a), floats(b), floats(c), fused=False)
    np.testing.assert_array_equal(bits(found), separate)
    assert np.any(fused != separate)


def test_fused_and_separate_differ():
    """(1 + 2**-23)**2 - (1 + 2**-22) is 2**-46; rounding the product first gives 0."""
    a = np.float32(1 + 2**-23)
    c = np.float32(-1 - 2**-22)
    assert fp32_mac([a], [a], c) == np.float32(2**-46)
    assert fp32_mac([a], [a], c, fused=False) == 0


def test_one_pair_gives_a_scalar():
    result = fp32_mac([2.0], [3.0], 1.0)
    assert (result.dtype, result.shape, float(result)) == (np.float32, (), 7.0)
