"""Sign-magnitude lanes: unsigned multipliers whose signs are folded into the adder tree."""

from amaranth.hdl import Cat, Module, Signal, Value, signed

from hbfp_hw.rtl.bits import named, reduce_balanced


def signed_dot(m: Module, a: list[Value], b: list[Value], width: int) -> Signal:
    """Exact sum of products of sign-magnitude numbers; combinational.

    A negative product enters the tree with every bit inverted, and the ones that complete the
    two's complement are counted apart, so that no lane negates anything by itself.

    Parameters:
        a, b: One view per lane with the fields ``magnitude`` and ``sign``.
        width: Bits of the signed result; the sum must fit.
    """
    terms, signs = [], []
    for x, y in zip(a, b, strict=True):
        product = named(m, x.magnitude * y.magnitude, "product")
        sign = named(m, x.sign ^ y.sign, "sign")
        terms.append(Cat(product ^ sign.replicate(len(product)), sign).as_signed())
        signs.append(sign)
    tree = reduce_balanced(terms, lambda x, y: named(m, x + y, "sum"))
    count = reduce_balanced(signs, lambda x, y: named(m, x + y, "negatives"))
    total = Signal(signed(width), name="dot")
    m.d.comb += total.eq(tree + count)
    return total
