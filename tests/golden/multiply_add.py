"""A slow multiply-add of IEEE numbers with 8-bit exponents, in Python integers and fractions."""

from fractions import Fraction

from tests.oracle import power


def decode(pattern: int, bits: int) -> Fraction | None:
    """Return the exact value of a pattern of 16 or 32 bits; None for infinities and NaNs."""
    fraction_bits = bits - 9
    field, fraction = pattern >> fraction_bits & 255, pattern & (1 << fraction_bits) - 1
    if field == 255:
        return None
    magnitude = fraction + (1 << fraction_bits) * (field > 0)
    value = magnitude * power(max(field, 1) - 127 - fraction_bits)
    return -value if pattern >> (bits - 1) else value


def multiply_add(a: int, b: int, c: int, factor_bits: int, bits: int) -> int:
    """Return ``a * b + c`` as a pattern, rounded once to nearest even, NaNs canonical.

    Parameters:
        a, b: Patterns of ``factor_bits`` bits.
        c: Pattern of ``bits`` bits, as the result.
    """
    top = bits - 9
    infinity, nan = 255 << top, 511 << (top - 1)
    sign_a, sign_b = (pattern >> (factor_bits - 1) for pattern in (a, b))
    product_sign, sign = sign_a ^ sign_b, c >> (bits - 1)
    x, y, z = decode(a, factor_bits), decode(b, factor_bits), decode(c, bits)
    if _is_nan(a, factor_bits) or _is_nan(b, factor_bits) or _is_nan(c, bits):
        return nan
    if x is None or y is None:
        if 0 in (x, y) or (z is None and sign != product_sign):
            return nan
        return product_sign << (bits - 1) | infinity
    if z is None:
        return c
    total = x * y + z
    if total == 0:
        # A sum of zeros keeps their common sign; zeros of both signs give +0.
        minus = x * y == 0 and sign == product_sign == 1
        return int(minus) << (bits - 1)
    return int(total < 0) << (bits - 1) | _encode(abs(total), top)


def _is_nan(pattern: int, bits: int) -> bool:
    magnitude = pattern & (1 << (bits - 1)) - 1
    return magnitude > 255 << (bits - 9)


def _encode(value: Fraction, fraction_bits: int) -> int:
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    exponent -= value < power(exponent)
    exponent = max(exponent, -126)
    units = round(value / power(exponent - fraction_bits))  # a Fraction rounds ties to even
    # The leading bit of a normal number, and a carry out of the fraction, add 1 to the exponent.
    return min((exponent + 126 << fraction_bits) + units, 255 << fraction_bits)
