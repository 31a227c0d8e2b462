"""Detection of panels and column tiles whose timing repeats, so that the model can skip them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TimingState:
    """State of a product after a panel or a column tile.

    Members:
        end: Cycle of the last step so far.
        relative_times: Recorded cycles of all buffers, relative to ``end``. They alone decide the
            timing of everything that follows.
        counts: Totals so far, without effect on the timing: blocks, cycles by kind, work of the
            cells.
        tiles: Number of tiles so far in the chunk.
    """

    end: int
    relative_times: tuple[int, ...]
    counts: NDArray[np.int64]
    tiles: int


class RepeatFinder:
    """Store of the states of one loop, to find one with the same relative times as the latest.

    Two equal states have equal futures, so from the earlier one on the timing is periodic.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, ...], tuple[TimingState, int]] = {}

    def find(self, state: TimingState) -> tuple[TimingState, int] | None:
        """Return the first state equal to this one and the period in iterations, or None."""
        now = len(self._seen)
        earlier, then = self._seen.setdefault(state.relative_times, (state, now))
        return None if earlier is state else (earlier, now - then)
