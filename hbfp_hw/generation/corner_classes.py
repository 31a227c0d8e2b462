"""Corner classes of each step of the arithmetic, which the cocotb tests of a unit must hit.

``sim/coverage`` assigns the classes. It counts class ``tie`` of step ``round`` as ``round.tie``.
"""

from collections.abc import Mapping

COVERAGE_FILE = "HBFP_COVERAGE"
"""Environment variable with the name of the file to which a test run writes its counts."""

CornerClasses = Mapping[str, tuple[str, ...]]
"""Corner classes by the steps of a unit's arithmetic."""

CONVERT = ("inf", "nan", "negative_zero", "saturating", "subnormal", "vanish", "zero")
DOT = ("cancel_to_zero", "largest", "nan", "zero")

RANGE = ("overflow", "subnormal", "underflow")
"""Corner classes of sums of products that need at least 8 exponent bits."""

ROUND = ("carry_out", "exact", "lone_bit", "nan", "tie", "zero", *RANGE)
ROUND_PRODUCTS = ("exact", "nan", "zero", *RANGE)
"""Corner classes of rounding that dot products of random blocks hit in every run."""

SUM = ("cancel", "cancel_to_zero", "exact", "gap_over_24", "inf", "nan", "subnormal", "zero")
"""Corner classes of additions whose terms are dot products of blocks.

``accumulate`` and ``fp32`` take any terms, and so must also hit the rarer ones in :data:`ADD`.
"""

ADD = (*SUM, "carry_out", "tie")
FUSED = (
    "cancel",
    "cancel_to_zero",
    "carry_out",
    "exact",
    "gap_over_24",
    "inf",
    "inf_times_zero",
    "lone_bit",
    "nan",
    "overflow",
    "subnormal",
    "tie",
    "to_normal",
    "underflow",
    "zero",
)
MULTIPLY = ("carry_out", "inf", "inf_times_zero", "nan", "tie", "zero", *RANGE)

MODES = ("4x4", "4x6", "6x4", "6x6", "switch")
"""Widths of the operands of a mixed unit, and a change of widths from one transfer to the next."""

ENGINE: CornerClasses = {
    "convert": ("inf", "saturating", "vanish", "zero"),
    "dot": ("nan", "zero"),
    "round": ROUND_PRODUCTS,
    "add": ("cancel", "exact", "gap_over_24", "nan", "tie", "zero"),
    "mode": MODES,
}
"""Corner classes of a whole matrix product."""
