"""Classifiers of block conversions and of block dot products."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.sim.coverage.numbers import decode, is_lone, special


def conversion(
    patterns: Sequence[int], mantissa_bits: int, exponent_bits: int, rounding: str
) -> set[str]:
    """Return the classes of the conversion of one block.

    Parameters:
        patterns: FP32 patterns of the block.
        mantissa_bits, exponent_bits: Format of the result.
        rounding: ``nearest``, ``stochastic`` or ``truncate``.
    """
    kinds = {special(pattern, 24) for pattern in patterns}
    if kinds != {None}:
        return {"nan"} if "nan" in kinds else {"inf"}
    names = {rounding}
    magnitudes = [pattern & 0x7FFFFFFF for pattern in patterns]
    names |= {"zero"} if not any(magnitudes) else set()
    names |= {"negative_zero"} if 1 << 31 in patterns else set()
    names |= {"subnormal"} if any(0 < magnitude < 1 << 23 for magnitude in magnitudes) else set()
    limit = (1 << (exponent_bits - 1)) - 1
    exponent = max(max(magnitudes) >> 23, 1) - 126
    names |= {"clamp_high"} if exponent > limit else set()
    names |= {"clamp_low"} if exponent < -limit else set()
    place = max(-limit, min(exponent, limit)) - (mantissa_bits - 1)
    for magnitude in magnitudes:
        exact = decode(magnitude, 24)
        names |= _lane(
            exact.integer, exact.exponent, place, (1 << (mantissa_bits - 1)) - 1, rounding
        )
    return names


def _lane(integer: int, exponent: int, place: int, largest: int, rounding: str) -> set[str]:
    """Return the classes of one lane: a magnitude ``integer * 2**exponent``.

    Parameters:
        integer, exponent: The magnitude.
        place: Exponent of the mantissa's last bit.
        largest: Largest mantissa.
        rounding: Rounding mode.
    """
    drop = place - exponent
    if integer == 0:
        return set()
    if drop <= 0:
        return {"saturating"} if integer << -drop > largest else set()
    kept, rest = integer >> drop, integer & (1 << drop) - 1
    half = 1 << (drop - 1)
    names = {"vanish"} if kept == 0 else set()
    if rest == half:
        names.add("tie")
    if rounding == "nearest" and is_lone(kept, rest - half):
        names.add("lone_bit")
    up = rounding == "nearest" and (rest > half or (rest == half and kept & 1 == 1))
    if kept + up > largest:
        names.add("saturating")
    return names


def dot_products(
    a: NDArray[np.int64], b: NDArray[np.int64], largest: int, nan: Iterable[bool]
) -> list[set[str]]:
    """Return the classes of each block dot product.

    Parameters:
        a, b: Mantissas, shape (products, N).
        largest: Largest magnitude of a product of two mantissas.
        nan: For each pair, whether it has a NaN block.
    """
    products = a * b
    found = []
    for lanes, is_nan in zip(products.tolist(), nan, strict=True):
        total = sum(lanes)
        names = set()
        if is_nan:
            names.add("nan")
        elif total == 0:
            names.add("cancel_to_zero" if any(lanes) else "zero")
        if abs(total) == largest * len(lanes):
            names.add("largest")
        found.append(names)
    return found
