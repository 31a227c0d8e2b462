"""Timing of one product on the GEMM engine, tile by tile instead of cycle by cycle.

The engine makes this possible: once begun, a tile runs to its end without a pause, so that all that
varies is when tiles begin. A tile begins in the first cycle in which the one before it has ended,
its operands and start values are there, and its results have room. What those wait for in turn is
known from earlier tiles: a buffer bank is filled again when it has been read, a stream moves when
its stall pattern lets it. Each step of that is a maximum of sums, and a whole load of n blocks one
look-up. Where no stream can interfere, all row tiles of a column tile are one step, and panels that
repeat earlier ones are none.

The delays below are those of the registers in ``hbfp_hw/rtl``; every one of them is checked by the
tests that compare this model with the RTL cycle for cycle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.cycles.cadence import Cadence, Source
from hbfp_hw.cycles.repeats import Repeats, State
from hbfp_hw.engine import BANKS, RESULT_DELAY, START_DELAY, START_TILES, Schedule
from hbfp_hw.format import check_integer

STREAMS = ("i_descriptor", "i_x", "i_w", "i_c", "o", "o_status")
START = 2
"""From the descriptor's transfer to the first cycle in which operands are taken."""
CONVERT = 2
"""From the transfer of a bank's last block to the first step that may read it."""
READ = 1
"""From a step to its words at the edge of the array."""


@dataclass
class Report:
    """What a product costs on an engine.

    Members:
        cycles: From the first cycle after reset to the transfer of the status, both included.
        load, compute, drain, stalled: Their parts: waiting for operands or start values, feeding
            the array, waiting for results to leave (or for row buses to be free), and those of the
            waiting cycles in which the stream waited for was stalled from outside.
        steady: Cycles from the first tile's begin to the last tile's end.
        busy: Cycles with work of each processing element, shape (rows, columns).
        traffic: Words moved: blocks written to and read from each operand buffer, rows of start
            values and of results.
        start_value_wait: Cycles in which there was room for start values and none came, if nothing
            is stalled; they cost something only where ``load`` says so.
        spans: With tracing, for each of x, w, c, tile and result the intervals (first, last cycle).
    """

    cycles: int
    load: int
    compute: int
    drain: int
    stalled: int
    steady: int
    busy: NDArray[np.int64]
    traffic: dict[str, int]
    start_value_wait: int
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def utilisation(self) -> float:
        """Share of processing elements' cycles that did work, over the whole product."""
        return float(self.busy.mean() / self.cycles)

    @property
    def steady_utilisation(self) -> float:
        """Share of cycles that fed the array, from the first tile's begin to the last one's end."""
        return self.compute / self.steady

    def as_dict(self) -> dict[str, Any]:
        """Plain data for reports."""
        return {
            "cycles": self.cycles,
            "breakdown": {
                "load": self.load,
                "compute": self.compute,
                "drain": self.drain,
                "stalled": self.stalled,
            },
            "utilisation": self.utilisation,
            "steady_utilisation": self.steady_utilisation,
            "pe_utilisation": (self.busy / self.cycles).tolist(),
            "traffic": self.traffic,
        }


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
    cadences = {name: Cadence(patterns.get(name)) for name in STREAMS}
    return _Run(schedule, wide_x, wide_w, accumulate, cadences, trace, packet_return).report()


class _Bank:
    """Filling of one operand's buffer banks, ahead of their use."""

    def __init__(self, source: Source, start: int, spans: list[tuple[int, int]] | None):
        self._source = source
        self._ready = start
        self._released = [-1] * BANKS
        self._spans = spans
        self.blocks = 0
        self.usable = 0

    def fill(self, blocks: int) -> None:
        """Take the blocks of the next part; afterwards ``usable`` is when steps may read it."""
        first, last = self._source.take(blocks, max(self._ready, self._released[0] + 1))
        self._ready, self.usable = last + 1, last + CONVERT
        self.blocks += blocks
        if self._spans is not None:
            self._spans.append((first, last))

    @property
    def places(self) -> list[int]:
        """Cycles on which the coming fills depend."""
        return [self._source.taken, self._ready, *self._released]

    def shift(self, cycles: int) -> None:
        """Let all have been so much later."""
        self._source.taken += cycles
        self._ready += cycles
        self._released = [cycle + cycles for cycle in self._released]

    def release(self, cycle: int) -> None:
        """The part has been read in this cycle."""
        self._released = [*self._released[1:], cycle]


