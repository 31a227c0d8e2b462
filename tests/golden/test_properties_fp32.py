"""FP32 arithmetic and matrix products against the oracle, with any parameters and operands.

Seeds are fixed. Each test asserts the number of its examples, and that they include every value of
every parameter and the corner cases.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.golden import accumulate, gemm
from hbfp_hw.golden.fp32 import add, normalise
from hbfp_hw.sim.stimulus import bits, floats
from tests import oracle
from tests.golden import strategies as operands
from tests.golden.examples import Seen, examples, run


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
        assert {0, 1, 2} <= seen.values_of("length")

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
        operands.ROUNDINGS,
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
            floats(x),
            floats(w),
            None if c is None else floats(c),
            fmt_x=HBFPFormat(m_x, n, e),
            fmt_w=HBFPFormat(m_w, n, e),
            rounding=rounding,
            seed=seed,
            random_bits=random_bits,
        )
        formats = oracle.Formats(m_x, m_w, n, e)
        conversion = oracle.Conversion(rounding.name.lower(), seed, random_bits)
        expected = oracle.gemm(x, w, c, formats, conversion)
        assert bits(found).tolist() == expected
        seen.add(m_x=m_x, m_w=m_w, n=n, e=e, rounding=rounding)
        seen["blocks"] += length > n
        seen["finite"] += any(
            number & 0x7FFFFFFF < oracle.INF for row in expected for number in row
        )

    def all_seen():
        assert seen["examples"] >= 250
        assert seen.values_of("m_x") | seen.values_of("m_w") == operands.WIDTHS
        assert seen.values_of("e") == operands.EXPONENT_WIDTHS
        assert seen.values_of("rounding") == set(Rounding)
        assert seen["blocks"] >= 50
        assert seen["finite"] >= 100

    run(check, all_seen)
