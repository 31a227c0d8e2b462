"""Timing of the engine: the cycle in which each tile begins, and the cause of its wait."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles.buffers import OperandBanks, ResultQueue, Spans, StartValueBuffer
from hbfp_hw.cycles.fast_forward import TimingState
from hbfp_hw.cycles.input_stream import InputStream
from hbfp_hw.cycles.options import STREAMS, TimingOptions
from hbfp_hw.cycles.stall_pattern import StallPattern
from hbfp_hw.engine import RESULT_DELAY, START_DELAY, Engine

LOAD_DELAY = 2
"""Cycles from the descriptor's transfer to the first cycle in which the loaders accept items."""
READ_DELAY = 1
"""Cycles from a step to its operand words at the edge of the array."""


class ChunkTiming(NamedTuple):
    """Timing of a chunk of K so far.

    Members:
        depth: Blocks along K in this chunk, at most the engine's depth.
        starts: Whether the tiles have start values.
        returning: First result transfers of the tiles of the previous chunk, whose results return
            as start values; empty in the first chunk. A first result transfer is the cycle in which
            the first row of a tile's results leaves.
        first_transfers: First result transfers of this chunk's tiles so far.
        several: Whether the product has several chunks. Then ``first_transfers`` must list every
            tile, even those over which the model fast-forwards, because the next chunk needs it.
    """

    depth: int
    starts: bool
    returning: list[int]
    first_transfers: list[int]
    several: bool


