"""A whole product on the cycle model: bits and cycles."""

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles.model import simulate_timing
from hbfp_hw.cycles.options import TimingOptions
from hbfp_hw.cycles.report import Report
from hbfp_hw.engine import Engine
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.golden.gemm import check_operands, gemm


def simulate(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    c: NDArray[np.float32] | None = None,
    *,
    engine: Engine,
    wide_x: bool,
    wide_w: bool,
    conversion: Conversion = Conversion(),
    options: TimingOptions = TimingOptions(),
) -> tuple[NDArray[np.float32], Report]:
    """Compute Y = C + X·W with the bits and the cycles of the engine's RTL.

    Parameters:
        x, w, c: The same as for :func:`hbfp_hw.golden.gemm`.
        engine: Sizes of the engine.
        wide_x, wide_w: Whether the operands have 6-bit mantissas, else 4-bit ones.
        conversion: Conversion of X and W to blocks.
        options: Stall patterns and tracing.

    Raises:
        TypeError: An operand is not a float32 array.
        ValueError: The shapes do not fit, or are beyond the engine's counters.
    """
    check_operands(x, w, c)
    schedule = engine.schedule(x.shape[0], x.shape[1], w.shape[1])
    report = simulate_timing(
        schedule, wide_x=wide_x, wide_w=wide_w, accumulate=c is not None, options=options
    )
    y = gemm(
        x,
        w,
        c,
        fmt_x=engine.format(wide_x),
        fmt_w=engine.format(wide_w),
        rounding=conversion.rounding,
        seed=conversion.seed,
        random_bits=conversion.random_bits,
    )
    return y, report
