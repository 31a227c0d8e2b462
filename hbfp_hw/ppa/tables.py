"""Tables of Liberty files: a delay, a transition or an energy over load and input slew."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Table:
    """Values on a grid, linear between its points and beyond its edges.

    Members:
        loads: Capacitances at the output in pF, ascending; one value if the load has no effect.
        slews: Transition times at the input in ns, ascending; one value if they have no effect.
        values: Rows of values, one row for each load and one column for each slew.

    Raises:
        ValueError: The points of an axis do not ascend.
    """

    loads: tuple[float, ...]
    slews: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for axis in (self.loads, self.slews):
            if any(low >= high for low, high in pairwise(axis)):
                raise ValueError(f"Axis of a table must ascend, not be {axis}")

    def at(self, load: float, slew: float) -> float:
        """Return the value at a load in pF and a slew in ns."""
        row, rest = _place(self.loads, load)
        column, beside = _place(self.slews, slew)
        values = self.values
        if rest == 0.0:
            return _between(values[row], column, beside)
        low, high = _between(values[row], column, beside), _between(values[row + 1], column, beside)
        return low + rest * (high - low)

    @property
    def array(self) -> NDArray[np.float64]:
        """The values as an array, loads x slews."""
        return np.array(self.values)


def _place(points: Sequence[float], value: float) -> tuple[int, float]:
    """Return the segment that a value belongs to, and its place there from 0 to 1.

    A value beyond the points gets a place beyond 0 or 1 in the first or the last segment.
    """
    if len(points) == 1:
        return 0, 0.0
    index = min(max(bisect_right(points, value) - 1, 0), len(points) - 2)
    return index, (value - points[index]) / (points[index + 1] - points[index])


def _between(row: Sequence[float], index: int, place: float) -> float:
    low = row[index]
    return low if place == 0.0 else low + place * (row[index + 1] - low)
