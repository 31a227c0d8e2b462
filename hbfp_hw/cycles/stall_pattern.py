"""When a stream may move: a stall pattern, asked for cycles instead of stepped through them."""

import numpy as np
from numpy.typing import NDArray


class StallPattern:
    """A periodic stall pattern of one stream, or none.

    Parameters:
        stalls: bool array, true in the cycles (modulo its length) in which the stream stalls; some
            entry must be false. None never stalls.
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
        """Cycles without a stall before this one."""
        turns, place = divmod(cycle, self._period)
        return turns * len(self._free) + self._before[place]

    def free_cycle(self, number: int) -> int:
        """The cycle without a stall of this number, from 0."""
        turns, place = divmod(number, len(self._free))
        return turns * self._period + self._free[place]

    def next_free(self, cycle: int) -> int:
        """First cycle without a stall, this one or later."""
        return self.free_cycle(self.free_before(cycle)) if self.stalls else cycle

    def after(self, cycle: int, count: int) -> int:
        """The ``count``-th cycle without a stall after this one; the cycle itself for 0."""
        if not count:
            return cycle
        if not self.stalls:
            return cycle + count
        return self.free_cycle(self.free_before(cycle + 1) + count - 1)

    def stalled(self, first: int, end: int) -> int:
        """Stalled cycles from ``first`` up to but not including ``end``."""
        if not self.stalls or end <= first:
            return 0
        return end - first - self.free_before(end) + self.free_before(first)


class Source:
    """A stream into the engine: an item is presented when not stalled, and stays until taken.

    Members:
        taken: Cycle of the latest transfer.
    """

    def __init__(self, cadence: StallPattern):
        self.cadence = cadence
        self.taken = -1

    def take(self, count: int, ready: int) -> tuple[int, int]:
        """First and last cycle of ``count`` transfers, the engine ready from ``ready`` on."""
        first = max(self.cadence.next_free(self.taken + 1), ready)
        self.taken = self.cadence.after(first, count - 1)
        return first, self.taken

    def take_again(self, sent: StallPattern, first: int, count: int, ready: int) -> tuple[int, int]:
        """The same for items that are sent to this stream by another one, from ``first`` on.

        An item exists from the cycle after its transfer.
        """
        if not sent.stalls and not self.cadence.stalls:
            return self.take(count, max(ready, first + 1))
        taken = []
        for number in range(count):
            exists = max(self.taken + 1, sent.after(first, number) + 1)
            self.taken = max(self.cadence.next_free(exists), ready)
            taken.append(self.taken)
        return taken[0], taken[-1]
