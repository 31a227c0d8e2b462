"""Rounding modes, and the number format: one object for golden model, hardware and cycle model."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, Never

import numpy as np
from amaranth.hdl import ShapeCastable, ValueCastable, signed
from amaranth.lib import data
from numpy.typing import ArrayLike, NDArray

from hbfp_hw.helpers.packed_array import PackedArray

FP32_NAN = 0x7FC00000
"""The canonical quiet NaN: the only NaN that any unit returns."""

RANDOM_BITS = 8
"""Default number of random bits of stochastic rounding; FAST (HPCA 2022) found 8 enough."""


class Rounding(IntEnum):
    """Rounding mode of a conversion to mantissas; the value is its code in hardware."""

    NEAREST = 0
    """To nearest, ties to even."""
    STOCHASTIC = 1
    """Add uniform random bits below the last mantissa bit, then drop them."""
    TRUNCATE = 2
    """Toward zero."""


def unknown_rounding(rounding: Never) -> ValueError:
    """Return the error for a rounding mode that the caller does not implement.

    The last case of every ``match`` over the modes raises it. mypy then reports a mode that has no
    case, and at run time such a mode is an error instead of being computed as another one.
    """
    return ValueError(f"Rounding must be nearest, stochastic or truncate, not {rounding!r}")


def rounding_code(rounding: Rounding) -> int:
    """Return the code of a rounding mode in payloads, descriptors and registers.

    Raises:
        ValueError: The hardware does not implement the mode.
    """
    match rounding:
        case Rounding.NEAREST | Rounding.STOCHASTIC | Rounding.TRUNCATE:
            return rounding.value
        case _:
            raise unknown_rounding(rounding)


def rounding_mode(rounding: Rounding | int) -> Rounding:
    """Return the rounding mode with this code.

    Raises:
        TypeError: The code is not an integer.
        ValueError: There is no mode with this code.
    """
    if isinstance(rounding, bool) or not isinstance(rounding, int | np.integer):
        raise TypeError(f"Rounding must be a Rounding, not {rounding!r}")
    check_integer("Rounding", rounding, min(Rounding), max(Rounding))
    return Rounding(rounding)


class Block(NamedTuple):
    """One block in software: the shared exponent and the integer mantissa of each lane."""

    exponent: int
    mantissas: tuple[int, ...]


def check_integer(thing: str, value: object, low: int, high: int) -> None:
    """Raise unless ``value`` is an integer in ``low`` … ``high``.

    Raises:
        TypeError: It is not an integer.
        ValueError: It is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{thing} must be an integer, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{thing} must be {low} to {high}, not {value!r}")


