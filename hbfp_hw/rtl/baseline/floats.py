"""Addition of FP32 and BF16 numbers, with one rounding."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.rtl.baseline.parts import add, fast_add, normalise, select, shift_right
from hbfp_hw.rtl.bits import any_bit, named
from hbfp_hw.rtl.ranks import Ranks

EXPONENT_BITS = 8


class Number:
    """Fields of a number.

    Members:
        sign: The sign.
        significand: Fraction with the leading bit, which is 0 in a subnormal.
        exponent: Biased exponent; 1 for a subnormal or zero.
        zero, infinite, nan: Kind of number.
    """

    def __init__(self, m: Module, pattern: Value):
        fraction, field = pattern[: -EXPONENT_BITS - 1], pattern[-EXPONENT_BITS - 1 : -1]
        normal = named(m, field.any(), "normal")
        highest = named(m, field.all(), "highest")
        some = named(m, fraction.any(), "some")
        self.sign = pattern[-1]
        self.exponent = Cat(field[0] | ~normal, field[1:])
        self.significand = Cat(fraction, normal)
        self.zero = named(m, ~normal & ~some, "zero")
        self.infinite = named(m, highest & ~some, "infinite")
        self.nan = named(m, highest & some, "nan")


@dataclass(frozen=True)
class Term:
    """Summand that is added to a number: an exact product, or another number.

    Members:
        sign, significand: Sign and magnitude.
        exponent: Biased exponent of the place ``gap`` bits above the top bit; signed, 10 bits.
        gap: 1 for a product, which has two bits before the point; 0 for a number.
        lowest: Lowest index of the leading one in the significand of a term that can exceed a
            number with a smaller exponent.
        zero, infinite, nan: Kind of term. A zero may have any exponent.
        distance: The exponent less that of the number, signed, if it is known earlier than by a
            subtraction.

    With ranks, the significand is behind cut point 1, and all else before it.
    """

    sign: Value
    significand: Value
    exponent: Value
    gap: int
    lowest: int
    zero: Value
    infinite: Value
    nan: Value
    distance: Value | None = None


def add_rounded(m: Module, term: Term, number: Number, ranks: Ranks) -> Value:
    """Return the sum of a term and a number as a pattern of the number's size, rounded once.

    It rounds to nearest even, with gradual underflow, overflow to infinity and the canonical NaN.
    Cut point 2 lies before the alignment, 3 before the addition, 4 before the complement, 5 before
    the normalisation, 6 between its count of zeros and its shift, and 7 before the rounding.
    """
    size = len(number.significand)
    plus = fast_add if ranks else add
    large, small, swap = _align(m, term, number, ranks)
    width = len(large)
    subtract = named(m, term.sign ^ number.sign, "subtract")
    minus = ranks.carry(subtract, 1, 2)
    addend = named(m, small ^ minus.replicate(width), "addend")
    large, minus = ranks.carry(large, 3, 3), ranks.carry(minus, 3, 3)
    total = ranks.carry(plus(m, large, ranks.carry(addend, 3, 3), minus), 4, 4)
    minus = ranks.carry(minus, 4, 4)
    # The magnitude of a negative difference is its complement plus one; the one is still owed.
    owed: Value = named(m, minus & ~total[-1], "owed")
    top = total[-1] & ~minus
    magnitude: Value = named(m, Cat(total[:-1] ^ owed.replicate(width), top), "magnitude")
    owed, magnitude = ranks.carry(owed, 5, 5), ranks.carry(magnitude, 5, 5)
    exponent: Value = named(m, select(swap, number.exponent, term.exponent[:-1]), "exponent")
    exponent = ranks.carry(exponent, 1, 5)
    # Ones, not zeros, move in, so that the one is owed to the new last place. At least one moves
    # in: the top bit of a difference is zero, and the exponent is never zero.
    kept, left, below, every = normalise(m, magnitude, exponent, size + 1, owed, ranks)
    kept, below = ranks.carry(kept, 7, 7), ranks.carry(below, 7, 7)
    some: Value
    if ranks:  # a one is never shifted out, so it is found before the shift
        some = ranks.carry(named(m, magnitude.any() | owed, "some"), 6, 7)
    else:
        some = named(m, kept.any() | below, "some")

    exponent, owed = ranks.carry(exponent, 6, 6), ranks.carry(owed, 6, 6)
    # The exponent here is one too low. The leading bit adds one; a subnormal without it gets 0.
    reduced = plus(m, exponent, ~Cat(left, Const(0, len(exponent) - len(left))), 1)[:-1]
    reduced = ranks.carry(reduced, 7, 7)
    carried: Value = named(m, owed & every, "carried")  # into the bit that decides
    carried = ranks.carry(carried, 7, 7)
    up = named(m, (kept[0] & (below | kept[1])) | (carried & kept[1]), "up")
    increased = plus(m, kept[1:-1], Const(0, 1), up)
    if ranks:
        # Both exponents are ready when the carry comes. With the carry the fraction is zero, so an
        # exponent that overflows only then needs no more than its own bits.
        usual, raised = (plus(m, reduced, kept[-1], carry)[:9] for carry in (0, 1))
        rounded = select(increased[-1], raised, usual)
    else:
        usual = rounded = plus(m, reduced, kept[-1], increased[-1])[:9]
    field = named(m, rounded & some.replicate(9), "field")
    decisive = usual & some.replicate(9) if ranks else field

    nan = term.nan | number.nan | (term.infinite & number.infinite & subtract)
    nan = ranks.carry(named(m, nan, "nan"), 1, 7)
    infinite: Value = named(m, term.infinite | number.infinite, "infinite")
    infinite = ranks.carry(infinite, 1, 7)
    beyond = named(m, nan | infinite | decisive[8] | decisive[:8].all(), "beyond")
    fraction = increased[:-1] & ~beyond.replicate(size - 1)
    first_sign = ranks.carry(select(swap, number.sign, term.sign), 1, 6)
    finite_sign = ranks.carry(first_sign ^ owed, 7, 7) & (some | ~ranks.carry(minus, 5, 7))
    infinite_sign = ranks.carry(select(number.infinite, number.sign, term.sign), 1, 7)
    sign = select(infinite, infinite_sign, finite_sign) & ~nan
    return Cat(fraction[:-1], fraction[-1] | nan, field[:8] | beyond.replicate(8), sign)


def _align(m: Module, term: Term, number: Number, ranks: Ranks) -> tuple[Value, Value, Value]:
    """Align the operand with the smaller exponent to the other one, without normalising either.

    Where the larger operand lacks leading bits, no relevant bit of the smaller one is lost.

    Returns:
        The larger operand in place and the smaller one shifted right, both behind cut point 2, and
        whether the term is the smaller one, before it.
    """
    size = len(number.significand)
    # Three guard bits below the lowest place that the result can have.
    guard = size - term.lowest + 2
    width = guard + len(term.significand) + term.gap
    places = (width - 1).bit_length()
    distance = term.distance
    if distance is None:
        distance = add(m, term.exponent, ~Cat(number.exponent, Const(0, 2)), 1)[:10]
    smaller = distance[-1]
    # A zero term must not shift the number, as its exponent may be any.
    swap = named(m, smaller | term.zero, "swap")

    # A term to be shifted by n is placed one bit lower and shifted by n - 1, which is ~distance.
    amount: Value = named(m, distance[:-1] ^ smaller.replicate(9), "amount")
    far = named(m, any_bit(amount[places:]), "far")
    amount = named(m, amount[:places] | far.replicate(places), "right")
    amount, late_swap = ranks.carry(amount, 1, 2), ranks.carry(swap, 1, 2)
    product, addend = ranks.carry(term.significand, 2, 2), ranks.carry(number.significand, 1, 2)
    top, bottom = product[-size:], product[:-size]
    laid = Cat(Const(0, size - len(top)), top)
    small = select(late_swap, laid, Cat(Const(0, 1 + term.gap), addend))
    aligned, lost = shift_right(m, named(m, small, "small"), amount, width)
    sticky = lost | (late_swap & any_bit(bottom))
    in_place = Cat(Const(0, width - size), addend)
    large = select(late_swap, in_place, Cat(Const(0, guard), product))
    return named(m, large, "large"), Cat(aligned[0] | sticky, aligned[1:]), swap
