"""Timing of one product on the GEMM engine, tile by tile instead of cycle by cycle.

The engine makes this possible: once begun, a tile runs to its end without a pause, so that all that
varies is when tiles begin. A tile begins in the first cycle in which the one before it has ended,
its operands and start values are there, and its results have room. What those wait for in turn is
known from earlier tiles: a buffer bank is filled again when it has been read, a stream moves when
its stall pattern lets it. Each step of that is a maximum of sums, and a whole load of n blocks one
look-up. Where no stream can interfere, all row tiles of a column tile are one step, and column
tiles and panels that repeat earlier ones are none.

The delays are those of the registers in ``hbfp_hw/rtl``; every one of them is checked by the
tests that compare this model with the RTL cycle for cycle.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles.report import Report
from hbfp_hw.cycles.run import Run
from hbfp_hw.cycles.stall_pattern import StallPattern
from hbfp_hw.engine import Schedule
from hbfp_hw.format import check_integer

STREAMS = ("i_descriptor", "i_x", "i_w", "i_c", "o", "o_status")
"""Streams of the engine."""


def simulate_timing(
    schedule: Schedule,
    *,
    wide_x: bool,
    wide_w: bool,
    accumulate: bool = False,
    stalls: Mapping[str, NDArray[np.bool_]] | None = None,
    trace: bool = False,
    packet_return: int | None = None,
) -> Report:
    """Cycles of one product, exactly those of the RTL under the same stalls.

    Parameters:
        schedule: The product on its engine.
        wide_x, wide_w: Whether the operands have 6-bit mantissas.
        accumulate: Whether the sums start from C.
        stalls: Stall patterns by stream, as :func:`hbfp_hw.simulate.replay` takes them.
        trace: Keep the intervals in which things happened.
        packet_return: Of the engine in a core with streams as wide as its items: cycles from the
            last beat of a packet of Y to its first beat in C, if C is free. The results of a tile
            then go back together, not row by row.

    Raises:
        ValueError: A stall pattern is of no stream of the engine, or stalls for ever; or results
            come back before they have left, or with stalls beside them.
    """
    if packet_return is not None:
        check_integer("Packet return", packet_return, 1, 2**31 - 1)
        if stalls:
            raise ValueError("Stalls must be left out where packets return")
    patterns = dict(stalls or {})
    if unknown := set(patterns) - set(STREAMS):
        raise ValueError(f"Stalls must be of {', '.join(STREAMS)}, not {sorted(unknown)}")
    cadences = {name: StallPattern(patterns.get(name)) for name in STREAMS}
    return Run(schedule, wide_x, wide_w, accumulate, cadences, trace, packet_return).report()
