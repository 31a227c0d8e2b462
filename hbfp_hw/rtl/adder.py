"""FP32 addition of a number and a term, an FP32 number taken apart."""

from amaranth.hdl import Cat, Const, Module, Mux
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hbfp_hw.rtl.binary32 import SIGNIFICAND_BITS
from hbfp_hw.rtl.bits import any_bit, named, normalise, shift_right

GUARD_BITS = 3
"""Bits of the sum below the significand: guard, round and sticky bit."""
SUM_BITS = SIGNIFICAND_BITS + GUARD_BITS


class Adder(wiring.Component):
    """IEEE 754 binary32 addition; combinational.

    It rounds to nearest even, keeps subnormals, and returns the canonical NaN for every NaN.

    Operands are ordered by their exponents alone. The difference of the significands may be
    negative if the exponents are equal, or if the addend is subnormal. It is exact then, because
    only zeros were shifted out.

    Parameters:
        term: Layout of the term (:func:`~hbfp_hw.rtl.normalise.term_layout`).

    Members:
        addend: In. FP32 bit pattern.
        term: In. The other operand.
        total: Out. FP32 bit pattern of the sum.
    """

    def __init__(self, term: data.StructLayout):
        super().__init__({"addend": In(32), "term": In(term), "total": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        term, addend = self.term, self.addend
        normal = named(m, addend[23:31].any(), "normal")
        field = Cat(addend[23] | ~normal, addend[24:31])
        significand = Cat(addend[:23], normal)
        subtract = named(m, addend[31] ^ term.sign, "subtract")

        # Order by exponents, and align the second operand.
        difference = named(m, field - term.field, "difference")
        swap = named(m, difference[-1], "swap")
        padded = Cat(Const(0, SIGNIFICAND_BITS - len(term.significand)), term.significand)
        large = named(m, Mux(swap, padded, significand), "large")
        small = named(m, Mux(swap, significand, padded), "small")
        large_field = named(m, Mux(swap, term.field[:8], field), "large_field")
        flipped = difference[:-1] ^ swap.replicate(len(difference) - 1)
        distance = named(m, flipped[:5] + swap, "distance")
        far = named(m, distance[5] | any_bit(flipped[5:]), "far")
        aligned, lost = shift_right(
            m, Cat(Const(0, GUARD_BITS), small), named(m, distance[:5] | far.replicate(5), "right")
        )
        aligned = Cat(aligned[0] | lost, aligned[1:])

        # A difference without shifted-out bits may be negative. It is computed less one: if it is
        # negative, its complement is the magnitude; else the missing one is added when rounding.
        level = named(m, ~swap & (~normal | ~difference.any()), "level")
        terms = Cat(Const(0, GUARD_BITS), large) + (aligned ^ subtract.replicate(SUM_BITS))
        raw = named(m, (terms + (subtract & ~level))[: SUM_BITS + 1], "raw")
        negative = named(m, subtract & ~raw[-1], "negative")
        owed = named(m, subtract & level & raw[-1], "owed")
        complement = raw[:-1] ^ negative.replicate(SUM_BITS)
        magnitude = named(m, Cat(complement, raw[-1] & ~subtract), "magnitude")

        # Normalise as far as the exponent allows. The bits that move in represent the missing one.
        shifted, left = normalise(m, magnitude, limit=large_field, fill=owed)
        kept, rest = shifted[GUARD_BITS + 1 :], shifted[: GUARD_BITS + 1]
        up = owed | rest[-1] & (rest[:-1].any() | kept[0])
        # Adding the highest bit of a normalised significand increments the exponent.
        zero = named(m, ~Cat(kept, up).any(), "zero")
        reduced = named(m, (large_field - left)[:8] & ~zero.replicate(8), "reduced")
        rounded = named(m, kept[:-1] + up, "rounded")
        exponent = named(m, reduced + kept[-1] + rounded[-1], "exponent")

        infinite = named(m, addend[23:31].all(), "infinite")
        nan = named(
            m,
            term.nan | (infinite & (addend[:23].any() | (term.infinite & subtract))),
            "nan",
        )
        overflow = exponent[8] | exponent[:8].all()
        beyond = named(m, nan | infinite | term.infinite | overflow, "beyond")
        first = Mux(swap, term.sign, addend[31]) ^ negative
        sign = Mux(term.infinite, term.sign, first & ~(zero & subtract))
        m.d.comb += self.total.eq(
            Cat(
                rounded[:22] & ~beyond.replicate(22),
                (rounded[22] & ~beyond) | nan,
                exponent[:8] | beyond.replicate(8),
                sign & ~nan,
            )
        )
        return m
