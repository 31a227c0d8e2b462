"""Run-time mode of the GEMM engine: rounding and mantissa widths of one product."""

from typing import NamedTuple

from hbfp_hw.engine import NARROW_BITS, WIDE_BITS
from hbfp_hw.format import HBFPFormat, Rounding, rounding_code


class Mode(NamedTuple):
    """The run-time mode of a product, as the engine's descriptor carries it.

    Members:
        rounding: Rounding mode of both conversions.
        wide_x, wide_w: Whether X and W have 6-bit mantissas; otherwise they have 4 bits.
    """

    rounding: Rounding
    wide_x: bool
    wide_w: bool

    @property
    def word(self) -> int:
        """The mode as the descriptor's 4 bits: rounding in bits 1:0, wide_x in 2, wide_w in 3."""
        return rounding_code(self.rounding) | self.wide_x << 2 | self.wide_w << 3


def mode_of(formats: tuple[HBFPFormat, HBFPFormat] | None, rounding: Rounding) -> Mode:
    """Return the mode for operands in these formats; None stands for FP32.

    Raises:
        ValueError: The formats are FP32, or a mantissa has neither 4 nor 6 bits.
    """
    if formats is None:
        raise ValueError("Formats must be HBFP for a mode of the GEMM engine, not FP32")
    for fmt in formats:
        if fmt.mantissa_bits not in (NARROW_BITS, WIDE_BITS):
            raise ValueError(
                f"Mantissa width must be {NARROW_BITS} or {WIDE_BITS} on the GEMM engine, "
                f"not {fmt.mantissa_bits!r}"
            )
    wide_x, wide_w = (fmt.mantissa_bits == WIDE_BITS for fmt in formats)
    return Mode(rounding, wide_x, wide_w)
