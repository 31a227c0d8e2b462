"""Conversion, dot product and random numbers against the oracle, with any parameters and operands.

Seeds are fixed. Each test asserts the number of its examples, and that they include every value of
every parameter and the corner cases.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, convert, dot, multiply_add
from hbfp_hw.golden.random import random_bits as draw_random
from hbfp_hw.sim.stimulus import bits, floats
from tests import oracle
from tests.golden import strategies as operands
from tests.golden.examples import Seen, examples, run


@pytest.mark.full
def test_convert():
    seen = Seen()

    @examples(700)
    @given(
        st.data(),
        operands.MANTISSA_BITS,
        operands.BLOCK_SIZE,
        operands.EXPONENT_BITS,
        operands.ROUNDINGS,
    )
    def check(data, m, n, e, rounding):
        random_bits = data.draw(operands.RANDOM_BITS)
        seed, step = data.draw(operands.WORD), data.draw(operands.WORD)
        values = data.draw(operands.vectors(n))
        noise = None
        if rounding is Rounding.STOCHASTIC:
            noise = oracle.random_integers(seed, step, n, random_bits)
            seen["random_bits", random_bits] += 1
        exponent, mantissas = oracle.convert(
            values, m, e, rounding.name.lower(), noise, random_bits
        )
        found = convert(
            floats(values),
            HBFPFormat(m, n, e),
            rounding,
            seed=seed,
            step=[step],
            random_bits=random_bits,
        )
        assert found.exponents.tolist() == [exponent]
        assert found.mantissas.tolist() == [mantissas]
        highest = 2 ** (e - 1) - 1
        seen.add(m=m, n=n, e=e, rounding=rounding)
        seen["nan"] += exponent == oracle.nan_exponent(e)
        seen["clamped"] += abs(exponent) == highest
        seen["saturated"] += 2 ** (m - 1) - 1 in map(abs, mantissas)
        seen["zero"] += not any(mantissas)
        seen["subnormal"] += exponent == -125

    def all_seen():
        assert seen["examples"] >= 700
        assert seen.values_of("m") == operands.WIDTHS
        assert seen.values_of("e") == operands.EXPONENT_WIDTHS
        assert seen.values_of("rounding") == set(Rounding)
        assert seen.values_of("random_bits") == set(range(1, 17))
        assert {1, 2, 16, 64, 1023, 1024} <= seen.values_of("n")
        names = ("nan", "clamped", "saturated", "zero", "subnormal")
        assert min(seen[name] for name in names) >= 20

    run(check, all_seen)


@st.composite
def _blocks(draw, m, n, e):
    """Draw a block of any exponent, possibly a NaN block, as (exponent, mantissas)."""
    highest = 2 ** (e - 1) - 1
    exponent = draw(
        st.one_of(
            st.sampled_from([-highest - 1, -highest, highest, 0]),
            st.sampled_from([-80, -70, -60, 60, 70, 80]),
            st.integers(-150, 130),
        )
    )
    exponent = max(-highest - 1, min(exponent, highest))
    if exponent == -highest - 1:
        return exponent, [0] * n
    return exponent, draw(operands.mantissas(2 ** (m - 1) - 1, n))


def _as_blocks(block, m, n, e):
    exponent, mantissas = block
    fmt = HBFPFormat(m, n, e)
    return Blocks(fmt, np.array([mantissas], fmt.mantissa_dtype), np.array([exponent], np.int16))


@pytest.mark.full
def test_dot_and_multiply_add():
    seen = Seen()

    @examples(600)
    @given(
        st.data(),
        operands.MANTISSA_BITS,
        operands.MANTISSA_BITS,
        operands.BLOCK_SIZE,
        operands.EXPONENT_BITS,
    )
    def check(data, m_a, m_b, n, e):
        a, b = data.draw(_blocks(m_a, n, e)), data.draw(_blocks(m_b, n, e))
        expected = oracle.dot(a, b, m_a, m_b, e)
        pair = _as_blocks(a, m_a, n, e), _as_blocks(b, m_b, n, e)
        product = dot(*pair)
        assert product.sums.tolist() == [sum(p * q for p, q in zip(a[1], b[1], strict=True))]
        assert bits(product.round()).tolist() == [expected]
        c = data.draw(st.one_of(operands.PATTERN, operands.numbers(near=expected)))
        total = bits(multiply_add(*pair, floats([c])))
        assert total.tolist() == [oracle.accumulate([expected], c)]
        seen.add(m_a=m_a, m_b=m_b, n=n, e=e)
        seen["nan"] += expected == oracle.NAN
        seen["inf"] += oracle.is_inf(expected)
        seen["zero"] += expected == 0
        seen["subnormal"] += 0 < expected & 0x7FFFFFFF < 0x800000
        seen["large"] += abs(int(product.sums[0])) >= 1 << 24

    def all_seen():
        assert seen["examples"] >= 600
        assert seen.values_of("m_a") | seen.values_of("m_b") == operands.WIDTHS
        assert seen.values_of("e") == operands.EXPONENT_WIDTHS
        assert {1, 2, 16, 64, 1023, 1024} <= seen.values_of("n")
        assert min(seen[name] for name in ("nan", "inf", "zero", "subnormal", "large")) >= 20

    run(check, all_seen)


def test_random_generator():
    seen = Seen()

    @examples(200)
    @given(operands.WORD, operands.WORD, operands.BLOCK_SIZE, operands.RANDOM_BITS)
    def check(seed, step, lanes, random_bits):
        found = draw_random(seed, [step], lanes, random_bits)
        assert found.tolist() == [oracle.random_integers(seed, step, lanes, random_bits)]
        seen.add(lanes=lanes, random_bits=random_bits)

    def all_seen():
        assert seen["examples"] >= 200
        assert seen.values_of("random_bits") == set(range(1, 17))
        assert {1, 1024} <= seen.values_of("lanes")

    run(check, all_seen)
