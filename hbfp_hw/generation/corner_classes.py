"""Corner classes of each step of the arithmetic, which the cocotb tests of a unit must meet.

``sim/coverage`` has the classifiers: a case ``tie`` of the step ``round`` counts as ``round.tie``.
"""

from collections.abc import Mapping

COVERAGE_FILE = "HBFP_COVERAGE"
"""Environment variable with the name of the file to which a test run writes its counts."""

CornerClasses = Mapping[str, tuple[str, ...]]
"""Corner classes by the steps of a unit's arithmetic."""

CONVERT = ("inf", "nan", "negative_zero", "saturating", "subnormal", "vanish", "zero")
DOT = ("cancel_to_zero", "largest", "nan", "zero")

RANGE = ("overflow", "subnormal", "underflow")
"""Classes of sums of products that need at least 8 exponent bits."""

ROUND = ("carry_out", "exact", "lone_bit", "nan", "tie", "zero", *RANGE)
ROUND_PRODUCTS = ("exact", "nan", "zero", *RANGE)
"""Classes of rounding that sums of drawn blocks meet in every run."""

SUM = ("cancel", "cancel_to_zero", "exact", "gap_over_24", "inf", "nan", "subnormal", "zero")
"""Classes of additions whose terms are dot products of blocks.

The rarer classes of :data:`ADD` are required of ``accumulate`` and ``fp32``, which take any terms.
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
"""Widths of the operands of a mixed unit, and a change of widths from one step to the next."""

ENGINE: CornerClasses = {
    "convert": ("inf", "saturating", "vanish", "zero"),
    "dot": ("nan", "zero"),
    "round": ROUND_PRODUCTS,
    "add": ("cancel", "exact", "gap_over_24", "nan", "tie", "zero"),
    "mode": MODES,
}
"""Corner classes of a whole matrix product."""
