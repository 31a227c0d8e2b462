"""Timing of one product on the GEMM engine, tile by tile instead of cycle by cycle.

The engine computes Y tile by tile. In each step, which is one cycle, the array takes one pass of
the blocks of a tile. A tile that has begun runs to its last step without a pause, so the only
unknown is the cycle in which each tile begins. That is the first cycle in which

* the previous tile has ended,
* the banks with its blocks of X and W are filled,
* its start values have arrived, if it has any,
* it has a credit: few enough tiles have begun and not yet sent their last result.

Each of these cycles follows from earlier tiles. A loader fills a bank once the tiles that read its
former content have ended, and a stream transfers one item in each cycle in which its stall pattern
lets it. One tile therefore costs the model a few additions and comparisons, and a load of n blocks
costs one look-up in the stall pattern.

Two shortcuts avoid most of this work. If no start values are needed and results cannot stall, the
model times all row tiles of a column tile at once. And if the state after a column tile or a panel
equals an earlier one, relative to the current cycle, the timing is periodic and the model
fast-forwards.

The delays are numbers of registers in ``hbfp_hw/rtl``. The tests compare the model with the RTL
cycle for cycle, which checks each of them.
"""

from hbfp_hw.cycles.buffers import OperandBanks
from hbfp_hw.cycles.engine_timing import ChunkTiming, EngineTiming
from hbfp_hw.cycles.fast_forward import RepeatFinder
from hbfp_hw.cycles.options import TimingOptions
from hbfp_hw.cycles.report import Report
from hbfp_hw.engine import Schedule

MIN_REMAINING_TILES = 4
"""Fewest remaining column tiles of a panel for which looking for a repeat pays off."""


class ProductTiming:
    """Timing of one product, from its descriptor's transfer to its status's transfer.

    Parameters:
        schedule: The product on its engine.
        wide_x, wide_w, accumulate, options: The same as for
            :func:`~hbfp_hw.cycles.simulate_timing`.
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
        self._accumulate = accumulate
        passes = schedule.engine.variant.passes(wide_x, wide_w)
        self._engine = EngineTiming(schedule.engine, passes, options)
        # A trace lists every tile, and stall patterns make the timing depend on absolute cycles.
        stalls = any(pattern.stalls for pattern in self._engine.patterns.values())
        self._can_repeat = not options.trace and not stalls

    def report(self) -> Report:
        """Walk through the product and return its report. It can be called only once."""
        schedule, engine = self._schedule, self._engine
        panels = [_sizes(len(panel), schedule.engine.rows) for panel in schedule.panels]
        column_tiles = [len(columns) for columns in schedule.column_tiles]
        depths = [len(chunk) for chunk in schedule.chunks]
        returning: list[int] = []
        for number, depth in enumerate(depths):
            starts = self._accumulate or number > 0
            if number == 1 and not self._accumulate:
                # The loader of start values has skipped the first chunk's tiles, one per cycle.
                engine.c.ready = engine.start + len(returning)
            chunk = ChunkTiming(depth, starts, returning, [], len(depths) > 1)
            self._compute_chunk(chunk, panels, column_tiles)
            returning = chunk.first_transfers
        return self._finish(len(depths))

    def _compute_chunk(
        self, chunk: ChunkTiming, panels: list[list[int]], column_tiles: list[int]
    ) -> None:
        """Advance through the panels of a chunk.

        Parameters:
            chunk: The chunk.
            panels: Rows of each row tile of each panel.
            column_tiles: Columns of each column tile.
        """
        full = sum(sum(row_tiles) == sum(panels[0]) for row_tiles in panels)
        repeats = RepeatFinder()
        number = 0
        while number < len(panels):
            self._compute_panel(chunk, panels[number], column_tiles)
            number += 1
            if self._undisturbed(chunk):
                banks = [self._engine.x, self._engine.w]
                number += self._fast_forward(repeats, full - number, banks, chunk)

    def _compute_panel(
        self, chunk: ChunkTiming, row_tiles: list[int], column_tiles: list[int]
    ) -> None:
        """Advance through the column tiles of a panel."""
        full = column_tiles.count(column_tiles[0])
        self._engine.x.fill(sum(row_tiles) * chunk.depth)
        repeats = RepeatFinder()
        number = 0
        while number < len(column_tiles):
            columns = column_tiles[number]
            self._engine.w.fill(columns * chunk.depth)
            self._engine.compute_row_tiles(chunk, row_tiles, columns)
            self._engine.w.release(self._engine.end)
            number += 1
            if full - number >= MIN_REMAINING_TILES and self._undisturbed(chunk):
                number += self._fast_forward(repeats, full - number, [self._engine.w], chunk)
        self._engine.x.release(self._engine.end)

    def _undisturbed(self, chunk: ChunkTiming) -> bool:
        """Return whether relative times alone decide all that follows.

        They do not if streams stall, nor while the loader of start values could still have to wait
        for results of the previous chunk, whose cycles are fixed.
        """
        if not self._can_repeat:
            return False
        return (
            not chunk.returning
            or self._engine.c.return_cycle(chunk.returning[-1]) < self._engine.c.ready
        )

    def _fast_forward(
        self, repeats: RepeatFinder, remaining: int, banks: list[OperandBanks], chunk: ChunkTiming
    ) -> int:
        """Fast-forward over panels or column tiles whose timing repeats.

        Parameters:
            repeats: States after earlier iterations of the same loop.
            remaining: Number of iterations of full size that follow.
            banks: Operands that each iteration loads.
            chunk: The chunk.

        Returns:
            Number of iterations skipped.
        """
        state = self._engine.state(banks, chunk)
        found = repeats.find(state)
        if found is None or found[1] > remaining:
            return 0
        earlier, period = found
        times = remaining // period
        self._engine.repeat(state, earlier, times, banks, chunk)
        return times * period

    def _finish(self, chunks: int) -> Report:
        """Count the cycles after the last tile and return the report."""
        schedule, engine = self._schedule, self._engine
        cycles = engine.cycles
        results_end = engine.results.last_transfer + 1
        status = engine.patterns["o_status"].next_free(results_end)
        stalled = engine.patterns["o"].stalled(engine.end + 1, results_end)
        stalled += engine.patterns["o_status"].stalled(results_end, status)
        cycles["stalled"] += stalled
        cycles["drain"] += status - engine.end - stalled
        # The cell in row r and column c works in every tile with more than r rows and c columns.
        busy = engine.work[::-1, ::-1].cumsum(0).cumsum(1)[::-1, ::-1][1:, 1:]
        result_rows = schedule.rows * len(schedule.column_tiles)
        traffic = {
            "x_written": engine.x.blocks,
            "x_read": int(busy[:, 0].sum()),
            "w_written": engine.w.blocks,
            "w_read": int(busy[0].sum()),
            "start_value_rows": (chunks - (not self._accumulate)) * result_rows,
            "result_rows": chunks * result_rows,
        }
        return Report(
            status + 1,
            **cycles,
            steady=engine.end - engine.first_begin + 1,
            busy=busy,
            traffic=traffic,
            start_value_wait=engine.c.waited,
            spans=engine.spans,
        )


def _sizes(whole: int, size: int) -> list[int]:
    """Cut a whole into parts of ``size`` and return their sizes; the last may be smaller."""
    return [min(size, whole - start) for start in range(0, whole, size)]
