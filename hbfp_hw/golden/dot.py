"""Golden model of the block dot product."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.blocks import Blocks, check_blocks, check_format
from hbfp_hw.golden.fp32 import NAN, normalise


class DotProduct(NamedTuple):
    """Exact dot products of pairs of blocks: ``sums * 2**(exponents - fraction_bits)``, or NaN.

    Members:
        sums: Integer sums of mantissa products, shape (..., blocks).
        exponents: Sums of the two shared exponents, of the same shape.
        nan: True where one of the two blocks is a NaN block, of the same shape.
        fraction_bits: Sum of the fraction bits of the two formats.
    """

    sums: NDArray[np.int64]
    exponents: NDArray[np.int32]
    nan: NDArray[np.bool_]
    fraction_bits: int

    def round(self) -> NDArray[np.float32]:
        """Return each product rounded once to binary32; NaN blocks give the canonical NaN."""
        return np.where(self.nan, NAN, normalise(self.sums, self.exponents - self.fraction_bits))


def check_pair(a: HBFPFormat, b: HBFPFormat) -> None:
    """Raise unless blocks of the two formats can be multiplied.

    Raises:
        TypeError: An argument is not a format.
        ValueError: Block sizes or exponent widths differ.
    """
    check_format("Format", a)
    check_format("Format", b)
    if a.block_size != b.block_size:
        raise ValueError(
            f"Block size of both operands must be equal, not {a.block_size!r} and {b.block_size!r}"
        )
    if a.exponent_bits != b.exponent_bits:
        raise ValueError(
            "Exponent width of both operands must be equal, "
            f"not {a.exponent_bits!r} and {b.exponent_bits!r}"
        )


def max_sum(a: HBFPFormat, b: HBFPFormat) -> int:
    """Return the largest magnitude of the integer sum of a block dot product."""
    return a.block_size * a.max_mantissa * b.max_mantissa


def dot(a: Blocks, b: Blocks) -> DotProduct:
    """Multiply each block of ``a`` with the block of ``b`` at the same position.

    The sums are exact for every format: magnitudes have at most 2(16 - 1) + log2(1024) = 40 bits.

    Parameters:
        a, b: Blocks whose shapes NumPy can broadcast. Block size and exponent width must be equal;
            mantissa widths may differ.

    Returns:
        Dot products of the shape to which the operands' shapes broadcast.

    Raises:
        TypeError: An operand is not Blocks of integers.
        ValueError: The formats or the shapes do not fit, or a mantissa or an exponent is outside
            the range of its format.
    """
    a, b = check_blocks("A", a), check_blocks("B", b)
    check_pair(a.fmt, b.fmt)
    try:
        np.broadcast_shapes(a.exponents.shape, b.exponents.shape)
    except ValueError:
        raise ValueError(
            f"Blocks of B must be of shape {a.exponents.shape!r} or one that NumPy broadcasts "
            f"with it, not {b.exponents.shape!r}"
        ) from None
    fraction_bits = a.fmt.fraction_bits + b.fmt.fraction_bits
    # int32 takes half the time; use it if it holds every sum of such mantissas.
    dtype = np.int32 if a.fmt.block_size << fraction_bits < 1 << 31 else np.int64
    sums = np.einsum("...n,...n->...", a.mantissas, b.mantissas, dtype=dtype, casting="safe")
    sums = sums.astype(np.int64, copy=False)
    exponents = a.exponents.astype(np.int32) + b.exponents
    return DotProduct(sums, exponents, a.is_nan | b.is_nan, fraction_bits)
