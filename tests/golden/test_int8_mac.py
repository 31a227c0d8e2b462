"""The INT8 multiply-add against Python integers."""

import numpy as np

from hbfp_hw.golden.int8_mac import int8_mac
from hbfp_hw.sim.stimulus import integers


def test_every_pair():
    a, b = np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))
    found = int8_mac(a[..., np.newaxis], b[..., np.newaxis], np.zeros(a.shape, int))
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, a * b)


def test_sums_wrap_around():
    a, b, c = integers(np.random.default_rng(1), 20_000, 9)
    wrapped = 0
    for x, y, z, found in zip(
        a.tolist(), b.tolist(), c.tolist(), int8_mac(a, b, c).tolist(), strict=True
    ):
        exact = sum(p * q for p, q in zip(x, y, strict=True)) + z
        expected = (exact + 2**31) % 2**32 - 2**31
        wrapped += exact != expected
        assert found == expected
    assert wrapped > 500


def test_one_pair_gives_a_scalar():
    result = int8_mac([2], [3], 1)
    assert (result.dtype, result.shape, int(result)) == (np.int32, (), 7)
