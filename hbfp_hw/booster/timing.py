"""Cycles of matrix products of any size on one engine."""

from collections.abc import Iterable
from dataclasses import dataclass

from hbfp_hw.booster.networks import LayerProduct
from hbfp_hw.cycles import simulate_timing
from hbfp_hw.engine import MOST, Engine


@dataclass(frozen=True)
class Timing:
    """What products cost, one after the other.

    Members:
        cycles: From the first one's descriptor to the last one's status.
        work: Cycles with work, summed over all processing elements.
    """

    cycles: int
    work: int


def total(timings: Iterable[Timing], count: int = 1) -> Timing:
    """What all of them cost, ``count`` times."""
    parts = list(timings)
    return Timing(
        count * sum(part.cycles for part in parts), count * sum(part.work for part in parts)
    )


class Timer:
    """Times products on an engine; shapes that were timed before cost nothing.

    A product beyond the engine's counters is cut: into rows and columns of whole panels and whole
    tiles, and along K into parts of which each starts from the sums of the one before.

    Parameters:
        engine: Sizes of the engine.
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self._most_rows = _whole(MOST, engine.rows * engine.panel_tiles)
        self._most_columns = _whole(MOST, engine.columns)
        self._most_length = _whole(MOST, engine.depth) * engine.block_size
        self._known: dict[tuple[int, int, int, int, bool], Timing] = {}

    def parts(self, product: LayerProduct) -> int:
        """Descriptors that one product of the shape takes."""
        cuts = self._cuts(product)
        return len(cuts[0]) * len(cuts[1]) * len(cuts[2])

    def time(self, product: LayerProduct, *, wide_x: bool, wide_w: bool) -> Timing:
        """Time all products of a shape.

        Parameters:
            product: The shape, and how many there are.
            wide_x, wide_w: Whether the operands have 6-bit mantissas.
        """
        all_rows, all_lengths, all_columns = self._cuts(product)
        parts = [
            self._one(rows, length, columns, wide_x, wide_w, number > 0)
            for rows in all_rows
            for columns in all_columns
            for number, length in enumerate(all_lengths)
        ]
        return total(parts, product.count)

    def _cuts(self, product: LayerProduct) -> tuple[list[int], list[int], list[int]]:
        return (
            _cut(product.rows, self._most_rows),
            _cut(product.length, self._most_length),
            _cut(product.columns, self._most_columns),
        )

    def _one(
        self, rows: int, length: int, columns: int, wide_x: bool, wide_w: bool, accumulate: bool
    ) -> Timing:
        schedule = self.engine.schedule(rows, length, columns)
        passes = self.engine.variant.passes(wide_x, wide_w)
        key = rows, schedule.blocks, columns, passes, accumulate
        if key not in self._known:
            report = simulate_timing(schedule, wide_x=wide_x, wide_w=wide_w, accumulate=accumulate)
            self._known[key] = Timing(report.cycles, int(report.busy.sum()))
        return self._known[key]


def _whole(most: int, size: int) -> int:
    """The largest multiple of ``size`` up to ``most``."""
    return most // size * size


def _cut(whole: int, most: int) -> list[int]:
    return [min(most, whole - start) for start in range(0, whole, most)]
