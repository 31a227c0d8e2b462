"""The packed operand: blocks of W in the order in which the compiled product reads them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import HBFPFormat

MICROPANEL = 16
"""Lines of a micropanel, which is the unit of a packed operand."""


@dataclass(frozen=True)
class PackedOperand:
    """Blocks along the lines of a matrix, packed into micropanels of 16 lines.

    Within a micropanel the same four lanes of all lines lie side by side, so that one vector load
    takes them. Zeros fill up the last micropanel and the last group of four lanes. Mantissas have
    at most 8 bits.

    Members:
        fmt: Format of the blocks.
        lines: Lines of the matrix, without those of zeros.
        mantissas: int8, shape (micropanels, blocks, groups of four lanes, 16 lines, 4 lanes).
        exponents: int16, shape (micropanels, blocks, 16 lines).
    """

    fmt: HBFPFormat
    lines: int
    mantissas: NDArray[np.int8]
    exponents: NDArray[np.int16]

    @classmethod
    def empty(cls, fmt: HBFPFormat, lines: int, length: int) -> Self:
        """Return uninitialised memory for the blocks of a matrix (lines, length)."""
        micropanels = -(-lines // MICROPANEL)
        blocks = -(-length // fmt.block_size)
        groups = -(-fmt.block_size // 4)
        return cls(
            fmt,
            lines,
            np.empty((micropanels, blocks, groups, MICROPANEL, 4), np.int8),
            np.empty((micropanels, blocks, MICROPANEL), np.int16),
        )
