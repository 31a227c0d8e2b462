"""Panels and column tiles that cost the same as earlier ones, and need not be walked through."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class State:
    """Where a product stands after a panel, or a column tile of one.

    Members:
        end: Its last cycle.
        places: What the coming ones depend on, in cycles relative to the end.
        counts: What only adds up.
        sent: Tiles so far.
    """

    end: int
    places: tuple[int, ...]
    counts: NDArray[np.int64]
    sent: int


class Repeats:
    """Finds the panel or column tile from which on all goes as it did after an earlier one.

    What follows depends on relative times alone, so from there on everything repeats.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, ...], tuple[State, int]] = {}

    def find(self, state: State) -> tuple[State, int] | None:
        """An earlier state like this one, and how many of them ago it was."""
        now = len(self._seen)
        earlier, then = self._seen.setdefault(state.places, (state, now))
        return None if earlier is state else (earlier, now - then)
