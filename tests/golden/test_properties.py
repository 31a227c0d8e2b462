"""The golden model against the oracle, over the whole range of parameters and operands.

Seeds are fixed; each test asserts how many examples there were, and that every value of every
parameter and the corner cases are among them.
"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import Blocks, accumulate, convert, dot, gemm, multiply_add
from hbfp_hw.golden.fp32 import add, normalise
from hbfp_hw.golden.random import random_bits as draw_random
from hbfp_hw.sim.stimulus import bits, floats
from tests import oracle
from tests.golden import strategies as operands

ROUNDINGS = st.sampled_from(list(Rounding))
WIDTHS, EXPONENT_WIDTHS = set(range(2, 17)), set(range(5, 13))


SEEDS = 10


def run(check, all_seen):
    """Check examples of one seed after the other, until all is seen that must be.

    One seed mostly is enough; but what Hypothesis draws also depends on the modules that are
    loaded, and so on the tests that ran before.
    """
    for number in range(SEEDS):
        seed(number)(check)()
        try:
            all_seen()
            break
        except AssertionError:
            if number == SEEDS - 1:
                raise


def examples(number):
    """Settings of a test of so many examples for each seed."""
    return settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


class Seen(Counter):
    """What occurred in the examples of a test."""

    def add(self, **values):
        """Note an example, with the values of its parameters."""
        self["examples"] += 1
        self.update(values.items())

    def values(self, name):
        """Values that a parameter had."""
        return {key[1] for key in self if isinstance(key, tuple) and key[0] == name}


@pytest.mark.full
def test_convert():
    seen = Seen()

    @examples(700)
    @given(
        st.data(), operands.MANTISSA_BITS, operands.BLOCK_SIZE, operands.EXPONENT_BITS, ROUNDINGS
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
        assert seen.values("m") == WIDTHS
        assert seen.values("e") == EXPONENT_WIDTHS
        assert seen.values("rounding") == set(Rounding)
        assert seen.values("random_bits") == set(range(1, 17))
        assert {1, 2, 16, 64, 1023, 1024} <= seen.values("n")
        names = ("nan", "clamped", "saturated", "zero", "subnormal")
        assert min(seen[name] for name in names) >= 20

    run(check, all_seen)


@st.composite
def _blocks(draw, m, n, e):
    """A block of any exponent, NaN blocks among them, as (exponent, mantissas)."""
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
        seen["wide"] += abs(int(product.sums[0])) >= 1 << 24

    def all_seen():
        assert seen["examples"] >= 600
        assert seen.values("m_a") | seen.values("m_b") == WIDTHS
        assert seen.values("e") == EXPONENT_WIDTHS
        assert {1, 2, 16, 64, 1023, 1024} <= seen.values("n")
        assert min(seen[name] for name in ("nan", "inf", "zero", "subnormal", "wide")) >= 20

    run(check, all_seen)


@pytest.mark.full
def test_normalise():
    seen = Seen()
    odd = st.integers(0, 52).flatmap(lambda place: st.integers(-2, 2).map((1 << place).__add__))
    integers = st.one_of(odd, odd.map(int.__neg__), st.integers(-(2**53) + 1, 2**53 - 1))

    @examples(1500)
    @given(integers, st.one_of(st.integers(-210, 130), st.integers(-5000, 5000)))
    def check(number, exponent):
        expected = oracle.encode(number * oracle.power(exponent))
        assert bits(normalise([number], [exponent])).tolist() == [expected]
        magnitude = expected & 0x7FFFFFFF
        seen.add()
        seen["zero"] += number == 0
        seen["underflow"] += number != 0 and magnitude == 0
        seen["subnormal"] += 0 < magnitude < 0x800000
        seen["inf"] += magnitude == oracle.INF

    def all_seen():
        assert seen["examples"] >= 1500
        assert min(seen[name] for name in ("zero", "underflow", "subnormal", "inf")) >= 20

    run(check, all_seen)


@pytest.mark.full
def test_add():
    seen = Seen()

    @examples(1500)
    @given(operands.pairs())
    def check(pair):
        a, b = pair
        expected = oracle.add(a, b)
        assert bits(add(floats([a]), floats([b]))).tolist() == [expected]
        magnitude = expected & 0x7FFFFFFF
        gap = abs((a >> 23 & 0xFF) - (b >> 23 & 0xFF))
        seen.add()
        seen["nan"] += expected == oracle.NAN
        seen["inf"] += magnitude == oracle.INF
        seen["zero"] += magnitude == 0
        seen["subnormal"] += 0 < magnitude < 0x800000
        seen["gap"] += gap > 24
        seen["cancel"] += magnitude < (a & 0x7FFFFFFF) - 0x800000 and gap <= 1

    def all_seen():
        assert seen["examples"] >= 1500
        names = ("nan", "inf", "zero", "subnormal", "gap", "cancel")
        assert min(seen[name] for name in names) >= 20

    run(check, all_seen)


def test_accumulate():
    seen = Seen()

    @examples(300)
    @given(st.lists(operands.PATTERN, max_size=12), operands.PATTERN)
    def check(terms, start):
        found = accumulate(floats([terms]).reshape(1, -1), floats([start]))
        assert bits(found).tolist() == [oracle.accumulate(terms, start)]
        seen.add(length=len(terms))

    def all_seen():
        assert seen["examples"] >= 300
        assert {0, 1, 2} <= seen.values("length")

    run(check, all_seen)


@pytest.mark.full
def test_gemm():
    seen = Seen()

    @examples(250)
    @given(
        st.data(),
        operands.MANTISSA_BITS,
        operands.MANTISSA_BITS,
        operands.BLOCK_SIZE,
        operands.EXPONENT_BITS,
        ROUNDINGS,
    )
    def check(data, m_x, m_w, n, e, rounding):
        rows, columns = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
        length = data.draw(st.sampled_from([1, 2, n - 1, n, n + 1, 2 * n, 3 * n + 1]))
        length = max(1, min(length, 1100))
        seed, random_bits = data.draw(operands.WORD), data.draw(operands.RANDOM_BITS)
        x = [data.draw(operands.vectors(length)) for _ in range(rows)]
        w = [
            list(row)
            for row in zip(
                *(data.draw(operands.vectors(length)) for _ in range(columns)), strict=True
            )
        ]
        c = None
        if data.draw(st.booleans()):
            c = [data.draw(operands.vectors(columns)) for _ in range(rows)]
        found = gemm(
            *(floats(x), floats(w), None if c is None else floats(c)),
            fmt_x=HBFPFormat(m_x, n, e),
            fmt_w=HBFPFormat(m_w, n, e),
            rounding=rounding,
            seed=seed,
            random_bits=random_bits,
        )
        expected = oracle.gemm(x, w, c, m_x, m_w, n, e, rounding.name.lower(), seed, random_bits)
        assert bits(found).tolist() == expected
        seen.add(m_x=m_x, m_w=m_w, n=n, e=e, rounding=rounding)
        seen["blocks"] += length > n
        seen["finite"] += any(
            number & 0x7FFFFFFF < oracle.INF for row in expected for number in row
        )

    def all_seen():
        assert seen["examples"] >= 250
        assert seen.values("m_x") | seen.values("m_w") == WIDTHS
        assert seen.values("e") == EXPONENT_WIDTHS
        assert seen.values("rounding") == set(Rounding)
        assert seen["blocks"] >= 50
        assert seen["finite"] >= 100

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
        assert seen.values("random_bits") == set(range(1, 17))
        assert {1, 1024} <= seen.values("lanes")

    run(check, all_seen)
