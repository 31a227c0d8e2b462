"""The oracle itself, against Berkeley SoftFloat and the conversions of the processor."""

import ast
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.sim.stimulus import bits, pairs, sums
from tests import oracle
from tests.golden import softfloat


def test_decode_agrees_with_the_processor():
    patterns = np.random.default_rng(1).integers(0, 0x7F800000, 20_000).tolist()
    for pattern in [0, 1, 0x7FFFFF, 0x800000, 0x7F7FFFFF, *patterns]:
        value = struct.unpack(">f", pattern.to_bytes(4, "big"))[0]
        assert oracle.decode(pattern) == Fraction(value)
        assert oracle.decode(pattern | 0x80000000) == -Fraction(value)
        assert oracle.encode(oracle.decode(pattern)) == pattern


def test_encode_agrees_with_softfloat():
    integers, exponents, _ = sums(np.random.default_rng(2), 20_000)
    exact = np.ldexp(integers.astype(np.float64), exponents.astype(np.int32))
    expected = softfloat.narrow(exact.view(np.uint64)).tolist()
    for number, exponent, pattern in zip(
        integers.tolist(), exponents.tolist(), expected, strict=True
    ):
        assert oracle.encode(number * oracle.power(exponent)) == pattern


def test_add_agrees_with_softfloat():
    a, b, _ = pairs(np.random.default_rng(3), 30_000)
    expected = softfloat.add(bits(a), bits(b)).tolist()
    for p, q, total in zip(bits(a).tolist(), bits(b).tolist(), expected, strict=True):
        assert oracle.add(p, q) == total


def test_special_patterns_have_no_value():
    for pattern in (0x7F800000, 0xFF800000, oracle.NAN):
        with pytest.raises(AssertionError, match="only finite numbers"):
            oracle.decode(pattern)


def test_the_oracle_shares_no_code():
    """It imports nothing from the package, only fractions, a cache and NamedTuple."""
    tree = ast.parse(Path(oracle.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"fractions", "functools", "typing"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
