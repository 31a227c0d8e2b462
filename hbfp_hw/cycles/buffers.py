"""What waits on its way into the array and out of it: operands, start values, results."""

from hbfp_hw.cycles.cadence import Cadence, Source
from hbfp_hw.engine import BANKS, START_TILES

CONVERT = 2
"""From the transfer of a bank's last block to the first step that may read it."""

Spans = list[tuple[int, int]]
"""Intervals, each from its first cycle to its last."""


class Operands:
    """Filling of one operand's buffer banks, ahead of their use.

    Parameters:
        source: The stream of blocks.
        start: First cycle in which the engine takes some.
        spans: Gets the intervals of the fills, if they are wanted.

    Members:
        blocks: How many were taken.
        usable: When steps may read the part that was filled last.
    """

    def __init__(self, source: Source, start: int, spans: Spans | None):
        self._source = source
        self._ready = start
        self._released = [-1] * BANKS
        self._spans = spans
        self.blocks = 0
        self.usable = 0

    def fill(self, blocks: int) -> None:
        """Take the blocks of the next part."""
        first, last = self._source.take(blocks, max(self._ready, self._released[0] + 1))
        self._ready, self.usable = last + 1, last + CONVERT
        self.blocks += blocks
        if self._spans is not None:
            self._spans.append((first, last))

    def release(self, cycle: int) -> None:
        """The part has been read in this cycle."""
        self._released = [*self._released[1:], cycle]

    @property
    def places(self) -> list[int]:
        """Cycles on which the coming fills depend."""
        return [self._source.taken, self._ready, *self._released]

    def shift(self, cycles: int) -> None:
        """Let all have been so much later."""
        self._source.taken += cycles
        self._ready += cycles
        self._released = [cycle + cycles for cycle in self._released]


class StartValues:
    """The start values of tiles, taken ahead of their use.

    Parameters:
        source: The stream of their rows.
        start: First cycle in which the engine takes some.
        results: When the stream moves that brings results back to this one.
        rows: Most rows of a tile.
        packet_return: As of :func:`~hbfp_hw.cycles.simulate_timing`.
        spans: Gets the intervals in which they come, if they are wanted.

    Members:
        ready: First cycle in which the next ones can be taken.
        waited: Cycles in which they could have been, and did not come.
    """

    def __init__(
        self,
        source: Source,
        start: int,
        results: Cadence,
        rows: int,
        packet_return: int | None,
        spans: Spans | None,
    ):
        self._source = source
        self._results = results
        self._rows = rows
        self._packet_return = packet_return
        self._released = [-1] * START_TILES
        self._spans = spans
        self.ready = start
        self.waited = 0

    def take(self, rows: int, sent: int | None) -> int:
        """When the start values of the next tile are there.

        Parameters:
            rows: Of the tile.
            sent: First transfer of the results that come back as them, or None if they are C.
        """
        ready = max(self.ready, self._released[0] + 1)
        if sent is None:
            first, last = self._source.take(rows, ready)
        elif self._packet_return is None:
            first, last = self._source.take_again(self._results, sent, rows, ready)
        else:
            first, last = self._source.take(rows, max(ready, self.back(sent, rows)))
        self.waited += first - ready
        self.ready = last + 1
        if self._spans is not None:
            self._spans.append((first, last))
        return self.ready

    def back(self, sent: int, rows: int | None = None) -> int:
        """Cycle in which results that began to leave in this one are there again.

        Parameters:
            sent: When they began.
            rows: Of the tile, or None for as many as it can have.
        """
        if self._packet_return is None:
            return sent
        # The core holds each row for a cycle.
        last = sent + (self._rows if rows is None else rows)
        return last + self._packet_return

    def release(self, cycle: int) -> None:
        """Those of a tile have been read in this cycle."""
        self._released = [*self._released[1:], cycle]

    @property
    def places(self) -> list[int]:
        """Cycles on which the coming ones depend."""
        return [self._source.taken, self.ready, *self._released]

    def shift(self, cycles: int) -> None:
        """Let all have been so much later."""
        self._source.taken += cycles
        self.ready += cycles
        self._released = [cycle + cycles for cycle in self._released]


class Results:
    """The results of tiles on their way out.

    Parameters:
        cadence: When the stream of their rows moves.
        tiles: How many can be on the way.
        spans: Gets the intervals in which they leave, if they are wanted.

    Members:
        sent: Cycle of the latest transfer.
    """

    def __init__(self, cadence: Cadence, tiles: int, spans: Spans | None):
        self._cadence = cadence
        self._leaving = [-1] * tiles  # last transfers of the latest tiles
        self._spans = spans
        self.sent = -1

    @property
    def room(self) -> int:
        """First cycle in which a tile may begin."""
        return self._leaving[0] + 1

    def send(self, rows: int, offered: int) -> int:
        """The first transfer of the rows of a tile, of which the first is offered in a cycle."""
        first = self._cadence.next_free(max(offered, self.sent + 1))
        self.sent = self._cadence.after(first, rows - 1)
        self._leaving = [*self._leaving[1:], self.sent]
        if self._spans is not None:
            self._spans.append((first, self.sent))
        return first

    def send_at_once(self, sent: int) -> None:
        """Tiles whose rows are taken as they are offered, the last one in this cycle."""
        self.sent = sent
        self._leaving = [-1] * len(self._leaving)  # long gone when room could run out

    @property
    def places(self) -> list[int]:
        """Cycles on which the coming ones depend."""
        return [self.sent, *self._leaving]

    def shift(self, cycles: int) -> None:
        """Let all have been so much later."""
        self.sent += cycles
        self._leaving = [cycle + cycles for cycle in self._leaving]
