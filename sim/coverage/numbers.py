"""Classifiers of rounding, addition and multiply-add in binary floating point.

They use Python integers and share no code with the golden model or the stimulus. The precision,
leading bit included, is 24 bits for FP32 and 8 for BF16.
"""

from typing import NamedTuple

BIAS = 127
GAP = 24
"""Distance of exponents beyond which the smaller operand only affects the rounding."""


class Exact(NamedTuple):
    """Exact number ``integer * 2**exponent``."""

    integer: int
    exponent: int

    @property
    def top(self) -> int:
        """Exponent of the smallest power of two above the magnitude."""
        return self.integer.bit_length() + self.exponent

    def plus(self, other: "Exact") -> "Exact":
        """Return the exact sum."""
        low = min(self.exponent, other.exponent)
        return Exact(
            (self.integer << self.exponent - low) + (other.integer << other.exponent - low), low
        )


def special(pattern: int, precision: int) -> str | None:
    """Return ``nan`` or ``inf`` for the pattern of a NaN or an infinity, else None."""
    if pattern >> (precision - 1) & 255 != 255:
        return None
    return "nan" if pattern & (1 << (precision - 1)) - 1 else "inf"


def decode(pattern: int, precision: int) -> Exact:
    """Return the exact value of a finite pattern."""
    fraction_bits = precision - 1
    field = pattern >> fraction_bits & 255
    integer = pattern & (1 << fraction_bits) - 1
    if field:
        integer |= 1 << fraction_bits
    negative = pattern >> (fraction_bits + 8) & 1
    return Exact(-integer if negative else integer, max(field, 1) - BIAS - fraction_bits)


def is_lone(kept: int, over: int) -> bool:
    """Return whether a single bit decides that a number rounds up.

    Parameters:
        kept: Bits that stay; if this integer is even, a tie rounds down.
        over: Dropped bits minus half of the last kept place.
    """
    return kept & 1 == 0 and over.bit_count() == 1 and over > 0


def rounding(value: Exact, precision: int = 24) -> set[str]:
    """Return the classes of rounding an exact number to nearest, ties to even."""
    if value.integer == 0:
        return {"zero"}
    lowest = 1 - BIAS - (precision - 1)
    place = max(value.top - precision, lowest)
    drop = place - value.exponent
    magnitude = abs(value.integer)
    if drop <= 0:
        kept, rest, half = magnitude << -drop, 0, 1
    else:
        kept = magnitude >> drop
        rest, half = magnitude - (kept << drop), 1 << (drop - 1)
    up = rest > half or (drop > 0 and rest == half and kept & 1 == 1)
    rounded = kept + up
    names = set()
    if rest == 0:
        names.add("exact")
    elif rest == half:
        names.add("tie")
    elif abs(rest - half) == 1:
        names.add("near_tie")
    if is_lone(kept, rest - half):
        names.add("lone_bit")
    if kept and rounded.bit_length() > kept.bit_length():
        names.add("carry_out")
    if rounded == 0:
        names.add("underflow")
    elif rounded < 1 << (precision - 1):
        names.add("subnormal")
    elif kept < 1 << (precision - 1):
        names.add("to_normal")
    if rounded.bit_length() + place > BIAS + 1:
        names.add("overflow")
    return names


def addition(a: int, b: int, precision: int = 24) -> set[str]:
    """Return the classes of the sum of two patterns."""
    kinds = {special(a, precision), special(b, precision)}
    if "nan" in kinds:
        return {"nan"}
    if kinds == {"inf"}:
        return {"inf_minus_inf"} if a != b else {"inf"}
    if "inf" in kinds:
        return {"inf"}
    return _exact_addition(decode(a, precision), decode(b, precision), precision)


def multiply_add(a: int, b: int, c: int, factor: int, precision: int) -> set[str]:
    """Return the classes of ``a * b + c``, rounded once.

    Parameters:
        a, b, c: Patterns.
        factor: Precision of both factors.
        precision: Precision of addend and result.
    """
    kinds = [special(a, factor), special(b, factor)]
    if "nan" in kinds or special(c, precision) == "nan":
        return {"nan"}
    if "inf" in kinds:
        zero = any(
            kind is None and decode(pattern, factor).integer == 0
            for kind, pattern in zip(kinds, (a, b), strict=True)
        )
        return {"inf_times_zero"} if zero else {"inf"}
    if special(c, precision) == "inf":
        return {"inf"}
    x, y = decode(a, factor), decode(b, factor)
    product = Exact(x.integer * y.integer, x.exponent + y.exponent)
    return _exact_addition(product, decode(c, precision), precision)


def _exact_addition(x: Exact, y: Exact, precision: int) -> set[str]:
    total = x.plus(y)
    if total.integer == 0:
        return {"cancel_to_zero"} if x.integer else {"zero"}
    names = rounding(total, precision)
    if x.integer and y.integer:
        if (x.integer < 0) != (y.integer < 0) and total.top < max(x.top, y.top) - 1:
            names.add("cancel")
        if abs(x.top - y.top) > GAP:
            names.add("gap_over_24")
    return names