class _Run:
    def __init__(
        self,
        schedule: Schedule,
        wide_x: bool,
        wide_w: bool,
        accumulate: bool,
        cadences: dict[str, Cadence],
        trace: bool,
        packet_return: int | None,
    ):
        self._packet_return = packet_return
        self._schedule = schedule
        self._engine = engine = schedule.engine
        self._cadences = cadences
        self._accumulate = accumulate
        self._even = not trace and not any(cadence.stalls for cadence in cadences.values())
        self._passes = engine.variant.passes(wide_x, wide_w)
        names = ("x", "w", "c", "tile", "result")
        self._spans: dict[str, list[tuple[int, int]]] = {name: [] for name in names if trace}
        taken = cadences["i_descriptor"].next_free(0)
        self._start = taken + START
        self._x = _Bank(Source(cadences["i_x"]), self._start, self._spans.get("x"))
        self._w = _Bank(Source(cadences["i_w"]), self._start, self._spans.get("w"))
        self._c = Source(cadences["i_c"])
        self._c_ready = self._start
        self._c_released = [-1] * START_TILES
        self._end = self._start - 1  # cycle of the latest tile's last step
        self._sent = -1  # cycle of the latest result's transfer
        self._leaving = [-1] * engine.tiles_in_flight  # last transfers of the latest tiles
        self._sums = {"load": self._start, "compute": 0, "drain": 0, "stalled": 0}
        self._start_value_wait = 0
        self._begun = -1
        self._work = np.zeros((engine.rows + 1, engine.columns + 1), np.int64)

    def report(self) -> Report:
        schedule, engine = self._schedule, self._engine
        panels = [_sizes(len(panel), engine.rows) for panel in schedule.panels]
        column_sizes = [len(columns) for columns in schedule.column_tiles]
        chunks = [len(chunk) for chunk in schedule.chunks]
        again: list[int] = []  # first transfers of the tiles' results in the chunk before
        full = sum(sum(row_tiles) == sum(panels[0]) for row_tiles in panels)
        for number, depth in enumerate(chunks):
            starts = self._accumulate or number > 0
            if number == 1 and not self._accumulate:
                # The loop of the start values has passed over the first chunk's tiles.
                self._c_ready = self._start + len(again)
            sent: list[int] = []
            repeats = Repeats()
            place = 0
            while place < len(panels):
                row_tiles = panels[place]
                self._x.fill(sum(row_tiles) * depth)
                for columns in column_sizes:
                    self._w.fill(columns * depth)
                    self._row_tiles(row_tiles, columns, depth, starts, again, sent)
                    self._w.release(self._end)
                self._x.release(self._end)
                place += 1
                if self._even and not (again and self._back(again[-1]) >= self._c_ready):
                    # Neither stalls nor start values that do not exist yet can interfere.
                    place += self._skip(repeats, full - place, starts, sent, len(chunks) > 1)
            again = sent
        return self._finish(len(chunks))

    def _skip(self, repeats: Repeats, left: int, starts: bool, sent: list[int], again: bool) -> int:
        """Go past panels of which it is known what they do; returns how many.

        Parameters:
            repeats: What was seen before in this chunk.
            left: Panels of full size that follow.
            starts: Whether there are start values.
            sent: First transfers of the tiles' results in this chunk, kept if needed ``again``.
        """
        state = self._state(starts, len(sent))
        found = repeats.find(state)
        if found is None or found[1] > left:
            return 0
        earlier, period = found
        times = left // period
        span = state.end - earlier.end
        if again:
            last = np.array(sent[earlier.sent :], np.int64)
            turns = span * np.arange(1, times + 1)[:, np.newaxis]
            sent.extend((last + turns).ravel().tolist())
        shift = times * span
        self._end += shift
        self._sent += shift
        self._leaving = [cycle + shift for cycle in self._leaving]
        self._x.shift(shift)
        self._w.shift(shift)
        if starts:
            self._c.taken += shift
            self._c_ready += shift
            self._c_released = [cycle + shift for cycle in self._c_released]
        self._add(times * (state.counts - earlier.counts))
        return times * period

    def _state(self, starts: bool, tiles: int) -> State:
        end = self._end
        places = [*self._x.places, *self._w.places]
        if starts:
            places += [self._c.taken, self._c_ready, *self._c_released]
        # What has left before the end holds up nothing any more.
        places += [max(cycle, end) for cycle in (self._sent, *self._leaving)]
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
            self._sent = sent[-1] + row_tiles[-1] - 1
            self._leaving = [-1] * len(self._leaving)  # long gone when room could run out
            self._sums["compute"] += count * work
            self._sums["drain"] += count * (interval - work)
        else:
            for rows in row_tiles:
                usable = self._take_start_values(rows, again, len(sent)) if starts else 0
                begin = self._begin(usable)
                self._end = begin + interval - 1
                if starts:
                    run = self._end - work + self._passes
                    opened = run + START_DELAY + self._engine.columns - 1
                    self._c_released = [*self._c_released[1:], opened]
                self._send(rows, sent)
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
        room = self._leaving[0] + 1
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

    def _take_start_values(self, rows: int, again: list[int], tile: int) -> int:
        """When a tile's start values are there."""
        ready = max(self._c_ready, self._c_released[0] + 1)
        if not again:
            taken, last = self._c.take(rows, ready)
        elif self._packet_return is None:
            taken, last = self._c.take_again(self._cadences["o"], again[tile], rows, ready)
        else:
            taken, last = self._c.take(rows, max(ready, self._back(again[tile], rows)))
        self._start_value_wait += taken - ready
        self._c_ready = last + 1
        if self._spans:
            self._spans["c"].append((taken, last))
        return last + 1

    def _back(self, first: int, rows: int | None = None) -> int:
        """Cycle in which results that began to leave in this one are there again.

        Parameters:
            rows: Of the tile, or None for as many as it can have.
        """
        if self._packet_return is None:
            return first
        # The core holds each row for a cycle.
        last = first + (self._engine.rows if rows is None else rows)
        return last + self._packet_return

    def _send(self, rows: int, sent: list[int]) -> None:
        """Transfer the rows of the tile that ends in ``_end``."""
        cadence = self._cadences["o"]
        first = cadence.next_free(max(self._end + 1 + self._delay, self._sent + 1))
        self._sent = cadence.after(first, rows - 1)
        self._leaving = [*self._leaving[1:], self._sent]
        sent.append(first)
        if self._spans:
            self._spans["result"].append((first, self._sent))

    def _finish(self, chunks: int) -> Report:
        schedule, sums = self._schedule, self._sums
        status = self._cadences["o_status"].next_free(self._sent + 1)
        stalled = self._cadences["o"].stalled(self._end + 1, self._sent + 1)
        stalled += self._cadences["o_status"].stalled(self._sent + 1, status)
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
            start_value_wait=self._start_value_wait,
            spans=self._spans,
        )


def _sizes(whole: int, size: int) -> list[int]:
    """Sizes of the parts of a whole, the last one maybe smaller."""
    return [min(size, whole - start) for start in range(0, whole, size)]
