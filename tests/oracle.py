"""A slow and obvious reference of the arithmetic, in Python integers and fractions only.

It shares no code with the package. Binary32 numbers are their 32-bit patterns, vectors are lists,
and every rounding starts from an exact :class:`~fractions.Fraction`.
"""

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

NAN = 0x7FC00000
"""The canonical NaN."""

INF = 0x7F800000
SIGN = 0x80000000
MASK = 0xFFFFFFFF


@lru_cache(maxsize=1 << 12)
def power(exponent: int) -> Fraction:
    """Return the exact power of two."""
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


# binary32


def is_nan(bits: int) -> bool:
    return bits & ~SIGN > INF


def is_inf(bits: int) -> bool:
    return bits & ~SIGN == INF


@lru_cache(maxsize=1 << 17)
def decode(bits: int) -> Fraction:
    """Return the exact value of a finite binary32."""
    field, fraction = bits >> 23 & 0xFF, bits & 0x7FFFFF
    assert field != 255, "only finite numbers have a value"
    if field == 0:
        magnitude = fraction * power(-149)
    else:
        magnitude = (fraction + 0x800000) * power(field - 150)
    return -magnitude if bits & SIGN else magnitude


def encode(value: Fraction) -> int:
    """Return the nearest binary32, ties to even; 0 gives +0, underflow to zero keeps the sign."""
    sign = SIGN if value < 0 else 0
    magnitude = abs(value)
    if magnitude == 0:
        return 0
    # Such that 2**exponent <= magnitude < 2**(exponent + 1), or the exponent of subnormals.
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < power(exponent):
        exponent -= 1
    exponent = max(exponent, -126)
    count = round(magnitude / power(exponent - 23))  # a Fraction rounds ties to even
    if count == 1 << 24:
        exponent, count = exponent + 1, 1 << 23
    if exponent > 127:
        return sign | INF
    if count < 1 << 23:
        return sign | count
    return sign | (exponent + 127) << 23 | (count - 0x800000)


def add(a: int, b: int) -> int:
    """Return the IEEE 754 binary32 sum; every NaN is the canonical NaN."""
    if is_nan(a) or is_nan(b):
        return NAN
    if is_inf(a) or is_inf(b):
        if is_inf(a) and is_inf(b) and a != b:
            return NAN
        return a if is_inf(a) else b
    if a == b == SIGN:
        return SIGN
    return encode(decode(a) + decode(b))


# Random numbers. Words are lists of bits, lowest first.


def _bits(number: int, width: int = 32) -> list[int]:
    return [number >> place & 1 for place in range(width)]


def _number(bits: list[int]) -> int:
    return sum(bit << place for place, bit in enumerate(bits))


def _sum(a: list[int], b: list[int]) -> list[int]:
    carry, total = 0, []
    for p, q in zip(a, b, strict=True):
        total.append(p ^ q ^ carry)
        carry = int(p + q + carry >= 2)
    return total


def _xor(a: list[int], b: list[int]) -> list[int]:
    return [p ^ q for p, q in zip(a, b, strict=True)]


@lru_cache(maxsize=1 << 12)
def random_stream(seed: int, step: int, length: int) -> tuple[int, ...]:
    """Return the first ``length`` bits of the generator for one block."""
    x, y = _bits(seed), _bits(step)
    for number in range(1, 9):
        turned_right = x[8:] + x[:8]
        turned_left = y[-3:] + y[:-3]
        x = _xor(_sum(turned_right, y), _bits(number * 0x9E3779B9 & MASK))
        y = _xor(turned_left, x)
    stream = y + x
    while len(stream) < length:
        stream.append(stream[-32] ^ stream[-63])
    return tuple(stream[:length])


def random_integers(seed: int, step: int, lanes: int, bits: int) -> list[int]:
    """Return one random integer of ``bits`` bits for each lane of a block."""
    stream = random_stream(seed, step, lanes * bits)
    return [_number(list(stream[i * bits : (i + 1) * bits])) for i in range(lanes)]


