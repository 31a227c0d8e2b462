"""The number format: one object for the golden model, the hardware and the cycle model."""

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
"""Default count of random bits of stochastic rounding; FAST (HPCA 2022) found 8 enough."""


class Rounding(IntEnum):
    """How FP32 values become mantissas; the value is the code that the hardware takes."""

    NEAREST = 0
    """To nearest, ties to even."""
    STOCHASTIC = 1
    """Add uniform random bits below the last mantissa bit, then drop them."""
    TRUNCATE = 2
    """Toward zero."""


def unknown_rounding(rounding: Never) -> ValueError:
    """Make the error of a rounding mode that the caller does not implement.

    The last case of every ``match`` over the modes raises it: mypy reports a mode that has no case,
    and one that gets there all the same is an error instead of being computed as another one.
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


class Block(NamedTuple):
    """One block as software sees it: a shared exponent and one integer mantissa per element."""

    exponent: int
    mantissas: tuple[int, ...]


def check_integer(thing: str, value: object, low: int, high: int) -> None:
    """Raise unless ``value`` is an integer in ``low`` … ``high``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{thing} must be an integer, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{thing} must be {low} to {high}, not {value!r}")


@dataclass(frozen=True)
class HBFPFormat(ShapeCastable):
    """Hybrid block floating point: ``block_size`` elements share one two's-complement exponent.

    An element's value is ``q * 2**(E - (mantissa_bits - 1))`` with the shared exponent E and the
    integer mantissa q in the symmetric range -(2**(m-1) - 1) … 2**(m-1) - 1. The lowest exponent
    code is reserved: it marks a *NaN block*, whose mantissas are all 0.

    The format is also an Amaranth shape. In hardware a block is a packed word with lane 0 in the
    lowest bits and the exponent on top; ``Signal(fmt)`` gives a view with the fields ``mantissas``
    and ``exponent``.

    Source: the HBFP paper (arXiv 1804.01526) and Accuracy Boosters (arXiv 2211.10737).

    Parameters:
        mantissa_bits: Bits of a mantissa, sign included, 2 to 16.
        block_size: Elements that share an exponent, 1 to 1024; any integer, not only powers of 2.
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
            # As Python's integer: one of NumPy's overflows in the properties.
            object.__setattr__(self, name, int(getattr(self, name)))

    @property
    def fraction_bits(self) -> int:
        """Mantissa bits after the sign: an element counts in units of 2**(E - fraction_bits)."""
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
        """Smallest shared exponent of a block of numbers."""
        return -self.max_exponent

    @property
    def nan_exponent(self) -> int:
        """Reserved exponent that marks a NaN block."""
        return -self.max_exponent - 1

    @property
    def bits(self) -> int:
        """Bits of one whole block."""
        return self.mantissa_bits * self.block_size + self.exponent_bits

    @property
    def mantissa_dtype(self) -> type[np.signedinteger[Any]]:
        """NumPy type that holds the mantissas."""
        return np.int8 if self.mantissa_bits <= 8 else np.int16

    def dequantise(self, mantissas: ArrayLike, exponents: ArrayLike) -> NDArray[np.float64]:
        """Exact values of blocks, in double precision; NaN blocks give NaN.

        Parameters:
            mantissas: Integers, shape (..., block_size).
            exponents: Shared exponents, shape (...).
        """
        q = np.asarray(mantissas, dtype=np.float64)
        exponent = np.asarray(exponents, dtype=np.int32)[..., np.newaxis]
        values = np.ldexp(q, exponent - self.fraction_bits)
        return np.where(exponent == self.nan_exponent, np.nan, values)

    def to_bits(self, block: Block) -> int:
        """The packed word of one block.

        Raises:
            ValueError: The block is not one of this format.
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
        """The block in a packed word, the inverse of :meth:`to_bits`."""
        mantissas = tuple(
            _signed(raw >> (lane * self.mantissa_bits), self.mantissa_bits)
            for lane in range(self.block_size)
        )
        exponent = _signed(raw >> (self.block_size * self.mantissa_bits), self.exponent_bits)
        return Block(exponent, mantissas)

    # The protocol of Amaranth's ShapeCastable.

    def as_shape(self) -> data.StructLayout:
        """Layout of the packed word."""
        return data.StructLayout(
            {
                "mantissas": PackedArray(signed(self.mantissa_bits), self.block_size),
                "exponent": signed(self.exponent_bits),
            }
        )

    def __call__(self, target: Any) -> data.View:
        """View of a hardware value as a block."""
        return data.View(self, target)

    def const(self, init: Block | Mapping[int | str, Any] | None) -> data.Const:
        """Hardware constant; None is the zero word."""
        if isinstance(init, Block):
            init = {"mantissas": init.mantissas, "exponent": init.exponent}
        return self.as_shape().const(init)

    def format(self, value: ValueCastable, format_spec: str) -> Any:
        """How a simulator prints a block: as its layout."""
        return self.as_shape().format(data.View(self.as_shape(), value.as_value()), format_spec)


def _signed(raw: int, width: int) -> int:
    low = raw & ((1 << width) - 1)
    return low - (1 << width) if low >> (width - 1) else low
