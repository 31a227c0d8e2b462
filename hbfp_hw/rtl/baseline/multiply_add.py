"""Combinational multiplication, addition and fused multiply-add of FP32 and BF16 numbers."""

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.baseline.floats import Number, Term, add_rounded
from hbfp_hw.rtl.baseline.parts import add, multiply
from hbfp_hw.rtl.bits import named
from hbfp_hw.rtl.ranks import Ranks


class MultiplyAdd(wiring.Component):
    """``a * b + c``, rounded once.

    Parameters:
        factor: Bits of a factor: 16 (BF16) or 32 (FP32).
        width: Bits of addend and result, at least as many as of a factor.

    Members:
        a, b, c: In. Bit patterns of factors and addend.
        o: Out. Bit pattern of the result.
    """

    def __init__(self, factor: int, width: int):
        super().__init__({"a": In(factor), "b": In(factor), "c": In(width), "o": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.o.eq(multiply_add(m, self.a, self.b, self.c, Ranks(m, {})))
        return m


class Multiply(wiring.Component):
    """``a * b`` in FP32.

    Members:
        a, b: In. Bit patterns.
        o: Out. Bit pattern of the result.
    """

    def __init__(self) -> None:
        super().__init__({"a": In(32), "b": In(32), "o": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        ranks = Ranks(m, {})
        term = _product(m, self.a, self.b, ranks)
        # Adding a zero of the same sign changes nothing, and synthesis removes its logic.
        zero = Number(m, Cat(Const(0, 31), term.sign))
        m.d.comb += self.o.eq(add_rounded(m, term, zero, ranks))
        return m


class Add(wiring.Component):
    """``a + b`` in FP32.

    Members:
        a, b: In. Bit patterns.
        o: Out. Bit pattern of the result.
    """

    def __init__(self) -> None:
        super().__init__({"a": In(32), "b": In(32), "o": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        a = Number(m, self.a)
        term = Term(
            sign=a.sign,
            significand=a.significand,
            exponent=Cat(a.exponent, Const(0, 2)),
            gap=0,
            lowest=23,
            zero=Const(0, 1),  # its exponent is the lowest
            infinite=a.infinite,
            nan=a.nan,
        )
        m.d.comb += self.o.eq(add_rounded(m, term, Number(m, self.b), Ranks(m, {})))
        return m


def multiply_add(m: Module, a: Value, b: Value, c: Value, ranks: Ranks) -> Value:
    """Return ``a * b + c``, rounded once, as a pattern of the size of ``c``.

    A factor has 16 bits (BF16) or 32 (FP32). Cut point 1 lies within the multiplication, before
    its last addition; for the others see :func:`~hbfp_hw.rtl.baseline.floats.add_rounded`.
    """
    term = _product(m, a, b, ranks)
    return add_rounded(m, term, Number(m, c), ranks)


def _product(m: Module, a: Value, b: Value, ranks: Ranks) -> Term:
    """Return the exact product of two numbers, its significand behind cut point 1."""
    x, y = Number(m, a), Number(m, b)
    size = len(x.significand)
    # Bias and gap give x + y - 125, computed as x + y + 1, then + 2, then - 128.
    pair = add(m, x.exponent, y.exponent, 1)
    raised = Cat(pair[0], add(m, pair[1:], Const(1, 1))[:8])
    exponent = Cat(raised[:7], ~raised[7], ~(raised[7] ^ raised[8]), ~raised[7] & ~raised[8])
    return Term(
        sign=named(m, x.sign ^ y.sign, "product_sign"),
        significand=multiply(m, x.significand, y.significand, ranks),
        exponent=named(m, exponent, "product_exponent"),
        gap=1,
        # If both are subnormal, the product lies below the smallest number.
        lowest=size - 1,
        zero=named(m, x.zero | y.zero, "product_zero"),
        infinite=named(m, x.infinite | y.infinite, "product_infinite"),
        nan=named(m, x.nan | y.nan | (x.infinite & y.zero) | (x.zero & y.infinite), "product_nan"),
    )
