"""One product, tile by tile: when each begins, and what it waits for."""

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles.buffers import Operands, Results, Spans, StartValues
from hbfp_hw.cycles.options import STREAMS, TimingOptions
from hbfp_hw.cycles.repeats import Repeats, State
from hbfp_hw.cycles.report import Report
from hbfp_hw.cycles.stall_pattern import Source, StallPattern
from hbfp_hw.engine import RESULT_DELAY, START_DELAY, Schedule

START = 2
"""From the descriptor's transfer to the first cycle in which operands are taken."""
READ = 1
"""From a step to its words at the edge of the array."""

LEAST_TILES = 4
"""So many column tiles must follow in a panel for it to be worth looking whether they repeat."""


class Run:
    """One product, from its descriptor to its status.

    Parameters:
        schedule: The product on its engine.
        wide_x, wide_w, accumulate, trace, packet_return: As of
            :func:`~hbfp_hw.cycles.simulate_timing`.
        cadences: When each stream of the engine moves.
    """

    def __init__(
        self,
        schedule: Schedule,
        wide_x: bool,
        wide_w: bool,
        accumulate: bool,
        options: TimingOptions,
    ):
        self._schedule = schedule
        self._engine = engine = schedule.engine
        stalls = dict(options.stalls or {})
        cadences = {name: StallPattern(stalls.get(name)) for name in STREAMS}
        self._cadences = cadences
        self._accumulate = accumulate
        self._even = not options.trace and not any(cadence.stalls for cadence in cadences.values())
        self._passes = engine.variant.passes(wide_x, wide_w)
        names = ("x", "w", "c", "tile", "result")
        self._spans: dict[str, Spans] = {name: [] for name in names if options.trace}
        taken = cadences["i_descriptor"].next_free(0)
        self._start = taken + START
        self._x = Operands(Source(cadences["i_x"]), self._start, self._spans.get("x"))
        self._w = Operands(Source(cadences["i_w"]), self._start, self._spans.get("w"))
        self._c = StartValues(
            *(Source(cadences["i_c"]), self._start, cadences["o"], engine.rows),
            options.packet_return,
            self._spans.get("c"),
        )
        self._results = Results(cadences["o"], engine.tiles_in_flight, self._spans.get("result"))
        self._end = self._start - 1  # cycle of the latest tile's last step
        self._sums = {"load": self._start, "compute": 0, "drain": 0, "stalled": 0}
        self._begun = -1
        self._work = np.zeros((engine.rows + 1, engine.columns + 1), np.int64)

    def report(self) -> Report:
        """What it costs."""
        schedule, engine = self._schedule, self._engine
        panels = [_sizes(len(panel), engine.rows) for panel in schedule.panels]
        column_sizes = [len(columns) for columns in schedule.column_tiles]
        chunks = [len(chunk) for chunk in schedule.chunks]
        full_columns = column_sizes.count(column_sizes[0])
        keep = len(chunks) > 1
        again: list[int] = []  # first transfers of the tiles' results in the chunk before
        full = sum(sum(row_tiles) == sum(panels[0]) for row_tiles in panels)
        for number, depth in enumerate(chunks):
            starts = self._accumulate or number > 0
            if number == 1 and not self._accumulate:
                # The loop of the start values has passed over the first chunk's tiles.
                self._c.ready = self._start + len(again)
            sent: list[int] = []
            repeats = Repeats()
            place = 0
            while place < len(panels):
                row_tiles = panels[place]
                self._x.fill(sum(row_tiles) * depth)
                in_panel = Repeats()
                column = 0
                while column < len(column_sizes):
                    columns = column_sizes[column]
                    self._w.fill(columns * depth)
                    self._row_tiles(row_tiles, columns, depth, starts, again, sent)
                    self._w.release(self._end)
                    column += 1
                    if full_columns - column >= LEAST_TILES and self._undisturbed(again):
                        left = full_columns - column
                        column += self._skip(in_panel, left, [self._w], starts, sent, keep)
                self._x.release(self._end)
                place += 1
                if self._undisturbed(again):
                    operands = [self._x, self._w]
                    place += self._skip(repeats, full - place, operands, starts, sent, keep)
            again = sent
        return self._finish(len(chunks))

    def _undisturbed(self, again: list[int]) -> bool:
        """Whether neither stalls nor start values that do not exist yet can interfere."""
        return self._even and not (again and self._c.back(again[-1]) >= self._c.ready)

    def _skip(
        self,
        repeats: Repeats,
        left: int,
        operands: list[Operands],
        starts: bool,
        sent: list[int],
        keep: bool,
    ) -> int:
        """Go past panels or column tiles of which it is known what they do; returns how many.

        Parameters:
            repeats: What was seen before.
            left: So many of full size follow.
            operands: Those that each of them takes anew.
            starts: Whether there are start values.
            sent: First transfers of the tiles' results in this chunk, which are to ``keep``.
        """
        state = self._state(operands, starts, len(sent))
        found = repeats.find(state)
        if found is None or found[1] > left:
            return 0
        earlier, period = found
        times = left // period
        span = state.end - earlier.end
        if keep:
            last = np.array(sent[earlier.sent :], np.int64)
            turns = span * np.arange(1, times + 1)[:, np.newaxis]
            sent.extend((last + turns).ravel().tolist())
        shift = times * span
        self._end += shift
        for operand in operands:
            operand.shift(shift)
        if starts:
            self._c.shift(shift)
        self._results.shift(shift)
        self._add(times * (state.counts - earlier.counts))
        return times * period

    def _state(self, operands: list[Operands], starts: bool, tiles: int) -> State:
        end = self._end
        places = [place for operand in operands for place in operand.places]
        if starts:
            places += self._c.places
        # What has left before the end holds up nothing any more.
        places += [max(cycle, end) for cycle in self._results.places]
        sums = [self._x.blocks, self._w.blocks, *self._sums.values()]
        counts = np.concatenate([np.array(sums, np.int64), self._work.ravel()])
        return State(end, tuple(cycle - end for cycle in places), counts, tiles)

    def _add(self, counts: NDArray[np.int64]) -> None:
        """Count more, in the order of a state's counts."""
        blocks_x, blocks_w, *sums = counts[: 2 + len(self._sums)].tolist()
        self._x.blocks += blocks_x
        self._w.blocks += blocks_w
        for name, count in zip(self._sums, sums, strict=True):
            self._sums[name] += count
        self._work += counts[2 + len(sums) :].reshape(self._work.shape)

    def _row_tiles(
        self,
        row_tiles: list[int],
        columns: int,
        depth: int,
        starts: bool,
        again: list[int],
        sent: list[int],
    ) -> None:
        """The row tiles of one column tile."""
        work = depth * self._passes
        interval = max(work, self._engine.rows)
        count = len(row_tiles)
        if not starts and not self._cadences["o"].stalls and not self._spans:
            begin = self._begin(0)
            self._end = begin + count * interval - 1
            first = begin + interval + self._delay
            sent.extend(range(first, first + count * interval, interval))
            self._results.send_at_once(sent[-1] + row_tiles[-1] - 1)
            self._sums["compute"] += count * work
            self._sums["drain"] += count * (interval - work)
        else:
            for rows in row_tiles:
                usable = 0
                if starts:
                    usable = self._c.take(rows, again[len(sent)] if again else None)
                begin = self._begin(usable)
                self._end = begin + interval - 1
                if starts:
                    run = self._end - work + self._passes
                    opened = run + START_DELAY + self._engine.columns - 1
                    self._c.release(opened)
                sent.append(self._results.send(rows, self._end + 1 + self._delay))
                self._sums["compute"] += work
                self._sums["drain"] += interval - work
                if self._spans:
                    self._spans["tile"].append((self._end - work + 1, self._end))
        full = count if row_tiles[-1] == self._engine.rows else count - 1
        self._work[self._engine.rows, columns] += full * work
        if full < count:
            self._work[row_tiles[-1], columns] += work

    @property
    def _delay(self) -> int:
        """From a tile's last step to the cycle before its first row is offered."""
        return READ + RESULT_DELAY + self._engine.columns - 1

    def _begin(self, start_values: int) -> int:
        """When the next tile begins, and what it waited for."""
        room = self._results.room
        earliest = self._end + 1
        begin = max(earliest, self._x.usable, self._w.usable, start_values, room)
        if begin > earliest:
            waits = {"i_x": self._x.usable, "i_w": self._w.usable, "i_c": start_values, "o": room}
            stream = max(waits, key=lambda name: waits[name])
            stalled = self._cadences[stream].stalled(earliest, begin)
            self._sums["stalled"] += stalled
            self._sums["drain" if stream == "o" else "load"] += begin - earliest - stalled
        if self._begun < 0:
            self._begun = begin
        return begin

    def _finish(self, chunks: int) -> Report:
        schedule, sums = self._schedule, self._sums
        status = self._cadences["o_status"].next_free(self._results.sent + 1)
        stalled = self._cadences["o"].stalled(self._end + 1, self._results.sent + 1)
        stalled += self._cadences["o_status"].stalled(self._results.sent + 1, status)
        sums["stalled"] += stalled
        sums["drain"] += status - self._end - stalled
        # Work of tiles with at least so many rows and columns.
        busy = self._work[::-1, ::-1].cumsum(0).cumsum(1)[::-1, ::-1][1:, 1:]
        results = schedule.rows * len(schedule.column_tiles)
        traffic = {
            "x_written": self._x.blocks,
            "x_read": int(busy[:, 0].sum()),
            "w_written": self._w.blocks,
            "w_read": int(busy[0].sum()),
            "start_value_rows": (chunks - (not self._accumulate)) * results,
            "result_rows": chunks * results,
        }
        steady = self._end - self._begun + 1
        return Report(
            status + 1,
            **sums,
            steady=steady,
            busy=busy,
            traffic=traffic,
            start_value_wait=self._c.waited,
            spans=self._spans,
        )


def _sizes(whole: int, size: int) -> list[int]:
    """Sizes of the parts of a whole, the last one maybe smaller."""
    return [min(size, whole - start) for start in range(0, whole, size)]
