"""Addition of FP32 and BF16 numbers, with one rounding."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Value

from hbfp_hw.rtl.baseline.parts import add, normalise, select, shift_right
from hbfp_hw.rtl.bits import any_bit, named

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
    """

    sign: Value
    significand: Value
    exponent: Value
    gap: int
    lowest: int
    zero: Value
    infinite: Value
    nan: Value


def add_rounded(m: Module, term: Term, number: Number) -> Value:
    """Return the sum of a term and a number as a pattern of the number's size, rounded once.

    It rounds to nearest even, with gradual underflow, overflow to infinity and the canonical NaN.
    """
    size = len(number.significand)
    large, small, swap = _align(m, term, number)
    width = len(large)
    subtract = named(m, term.sign ^ number.sign, "subtract")
    total = add(m, large, named(m, small ^ subtract.replicate(width), "addend"), subtract)
    # The magnitude of a negative difference is its complement plus one; the one is still owed.
    owed = named(m, subtract & ~total[-1], "owed")
    top = total[-1] & ~subtract
    magnitude = named(m, Cat(total[:-1] ^ owed.replicate(width), top), "magnitude")
    exponent = named(m, select(swap, number.exponent, term.exponent[:-1]), "exponent")
    # Ones, not zeros, move in, so that the one is owed to the new last place. At least one moves
    # in: the top bit of a difference is zero, and the exponent is never zero.
    kept, left, below, every = normalise(m, magnitude, exponent, size + 1, owed)
    some = named(m, kept.any() | below, "some")

    # The exponent here is one too low. The leading bit adds one; a subnormal without it gets 0.
    reduced = add(m, exponent, ~Cat(left, Const(0, len(exponent) - len(left))), 1)[:-1]
    carried = named(m, owed & every, "carried")  # into the bit that decides
    up = named(m, (kept[0] & (below | kept[1])) | (carried & kept[1]), "up")
    increased = add(m, kept[1:-1], Const(0, 1), up)
    rounded = add(m, reduced, kept[-1], increased[-1])[:9]
    field = named(m, rounded & some.replicate(9), "field")

    nan = term.nan | number.nan | (term.infinite & number.infinite & subtract)
    nan = named(m, nan, "nan")
    infinite = named(m, term.infinite | number.infinite, "infinite")
    beyond = named(m, nan | infinite | field[8] | field[:8].all(), "beyond")
    fraction = increased[:-1] & ~beyond.replicate(size - 1)
    finite_sign = (select(swap, number.sign, term.sign) ^ owed) & (some | ~subtract)
    infinite_sign = select(number.infinite, number.sign, term.sign)
    sign = select(infinite, infinite_sign, finite_sign) & ~nan
    return Cat(fraction[:-1], fraction[-1] | nan, field[:8] | beyond.replicate(8), sign)


def _align(m: Module, term: Term, number: Number) -> tuple[Value, Value, Value]:
    """Align the operand with the smaller exponent to the other one, without normalising either.

    Where the larger operand lacks leading bits, no relevant bit of the smaller one is lost.

    Returns:
        The larger operand in place, the smaller one shifted right, and whether the term is the
        smaller one.
    """
    size = len(number.significand)
    # Three guard bits below the lowest place that the result can have.
    guard = size - term.lowest + 2
    width = guard + len(term.significand) + term.gap
    places = (width - 1).bit_length()
    distance = add(m, term.exponent, ~Cat(number.exponent, Const(0, 2)), 1)[:10]
    smaller = distance[-1]
    # A zero term must not shift the number, as its exponent may be any.
    swap = named(m, smaller | term.zero, "swap")

    # A term to be shifted by n is placed one bit lower and shifted by n - 1, which is ~distance.
    amount = named(m, distance[:-1] ^ smaller.replicate(9), "amount")
    far = named(m, any_bit(amount[places:]), "far")
    amount = named(m, amount[:places] | far.replicate(places), "right")
    top, bottom = term.significand[-size:], term.significand[:-size]
    laid = Cat(Const(0, size - len(top)), top)
    small = select(swap, laid, Cat(Const(0, 1 + term.gap), number.significand))
    aligned, lost = shift_right(m, named(m, small, "small"), amount, width)
    sticky = lost | (swap & any_bit(bottom))
    in_place = Cat(Const(0, width - size), number.significand)
    large = select(swap, in_place, Cat(Const(0, guard), term.significand))
    return named(m, large, "large"), Cat(aligned[0] | sticky, aligned[1:]), swap
