"""What a schedule tells the GEMM engine about one product."""

from typing import NamedTuple

from hbfp_hw.engine import NARROW_BITS, WIDE_BITS
from hbfp_hw.format import HBFPFormat, Rounding, rounding_code


class Mode(NamedTuple):
    """The run-time mode of a product on the GEMM engine, as its descriptor takes it.

    Members:
        rounding: Rounding mode of both conversions.
        wide_x, wide_w: Whether the first and the second operand have 6 bits, else 4.
    """

    rounding: Rounding
    wide_x: bool
    wide_w: bool

    @property
    def word(self) -> int:
        """The mode in 4 bits, in the order of the descriptor: rounding lowest, then the flags."""
        return rounding_code(self.rounding) | self.wide_x << 2 | self.wide_w << 3


def mode_of(formats: tuple[HBFPFormat, HBFPFormat] | None, rounding: Rounding) -> Mode:
    """The mode for operands of these formats; None is FP32.

    Raises:
        ValueError: The engine has no such mode.
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