# Blocks: pairs of a shared exponent and a list of mantissas.


Block = tuple[int, list[int]]


class Formats(NamedTuple):
    """Formats of the two operands of a product."""

    mantissa_bits_x: int
    mantissa_bits_w: int
    block_size: int
    exponent_bits: int


class Conversion(NamedTuple):
    """Conversion to blocks: rounding mode by its name, seed and random bits."""

    rounding: str = "nearest"
    seed: int = 0
    random_bits: int = 8


def nan_exponent(exponent_bits: int) -> int:
    return -(2 ** (exponent_bits - 1))


def convert(
    values: list[int],
    mantissa_bits: int,
    exponent_bits: int,
    rounding: str = "nearest",
    noise: list[int] | None = None,
    random_bits: int = 8,
) -> Block:
    """Convert binary32 patterns to one block; ``noise`` holds a random integer for each lane."""
    if any(is_nan(value) or is_inf(value) for value in values):
        return nan_exponent(exponent_bits), [0] * len(values)
    highest = 2 ** (exponent_bits - 1) - 1
    exponent = max(max(value >> 23 & 0xFF, 1) for value in values) - 126
    exponent = max(-highest, min(highest, exponent))
    last_place = power(exponent - (mantissa_bits - 1))
    mantissas = []
    for lane, value in enumerate(values):
        exact = decode(value & ~SIGN) / last_place
        if rounding == "nearest":
            magnitude = round(exact)
        elif rounding == "truncate":
            magnitude = int(exact)
        else:
            assert noise is not None
            magnitude = (int(exact * 2**random_bits) + noise[lane]) // 2**random_bits
        magnitude = min(magnitude, 2 ** (mantissa_bits - 1) - 1)
        mantissas.append(-magnitude if value & SIGN else magnitude)
    return exponent, mantissas


def dot(
    a: Block,
    b: Block,
    mantissa_bits_a: int,
    mantissa_bits_b: int,
    exponent_bits: int,
) -> int:
    """Return the dot product of two blocks, rounded once to binary32."""
    if nan_exponent(exponent_bits) in (a[0], b[0]):
        return NAN
    total = sum(p * q for p, q in zip(a[1], b[1], strict=True))
    return encode(total * power(a[0] + b[0] - (mantissa_bits_a - 1) - (mantissa_bits_b - 1)))


def accumulate(terms: list[int], start: int = 0) -> int:
    """Add binary32 numbers to ``start``, one after the other."""
    total = NAN if is_nan(start) else start
    for term in terms:
        total = add(total, term)
    return total


def gemm(
    x: list[list[int]],
    w: list[list[int]],
    c: list[list[int]] | None,
    formats: Formats,
    conversion: Conversion,
) -> list[list[int]]:
    """Return Y = C + X·W on binary32 patterns."""
    size, exponent_bits = formats.block_size, formats.exponent_bits
    rounding, seed, random_bits = conversion

    def blocks(vector: list[int], width: int, line: int, seed: int) -> list[Block]:
        vector = vector + [0] * (-len(vector) % size)
        parts = [vector[i : i + size] for i in range(0, len(vector), size)]
        converted = []
        for number, part in enumerate(parts):
            noise = None
            if rounding == "stochastic":
                noise = random_integers(seed, line * len(parts) + number, size, random_bits)
            converted.append(convert(part, width, exponent_bits, rounding, noise, random_bits))
        return converted

    widths = formats.mantissa_bits_x, formats.mantissa_bits_w
    columns = [[row[j] for row in w] for j in range(len(w[0]))]
    left = [blocks(row, widths[0], i, seed) for i, row in enumerate(x)]
    right = [blocks(column, widths[1], j, seed ^ MASK) for j, column in enumerate(columns)]
    return [
        [
            accumulate(
                [dot(p, q, *widths, exponent_bits) for p, q in zip(row, column, strict=True)],
                0 if c is None else c[i][j],
            )
            for j, column in enumerate(right)
        ]
        for i, row in enumerate(left)
    ]
