"""Timing of the buffers around the array: operand banks, start values and the result queue.

Each class computes the first cycle in which its buffer lets a tile begin. That cycle depends on
when earlier tiles freed the buffer's slots and on when the stream transfers. All times are cycle
numbers; cycle 0 is the first one after reset.
"""

from hbfp_hw.cycles.input_stream import InputStream
from hbfp_hw.cycles.stall_pattern import StallPattern
from hbfp_hw.engine import BANKS, START_TILES

CONVERT_DELAY = 2
"""Cycles from the transfer of a bank's last block to the first step that may read the bank."""

Spans = list[tuple[int, int]]
"""Intervals of cycles, each from its first to its last."""


class InputBuffer:
    """Slots that a loader fills from an input stream, in turn and before the array needs them.

    The loader fills a slot again once the array has read its former content for the last time.

    Parameters:
        stream: The input stream.
        start: First cycle in which the loader accepts items.
        slots: Number of slots.
        spans: List to which the interval of each fill is appended; None records nothing.

    Members:
        ready: First cycle in which the loader can accept the next item.
    """

    def __init__(self, stream: InputStream, start: int, slots: int, spans: Spans | None):
        self._stream = stream
        self._released = [-1] * slots  # cycle in which each slot was freed, the oldest first
        self._spans = spans
        self.ready = start

    @property
    def free(self) -> int:
        """First cycle in which the loader can start to fill the next slot."""
        return max(self.ready, self._released[0] + 1)

    def record_fill(self, first: int, last: int) -> None:
        """Record that the loader filled a slot in these cycles."""
        self.ready = last + 1
        if self._spans is not None:
            self._spans.append((first, last))

    def release(self, cycle: int) -> None:
        """Free the slot in use, which the array reads for the last time in this cycle."""
        self._released = [*self._released[1:], cycle]

    @property
    def times(self) -> list[int]:
        """Recorded cycles that decide when later tiles begin."""
        return [self._stream.last_transfer, self.ready, *self._released]

    def shift(self, cycles: int) -> None:
        """Delay every recorded time by ``cycles``."""
        self._stream.last_transfer += cycles
        self.ready += cycles
        self._released = [cycle + cycles for cycle in self._released]


class OperandBanks(InputBuffer):
    """Two banks for the blocks of one operand: the array reads one, the loader fills the other.

    A bank of X holds a panel within a chunk of K, a bank of W a column tile.

    Parameters:
        stream, start, spans: The same as for :class:`InputBuffer`.

    Members:
        blocks: Number of blocks accepted.
        usable: First cycle in which a step may read the bank that was filled last.
    """

    def __init__(self, stream: InputStream, start: int, spans: Spans | None):
        super().__init__(stream, start, BANKS, spans)
        self.blocks = 0
        self.usable = 0

    def fill(self, blocks: int) -> None:
        """Fill the next bank with this number of blocks."""
        first, last = self._stream.take(blocks, self.free)
        self.record_fill(first, last)
        self.usable = last + CONVERT_DELAY
        self.blocks += blocks


class StartValueBuffer(InputBuffer):
    """Buffer for the start values of a few tiles: rows of C, or returning results of a chunk.

    Parameters:
        stream, start, spans: The same as for :class:`InputBuffer`.
        results: Stall pattern of the result stream, from which results return.
        rows: Rows of a full tile.
        packet_return: The same as for :class:`~hbfp_hw.cycles.TimingOptions`.

    Members:
        waited: Cycles in which a slot was free and no start value arrived.
    """

    def __init__(
        self,
        stream: InputStream,
        start: int,
        results: StallPattern,
        rows: int,
        packet_return: int | None,
        spans: Spans | None,
    ):
        super().__init__(stream, start, START_TILES, spans)
        self._results = results
        self._rows = rows
        self._packet_return = packet_return
        self.waited = 0

    def take(self, rows: int, returning: int | None) -> int:
        """Accept the start values of the next tile. Return the first cycle in which it may begin.

        Parameters:
            rows: Rows of the tile.
            returning: Cycle of the first transfer of the results that return as these start values;
                None for rows of C.
        """
        free = self.free
        if returning is None:
            first, last = self._stream.take(rows, free)
        elif self._packet_return is None:
            first, last = self._stream.take_returned(self._results, returning, rows, free)
        else:
            first, last = self._stream.take(rows, max(free, self.return_cycle(returning, rows)))
        self.waited += first - free
        self.record_fill(first, last)
        return self.ready

    def return_cycle(self, first: int, rows: int | None = None) -> int:
        """Return the cycle in which the results of a tile are back at the engine's input.

        If results return row by row, this is the cycle in which the first row leaves; the engine
        can accept the row one cycle later. A packet returns as a whole.

        Parameters:
            first: Cycle of the first transfer of the results.
            rows: Rows of the tile; None stands for a full tile.
        """
        if self._packet_return is None:
            return first
        # The core registers each row, which takes one cycle.
        last_beat = first + (self._rows if rows is None else rows)
        return last_beat + self._packet_return


class ResultQueue:
    """Queue of the tiles in flight: they have begun, and not all of their results have left.

    A tile needs a credit to begin. Its last result transfer returns the credit.

    Parameters:
        pattern: Stall pattern of the result stream.
        limit: Number of credits: the largest number of tiles in flight.
        spans: List to which the interval in which a tile's results leave is appended; None records
            nothing.

    Members:
        last_transfer: Cycle of the latest transfer; -1 before the first one.
    """

    def __init__(self, pattern: StallPattern, limit: int, spans: Spans | None):
        self._pattern = pattern
        self._returned = [-1] * limit  # cycle in which each credit returned, the oldest first
        self._spans = spans
        self.last_transfer = -1

    @property
    def credit(self) -> int:
        """First cycle in which the next tile has a credit."""
        return self._returned[0] + 1

    def send(self, rows: int, offered: int) -> int:
        """Send the results of a tile. Return the cycle of the first transfer.

        Parameters:
            rows: Rows of the tile, one transfer each.
            offered: First cycle in which the first row is available.
        """
        first = self._pattern.next_free(max(offered, self.last_transfer + 1))
        self.last_transfer = self._pattern.after(first, rows - 1)
        self._returned = [*self._returned[1:], self.last_transfer]
        if self._spans is not None:
            self._spans.append((first, self.last_transfer))
        return first

    def send_unstalled(self, last: int) -> None:
        """Send the results of any number of tiles, each row as soon as it is available.

        Parameters:
            last: Cycle of the last transfer.
        """
        self.last_transfer = last
        # Without stalls every credit returns before a later tile can need it.
        self._returned = [-1] * len(self._returned)

    @property
    def times(self) -> list[int]:
        """Recorded cycles that decide when later tiles begin."""
        return [self.last_transfer, *self._returned]

    def shift(self, cycles: int) -> None:
        """Delay every recorded time by ``cycles``."""
        self.last_transfer += cycles
        self._returned = [cycle + cycles for cycle in self._returned]
