"""Which corner case a rounding, a sum or a multiply-add of binary floating point is.

In Python's integers, from the patterns of the operands alone: nothing here is shared with the
golden model or with the stimulus. FP32 has a precision of 24 bits, BF16 of 8.
"""

from typing import NamedTuple

BIAS = 127
GAP = 24
"""Distance of two exponents from which on one operand decides no more than the rounding."""


class Exact(NamedTuple):
    """``integer * 2**exponent``."""

    integer: int
    exponent: int

    @property
    def top(self) -> int:
        """The magnitude is below 2**top, and not below half of it."""
        return self.integer.bit_length() + self.exponent

    def plus(self, other: "Exact") -> "Exact":
        """The exact sum."""
        low = min(self.exponent, other.exponent)
        return Exact(
            (self.integer << self.exponent - low) + (other.integer << other.exponent - low), low
        )


def special(pattern: int, precision: int) -> str | None:
    """``nan``, ``inf``, or None of a number."""
    if pattern >> (precision - 1) & 255 != 255:
        return None
    return "nan" if pattern & (1 << (precision - 1)) - 1 else "inf"


def decode(pattern: int, precision: int) -> Exact:
    """What the pattern of a number means."""
    fraction_bits = precision - 1
    field = pattern >> fraction_bits & 255
    integer = pattern & (1 << fraction_bits) - 1
    if field:
        integer |= 1 << fraction_bits
    negative = pattern >> (fraction_bits + 8) & 1
    return Exact(-integer if negative else integer, max(field, 1) - BIAS - fraction_bits)


def is_lone(kept: int, over: int) -> bool:
    """Whether a single bit decides: of what an even number rounds up that is so much over half."""
    return kept & 1 == 0 and over.bit_count() == 1 and over > 0


def rounding(value: Exact, precision: int = 24) -> set[str]:
    """Classes of rounding an exact number to the nearest, ties to even."""
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
    """Classes of the sum of two patterns."""
    kinds = {special(a, precision), special(b, precision)}
    if "nan" in kinds:
        return {"nan"}
    if kinds == {"inf"}:
        return {"inf_minus_inf"} if a != b else {"inf"}
    if "inf" in kinds:
        return {"inf"}
    return _exact_addition(decode(a, precision), decode(b, precision), precision)


def multiply_add(a: int, b: int, c: int, factor: int, precision: int) -> set[str]:
    """Classes of ``a * b + c``, rounded once; ``factor`` is the precision of both factors."""
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
