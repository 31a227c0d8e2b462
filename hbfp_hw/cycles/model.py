"""Timing of one product on the GEMM engine: the entry point of the cycle model."""

from hbfp_hw.cycles.options import TimingOptions
from hbfp_hw.cycles.product_timing import ProductTiming
from hbfp_hw.cycles.report import Report
from hbfp_hw.engine import Schedule


def simulate_timing(
    schedule: Schedule,
    *,
    wide_x: bool,
    wide_w: bool,
    accumulate: bool = False,
    options: TimingOptions = TimingOptions(),
) -> Report:
    """Return the cycles of one product: exactly those of the RTL under the same stalls.

    Parameters:
        schedule: The product on its engine.
        wide_x, wide_w: Whether the operands have 6-bit mantissas, else 4-bit ones.
        accumulate: Whether the sums start from C.
        options: Stall patterns and tracing.

    Raises:
        ValueError: A stall pattern stalls forever.
    """
    return ProductTiming(schedule, wide_x, wide_w, accumulate, options).report()
