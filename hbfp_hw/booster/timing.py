"""Cycles of matrix products of any size on one engine."""

from collections.abc import Iterable
from dataclasses import dataclass

from hbfp_hw.booster.networks import LayerProduct
from hbfp_hw.cycles import simulate_timing
from hbfp_hw.engine import MAX_SIZE, Engine


@dataclass(frozen=True)
class Timing:
    """Cost of products that run one after the other.

    Members:
        cycles: Cycles from the first product's descriptor to the last product's status.
        busy: Cycles in which a cell computes, summed over all cells.
    """

    cycles: int
    busy: int


def total(timings: Iterable[Timing], count: int = 1) -> Timing:
    """Return the sum of all timings, ``count`` times."""
    parts = list(timings)
    return Timing(
        count * sum(part.cycles for part in parts), count * sum(part.busy for part in parts)
    )


class Timer:
    """A timer of products on one engine, which remembers every shape it has timed.

    A product whose sizes exceed the engine's counters is cut into parts: rows and columns at whole
    panels and whole tiles, K at whole chunks. Each part along K starts from the sums of the part
    before it.

    Parameters:
        engine: Sizes of the engine.
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self._most_rows = _round_down(MAX_SIZE, engine.rows * engine.panel_tiles)
        self._most_columns = _round_down(MAX_SIZE, engine.columns)
        self._most_length = _round_down(MAX_SIZE, engine.depth) * engine.block_size
        self._known: dict[tuple[int, int, int, int, bool], Timing] = {}

    def parts(self, product: LayerProduct) -> int:
        """Return the number of descriptors that one product of this shape takes."""
        cuts = self._cuts(product)
        return len(cuts[0]) * len(cuts[1]) * len(cuts[2])

    def time(self, product: LayerProduct, *, wide_x: bool, wide_w: bool) -> Timing:
        """Return the cost of all products of a shape.

        Parameters:
            product: Shape and number of the products.
            wide_x, wide_w: Whether the operands have 6-bit mantissas.
        """
        all_rows, all_lengths, all_columns = self._cuts(product)
        parts = [
            self._time_part(rows, length, columns, wide_x, wide_w, number > 0)
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

    def _time_part(
        self, rows: int, length: int, columns: int, wide_x: bool, wide_w: bool, accumulate: bool
    ) -> Timing:
        schedule = self.engine.schedule(rows, length, columns)
        passes = self.engine.variant.passes(wide_x, wide_w)
        key = rows, schedule.blocks, columns, passes, accumulate
        if key not in self._known:
            report = simulate_timing(schedule, wide_x=wide_x, wide_w=wide_w, accumulate=accumulate)
            self._known[key] = Timing(report.cycles, int(report.busy.sum()))
        return self._known[key]


def _round_down(most: int, size: int) -> int:
    """Return the largest multiple of ``size`` that is at most ``most``."""
    return most // size * size


def _cut(whole: int, most: int) -> list[int]:
    """Return the sizes of the parts of ``whole``, each at most ``most``."""
    return [min(most, whole - start) for start in range(0, whole, most)]
