"""The multiply-accumulate unit against the oracle."""

import numpy as np
import pytest

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden import convert, multiply_add
from hbfp_hw.sim.stimulus import bits, block_classes, blocks, count, near_pairs
from tests import oracle


@pytest.mark.parametrize(
    ("widths", "block_size", "exponent_bits"),
    [((4, 4), 64, 10), ((4, 6), 5, 8), ((6, 6), 16, 5), ((16, 16), 64, 12)],
)
def test_against_oracle(widths, block_size, exponent_bits):
    rng = np.random.default_rng(1)
    operands = []
    for width in widths:
        fmt = HBFPFormat(width, block_size, exponent_bits)
        values, classes = blocks(rng, fmt, 300)
        assert min(count(classes, block_classes(fmt)).values()) > 0
        operands.append(convert(values, fmt))
    a, b = operands
    pairs = [
        [(int(block.exponents[i, 0]), block.mantissas[i, 0].tolist()) for block in operands]
        for i in range(300)
    ]
    products = [oracle.dot(*pair, *widths, exponent_bits) for pair in pairs]
    c = near_pairs(rng, np.array(products, np.uint32).view(np.float32))
    expected = [
        oracle.accumulate([product], start)
        for product, start in zip(products, bits(c).tolist(), strict=True)
    ]
    assert bits(multiply_add(a, b, c[:, np.newaxis])[:, 0]).tolist() == expected
