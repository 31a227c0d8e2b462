"""Arrays of blocks, and checks of the inputs of the golden model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat


@dataclass(frozen=True)
class Blocks:
    """An array of blocks of one format.

    Members:
        fmt: Format of every block.
        mantissas: Integers, shape (..., blocks, block_size).
        exponents: Shared exponents, shape (..., blocks), int16.
    """

    fmt: HBFPFormat
    mantissas: NDArray[np.signedinteger[Any]]
    exponents: NDArray[np.int16]

    @property
    def is_nan(self) -> NDArray[np.bool_]:
        """True for each NaN block, shape (..., blocks)."""
        return self.exponents == self.fmt.nan_exponent

    def dequantise(self) -> NDArray[np.float64]:
        """Return the exact values, shape (..., blocks, block_size); NaN blocks give NaN."""
        return self.fmt.dequantise(self.mantissas, self.exponents)


def check_format(thing: str, fmt: Any) -> None:
    """Raise unless ``fmt`` is a format.

    Raises:
        TypeError: It is not an :class:`~hbfp_hw.format.HBFPFormat`.
    """
    if not isinstance(fmt, HBFPFormat):
        raise TypeError(f"{thing} must be an HBFPFormat, not {fmt!r}")


def _is_plain(array: Any) -> bool:
    """Return whether ``array`` is a NumPy array without masked elements, which have no value."""
    return isinstance(array, np.ndarray) and not isinstance(array, np.ma.MaskedArray)


def check_float32(thing: str, values: Any) -> None:
    """Raise unless ``values`` is a NumPy array of float32 in the machine's byte order.

    Raises:
        TypeError: It is another object, has another dtype, or is masked.
    """
    if not _is_plain(values) or values.dtype != np.float32:
        found = f"{values.dtype} array" if _is_plain(values) else type(values).__name__
        raise TypeError(f"{thing} must be a float32 array, not {found}")


def check_blocks(thing: str, blocks: Any) -> Blocks:
    """Check blocks and return them in the dtypes of :func:`~hbfp_hw.golden.convert`.

    Raises:
        TypeError: They are not Blocks of integers.
        ValueError: The mantissas are not of the exponents' shape with ``block_size`` appended, or a
            mantissa or an exponent is outside the range of the format.
    """
    if not isinstance(blocks, Blocks):
        raise TypeError(f"{thing} must be Blocks, not {type(blocks).__name__}")
    fmt = blocks.fmt
    check_format(f"Format of {thing}", fmt)
    for part, array, low, high in (
        ("Mantissas", blocks.mantissas, -fmt.max_mantissa, fmt.max_mantissa),
        ("Exponents", blocks.exponents, fmt.nan_exponent, fmt.max_exponent),
    ):
        if not _is_plain(array) or array.dtype.kind not in "iu":
            found = array.dtype if _is_plain(array) else type(array).__name__
            raise TypeError(f"{part} of {thing} must be an array of integers, not {found}")
        if array.size:
            # For a few blocks, this takes half the time of array.min() and array.max().
            least, most = np.minimum.reduce(array, None), np.maximum.reduce(array, None)
            if least < low or most > high:
                worst = int(least if least < low else most)
                raise ValueError(f"{part} of {thing} must be {low} to {high}, not {worst!r}")
    shape = (*blocks.exponents.shape, fmt.block_size)
    if blocks.mantissas.shape != shape:
        raise ValueError(
            f"Mantissas of {thing} must be of shape {shape!r}, not {blocks.mantissas.shape!r}"
        )
    return Blocks(
        fmt,
        blocks.mantissas.astype(fmt.mantissa_dtype, copy=False),
        blocks.exponents.astype(np.int16, copy=False),
    )