@dataclass(frozen=True)
class HBFPFormat(ShapeCastable):
    """Number format Hybrid Block Floating Point: ``block_size`` values share one exponent.

    A value is ``q * 2**(E - (m - 1))`` with m mantissa bits, the shared exponent E in two's
    complement, and the integer mantissa q in the symmetric range -(2**(m-1) - 1) … 2**(m-1) - 1.
    The lowest exponent is reserved: it marks a *NaN block*, whose mantissas are all 0.

    The format is also an Amaranth shape. In hardware a block is a packed word with lane 0 in the
    lowest bits and the exponent in the highest; ``Signal(fmt)`` gives a view with the fields
    ``mantissas`` and ``exponent``.

    Source: the HBFP paper (arXiv 1804.01526) and Accuracy Boosters (arXiv 2211.10737).

    Parameters:
        mantissa_bits: Bits of a mantissa, including the sign, 2 to 16.
        block_size: Values that share an exponent, 1 to 1024; not only powers of 2.
        exponent_bits: Bits of the shared exponent, 5 to 12.

    Raises:
        TypeError: A parameter is not an integer.
        ValueError: A parameter is out of range.
    """

    mantissa_bits: int
    block_size: int
    exponent_bits: int = 10

    def __post_init__(self) -> None:
        for thing, name, low, high in (
            ("Mantissa width", "mantissa_bits", 2, 16),
            ("Block size", "block_size", 1, 1024),
            ("Exponent width", "exponent_bits", 5, 12),
        ):
            check_integer(thing, getattr(self, name), low, high)
            # As int: a small NumPy integer would overflow in the properties.
            object.__setattr__(self, name, int(getattr(self, name)))

    @property
    def fraction_bits(self) -> int:
        """Mantissa bits without the sign: a value is a multiple of 2**(E - fraction_bits)."""
        return self.mantissa_bits - 1

    @property
    def max_mantissa(self) -> int:
        """Largest magnitude of a mantissa."""
        return (1 << self.fraction_bits) - 1

    @property
    def max_exponent(self) -> int:
        """Largest shared exponent."""
        return (1 << (self.exponent_bits - 1)) - 1

    @property
    def min_exponent(self) -> int:
        """Smallest shared exponent of a block that is not a NaN block."""
        return -self.max_exponent

    @property
    def nan_exponent(self) -> int:
        """Reserved shared exponent, which marks a NaN block."""
        return -self.max_exponent - 1

    @property
    def bits(self) -> int:
        """Bits of a whole block: mantissas and exponent."""
        return self.mantissa_bits * self.block_size + self.exponent_bits

    @property
    def mantissa_dtype(self) -> type[np.signedinteger[Any]]:
        """Smallest NumPy type that holds a mantissa."""
        return np.int8 if self.mantissa_bits <= 8 else np.int16

    def dequantise(self, mantissas: ArrayLike, exponents: ArrayLike) -> NDArray[np.float64]:
        """Return the exact values of blocks, float64, shape (..., block_size); NaN blocks give NaN.

        Parameters:
            mantissas: Integers, shape (..., block_size).
            exponents: Shared exponents, shape (...).
        """
        q = np.asarray(mantissas, dtype=np.float64)
        exponent = np.asarray(exponents, dtype=np.int32)[..., np.newaxis]
        values = np.ldexp(q, exponent - self.fraction_bits)
        return np.where(exponent == self.nan_exponent, np.nan, values)

    def to_bits(self, block: Block) -> int:
        """Return the packed word of one block.

        Raises:
            TypeError: The exponent or a mantissa is not an integer.
            ValueError: The block has another size, or a number is out of range.
        """
        check_integer("Shared exponent", block.exponent, self.nan_exponent, self.max_exponent)
        if len(block.mantissas) != self.block_size:
            raise ValueError(
                f"Block must be {self.block_size} mantissas, not {len(block.mantissas)!r}"
            )
        word = int(block.exponent) & ((1 << self.exponent_bits) - 1)
        for mantissa in reversed(block.mantissas):
            check_integer("Mantissa", mantissa, -self.max_mantissa, self.max_mantissa)
            word = word << self.mantissa_bits | int(mantissa) & ((1 << self.mantissa_bits) - 1)
        return word

    def from_bits(self, raw: int) -> Block:
        """Return the block in a packed word, the inverse of :meth:`to_bits`; ignore higher bits."""
        mantissas = tuple(
            _signed(raw >> (lane * self.mantissa_bits), self.mantissa_bits)
            for lane in range(self.block_size)
        )
        exponent = _signed(raw >> (self.block_size * self.mantissa_bits), self.exponent_bits)
        return Block(exponent, mantissas)

    # The methods that Amaranth's ShapeCastable demands.

    def as_shape(self) -> data.StructLayout:
        """Return the layout of the packed word."""
        return data.StructLayout(
            {
                "mantissas": PackedArray(signed(self.mantissa_bits), self.block_size),
                "exponent": signed(self.exponent_bits),
            }
        )

    def __call__(self, target: Any) -> data.View:
        """Return a view of a hardware value as a block."""
        return data.View(self, target)

    def const(self, init: Block | Mapping[int | str, Any] | None) -> data.Const:
        """Return a hardware constant; None is the zero word."""
        if isinstance(init, Block):
            init = {"mantissas": init.mantissas, "exponent": init.exponent}
        return self.as_shape().const(init)

    def format(self, value: ValueCastable, format_spec: str) -> Any:
        """Return the format with which a simulator prints a block: that of its layout."""
        return self.as_shape().format(data.View(self.as_shape(), value.as_value()), format_spec)


def _signed(raw: int, width: int) -> int:
    low = raw & ((1 << width) - 1)
    return low - (1 << width) if low >> (width - 1) else low
