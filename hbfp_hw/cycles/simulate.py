"""A whole product on the cycle-level model: bits and cycles."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles.model import simulate_timing
from hbfp_hw.cycles.report import Report
from hbfp_hw.engine import Engine
from hbfp_hw.format import RANDOM_BITS, Rounding
from hbfp_hw.golden.gemm import check_operands, gemm


def simulate(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    c: NDArray[np.float32] | None = None,
    *,
    engine: Engine,
    wide_x: bool,
    wide_w: bool,
    rounding: Rounding = Rounding.NEAREST,
    seed: int = 0,
    random_bits: int = RANDOM_BITS,
    stalls: Mapping[str, NDArray[np.bool_]] | None = None,
    trace: bool = False,
) -> tuple[NDArray[np.float32], Report]:
    """Y = C + X·W with the bits and the cycles of the engine's RTL.

    Parameters:
        x, w, c, rounding, seed, random_bits: As for :func:`hbfp_hw.golden.gemm`.
        engine: Sizes of the engine.
        wide_x, wide_w: Whether the operands have 6-bit mantissas, else 4-bit ones.
        stalls, trace: As for :func:`~hbfp_hw.cycles.simulate_timing`.

    Raises:
        TypeError: An operand is not a float32 array.
        ValueError: The shapes do not fit, or are beyond the engine's counters.
    """
    check_operands(x, w, c)
    schedule = engine.schedule(x.shape[0], x.shape[1], w.shape[1])
    report = simulate_timing(
        schedule,
        wide_x=wide_x,
        wide_w=wide_w,
        accumulate=c is not None,
        stalls=stalls,
        trace=trace,
    )
    y = gemm(
        *(x, w, c),
        fmt_x=engine.format(wide_x),
        fmt_w=engine.format(wide_w),
        rounding=rounding,
        seed=seed,
        random_bits=random_bits,
    )
    return y, report
