"""Stall pattern of a stream, with look-ups that do not step through the cycles."""

import numpy as np
from numpy.typing import NDArray


class StallPattern:
    """Periodic stall pattern of one stream.

    A cycle is free if the stream does not stall in it.

    Parameters:
        stalls: bool array, true in the cycles (modulo its length) in which the stream stalls. None
            stands for a stream that never stalls.

    Members:
        stalls: Whether any cycle stalls.

    Raises:
        ValueError: The array is not one-dimensional, or it is empty, or no entry is false, so that
            the stream would stall forever.
    """

    def __init__(self, stalls: NDArray[np.bool_] | None = None):
        if stalls is None:
            stalls = np.zeros(1, bool)
        if stalls.ndim != 1 or not len(stalls) or stalls.all():
            raise ValueError("Stalls must be a row with a cycle that is not stalled")
        self._period = len(stalls)
        self._free: list[int] = np.flatnonzero(~stalls).tolist()
        self._before: list[int] = np.concatenate([[0], np.cumsum(~stalls)]).tolist()
        self.stalls = bool(stalls.any())

    def free_before(self, cycle: int) -> int:
        """Return the number of free cycles before this one."""
        periods, offset = divmod(cycle, self._period)
        return periods * len(self._free) + self._before[offset]

    def free_cycle(self, number: int) -> int:
        """Return the cycle that is the ``number``-th free one, counted from 0."""
        periods, index = divmod(number, len(self._free))
        return periods * self._period + self._free[index]

    def next_free(self, cycle: int) -> int:
        """Return the first free cycle, this one or later."""
        return self.free_cycle(self.free_before(cycle)) if self.stalls else cycle

    def after(self, cycle: int, count: int) -> int:
        """Return the ``count``-th free cycle after this one, or the cycle itself for 0."""
        if not count:
            return cycle
        if not self.stalls:
            return cycle + count
        return self.free_cycle(self.free_before(cycle + 1) + count - 1)

    def stalled(self, first: int, end: int) -> int:
        """Return the number of stalled cycles from ``first`` to before ``end``."""
        if not self.stalls or end <= first:
            return 0
        return end - first - self.free_before(end) + self.free_before(first)
