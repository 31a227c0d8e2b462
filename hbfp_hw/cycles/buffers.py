"""What waits on its way into the array and out of it: operands, start values, results."""

from hbfp_hw.cycles.stall_pattern import Source, StallPattern
from hbfp_hw.engine import BANKS, START_TILES

CONVERT = 2
"""From the transfer of a bank's last block to the first step that may read it."""

Spans = list[tuple[int, int]]
"""Intervals, each from its first cycle to its last."""


class Intake:
    """What is taken from a stream ahead of its use, into a few places that are used in turn.

    Parameters:
        source: The stream.
        start: First cycle in which the engine takes some.
        places: How many there are.
        spans: Gets the intervals in which they are filled, if they are wanted.

    Members:
        ready: First cycle in which the stream can be taken again.
    """

    def __init__(self, source: Source, start: int, places: int, spans: Spans | None):
        self._source = source
        self._released = [-1] * places  # last cycles of their latest use
        self._spans = spans
        self.ready = start

    @property
    def room(self) -> int:
        """First cycle in which the next place can be filled."""
        return max(self.ready, self._released[0] + 1)

    def filled(self, first: int, last: int) -> None:
        """A place was filled in these cycles."""
        self.ready = last + 1
        if self._spans is not None:
            self._spans.append((first, last))

    def release(self, cycle: int) -> None:
        """What is in the place in use has been read in this cycle."""
        self._released = [*self._released[1:], cycle]

    @property
    def places(self) -> list[int]:
        """Cycles on which what comes depends."""
        return [self._source.taken, self.ready, *self._released]

    def shift(self, cycles: int) -> None:
        """Let all have been so much later."""
        self._source.taken += cycles
        self.ready += cycles
        self._released = [cycle + cycles for cycle in self._released]


class Operands(Intake):
    """One operand's buffer banks.

    Parameters:
        source, start, spans: As of :class:`Intake`.

    Members:
        blocks: How many were taken.
        usable: When steps may read the part that was filled last.
    """

    def __init__(self, source: Source, start: int, spans: Spans | None):
        super().__init__(source, start, BANKS, spans)
        self.blocks = 0
        self.usable = 0

    def fill(self, blocks: int) -> None:
        """Take the blocks of the next part."""
        first, last = self._source.take(blocks, self.room)
        self.filled(first, last)
        self.usable = last + CONVERT
        self.blocks += blocks


class StartValues(Intake):
    """The start values of tiles.

    Parameters:
        source, start, spans: As of :class:`Intake`.
        results: When the stream moves that brings results back to this one.
        rows: Most rows of a tile.
        packet_return: As of :func:`~hbfp_hw.cycles.simulate_timing`.

    Members:
        waited: Cycles in which they could have been taken, and did not come.
    """

    def __init__(
        self,
        source: Source,
        start: int,
        results: StallPattern,
        rows: int,
        packet_return: int | None,
        spans: Spans | None,
    ):
        super().__init__(source, start, START_TILES, spans)
        self._results = results
        self._rows = rows
        self._packet_return = packet_return
        self.waited = 0

    def take(self, rows: int, sent: int | None) -> int:
        """When the start values of the next tile are there.

        Parameters:
            rows: Of the tile.
            sent: First transfer of the results that come back as them, or None if they are C.
        """
        room = self.room
        if sent is None:
            first, last = self._source.take(rows, room)
        elif self._packet_return is None:
            first, last = self._source.take_again(self._results, sent, rows, room)
        else:
            first, last = self._source.take(rows, max(room, self.back(sent, rows)))
        self.waited += first - room
        self.filled(first, last)
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


class Results:
    """The results of tiles on their way out.

    Parameters:
        cadence: When the stream of their rows moves.
        tiles: How many can be on the way.
        spans: Gets the intervals in which they leave, if they are wanted.

    Members:
        sent: Cycle of the latest transfer.
    """

    def __init__(self, cadence: StallPattern, tiles: int, spans: Spans | None):
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