class EngineTiming:
    """Timing of one engine during one product, advanced tile by tile.

    Parameters:
        engine: Sizes of the engine.
        passes: Passes of a block dot product.
        options: The same as for :func:`~hbfp_hw.cycles.simulate_timing`.

    Members:
        x, w, c: Operand banks and start values.
        results: Tiles in flight.
        patterns: Stall pattern of each stream.
        spans: Intervals for the trace; empty without one.
        start: First cycle in which the loaders accept items.
        end: Cycle of the latest tile's last step.
        first_begin: Cycle in which the first tile began.
        cycles: Cycles so far by kind: load, compute, drain and stalled, as in
            :class:`~hbfp_hw.cycles.Report`.
        work: Cycles in which the array takes a step, shape (R + 1, C + 1); the index is the number
            of rows and columns of the tile.
    """

    def __init__(self, engine: Engine, passes: int, options: TimingOptions):
        self._engine = engine
        self._passes = passes
        stalls = options.stalls or {}
        self.patterns = patterns = {name: StallPattern(stalls.get(name)) for name in STREAMS}
        names = ("x", "w", "c", "tile", "result")
        self.spans: dict[str, Spans] = {name: [] for name in names if options.trace}
        self.start = start = patterns["i_descriptor"].next_free(0) + LOAD_DELAY
        self.x = OperandBanks(InputStream(patterns["i_x"]), start, self.spans.get("x"))
        self.w = OperandBanks(InputStream(patterns["i_w"]), start, self.spans.get("w"))
        self.c = StartValueBuffer(
            InputStream(patterns["i_c"]),
            start,
            patterns["o"],
            engine.rows,
            options.packet_return,
            self.spans.get("c"),
        )
        self.results = ResultQueue(patterns["o"], engine.tiles_in_flight, self.spans.get("result"))
        self.end = start - 1
        self.first_begin = -1
        self.cycles = {"load": start, "compute": 0, "drain": 0, "stalled": 0}
        self.work = np.zeros((engine.rows + 1, engine.columns + 1), np.int64)

    def compute_row_tiles(self, chunk: ChunkTiming, row_tiles: list[int], columns: int) -> None:
        """Advance through the row tiles of one column tile.

        Parameters:
            chunk: The chunk, to which the first result transfers of the tiles are added.
            row_tiles: Rows of each row tile; only the last one may have fewer than the array.
            columns: Columns of the column tile.
        """
        work = chunk.depth * self._passes
        # The results of a tile occupy the result buses for a cycle per row, so a tile takes at
        # least that long. A tile with fewer steps waits before its first step.
        interval = max(work, self._engine.rows)
        first_transfers, returning, starts = chunk.first_transfers, chunk.returning, chunk.starts
        count = len(row_tiles)
        if not starts and not self.patterns["o"].stalls and not self.spans:
            begin = self._begin(0)
            self.end = begin + count * interval - 1
            first = begin + interval + self._result_delay
            first_transfers.extend(range(first, first + count * interval, interval))
            self.results.send_unstalled(first_transfers[-1] + row_tiles[-1] - 1)
            self.cycles["compute"] += count * work
            self.cycles["drain"] += count * (interval - work)
        else:
            for rows in row_tiles:
                usable = 0
                if starts:
                    usable = self.c.take(
                        rows, returning[len(first_transfers)] if returning else None
                    )
                begin = self._begin(usable)
                self.end = begin + interval - 1
                if starts:
                    first_block = self.end - work + self._passes  # its last pass
                    self.c.release(first_block + START_DELAY + self._engine.columns - 1)
                first_transfers.append(self.results.send(rows, self.end + 1 + self._result_delay))
                self.cycles["compute"] += work
                self.cycles["drain"] += interval - work
                if self.spans:
                    self.spans["tile"].append((self.end - work + 1, self.end))
        full = count if row_tiles[-1] == self._engine.rows else count - 1
        self.work[self._engine.rows, columns] += full * work
        if full < count:
            self.work[row_tiles[-1], columns] += work

    @property
    def _result_delay(self) -> int:
        """Cycles from a tile's last step to the cycle before its first row is available."""
        return READ_DELAY + RESULT_DELAY + self._engine.columns - 1

    def _begin(self, start_values: int) -> int:
        """Return the cycle in which the next tile begins, and count the cycles that it waits.

        Parameters:
            start_values: First cycle in which the start values of the tile are available; 0 for a
                tile without start values.
        """
        credit = self.results.credit
        earliest = self.end + 1
        begin = max(earliest, self.x.usable, self.w.usable, start_values, credit)
        if begin > earliest:
            waits = {
                "i_x": self.x.usable,
                "i_w": self.w.usable,
                "i_c": start_values,
                "o": credit,
            }
            stream = max(waits, key=lambda name: waits[name])
            stalled = self.patterns[stream].stalled(earliest, begin)
            self.cycles["stalled"] += stalled
            self.cycles["drain" if stream == "o" else "load"] += begin - earliest - stalled
        if self.first_begin < 0:
            self.first_begin = begin
        return begin

    def state(self, banks: list[OperandBanks], chunk: ChunkTiming) -> TimingState:
        """Return the current state.

        Parameters:
            banks: Operand banks that the next iteration of the loop loads.
            chunk: The chunk.
        """
        end = self.end
        times = [time for bank in banks for time in bank.times]
        if chunk.starts:
            times += self.c.times
        # Results that left before the end no longer matter, however long ago they left.
        times += [max(time, end) for time in self.results.times]
        counts = [self.x.blocks, self.w.blocks, *self.cycles.values()]
        return TimingState(
            end,
            tuple(time - end for time in times),
            np.concatenate([np.array(counts, np.int64), self.work.ravel()]),
            len(chunk.first_transfers),
        )

    def repeat(
        self,
        state: TimingState,
        earlier: TimingState,
        times: int,
        banks: list[OperandBanks],
        chunk: ChunkTiming,
    ) -> None:
        """Advance by as much as from an earlier state to the current one, ``times`` times.

        Parameters:
            state: The current state.
            earlier: An earlier state with the same relative times.
            times: Number of repeats.
            banks, chunk: The same as for :meth:`state`.
        """
        span = state.end - earlier.end
        if chunk.several:
            transfers = np.array(chunk.first_transfers[earlier.tiles :], np.int64)
            delays = span * np.arange(1, times + 1)[:, np.newaxis]
            chunk.first_transfers.extend((transfers + delays).ravel().tolist())
        shift = times * span
        self.end += shift
        for bank in banks:
            bank.shift(shift)
        if chunk.starts:
            self.c.shift(shift)
        self.results.shift(shift)
        self._add(times * (state.counts - earlier.counts))

    def _add(self, counts: NDArray[np.int64]) -> None:
        """Add to all totals, in the order of :attr:`TimingState.counts`."""
        blocks_x, blocks_w, *cycles = counts[: 2 + len(self.cycles)].tolist()
        self.x.blocks += blocks_x
        self.w.blocks += blocks_w
        for name, count in zip(self.cycles, cycles, strict=True):
            self.cycles[name] += count
        self.work += counts[2 + len(cycles) :].reshape(self.work.shape)
