"""Options of the cycle model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import check_integer

STREAMS = ("i_descriptor", "i_x", "i_w", "i_c", "o", "o_status")
"""Streams of the engine."""


@dataclass(frozen=True)
class TimingOptions:
    """Stalls outside the engine, and tracing.

    Parameters:
        stalls: Stall patterns by stream, as :class:`hbfp_hw.simulate.RunOptions` takes them.
        trace: Whether the report lists the intervals of loads, tiles and results.
        packet_return: Cycles from the last beat of a packet of Y to its first beat at C, for an
            engine inside a core whose buses carry a whole item per beat. Between chunks of K the
            results of a tile then return as one packet. None stands for the engine alone, where
            they return row by row.

    Raises:
        TypeError: The packet return is not an integer.
        ValueError: A stall pattern names no stream of the engine, the packet return is less than 1,
            or there are both stall patterns and a packet return.
    """

    stalls: Mapping[str, NDArray[np.bool_]] | None = None
    trace: bool = False
    packet_return: int | None = None

    def __post_init__(self) -> None:
        if self.packet_return is not None:
            check_integer("Packet return", self.packet_return, 1, 2**31 - 1)
            if self.stalls:
                raise ValueError("Stalls must be left out where packets return")
        if unknown := set(self.stalls or {}) - set(STREAMS):
            raise ValueError(f"Stalls must be of {', '.join(STREAMS)}, not {sorted(unknown)}")
