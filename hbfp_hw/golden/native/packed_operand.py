"""Right operands in the order in which the compiled product takes them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat

STRIP = 16
"""Lines side by side in a strip; the last strip is filled up with lines of zeros."""


@dataclass(frozen=True)
class Strips:
    """Blocks along the lines of a matrix, with mantissas of up to 8 bits.

    Members:
        fmt: Their format.
        lines: Lines of the matrix.
        mantissas: int8, shape (strips, blocks, groups of four lanes, 16 lines, 4 lanes).
        exponents: int16, shape (strips, blocks, 16 lines).
    """

    fmt: HBFPFormat
    lines: int
    mantissas: NDArray[np.int8]
    exponents: NDArray[np.int16]

    @classmethod
    def empty(cls, fmt: HBFPFormat, lines: int, length: int) -> Self:
        """Memory for the blocks of a matrix (lines, length)."""
        strips, blocks, groups = (
            -(-lines // STRIP),
            -(-length // fmt.block_size),
            -(-fmt.block_size // 4),
        )
        return cls(
            fmt,
            lines,
            np.empty((strips, blocks, groups, STRIP, 4), np.int8),
            np.empty((strips, blocks, STRIP), np.int16),
        )
