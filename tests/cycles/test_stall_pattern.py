"""Stall patterns and input streams against stepping through the cycles."""

import numpy as np
import pytest

from hbfp_hw.cycles.input_stream import InputStream
from hbfp_hw.cycles.stall_pattern import StallPattern


@pytest.mark.parametrize("length", [1, 2, 7, 40])
def test_look_ups_agree_with_stepping(length):
    rng = np.random.default_rng(length)
    for _ in range(20):
        stalls = rng.random(length) < 0.6
        stalls[rng.integers(length)] = False
        pattern = StallPattern(stalls)
        free = [cycle for cycle in range(40 * length + 400) if not stalls[cycle % length]]
        for cycle in range(3 * length):
            later = [other for other in free if other > cycle]
            assert pattern.next_free(cycle) == next(other for other in free if other >= cycle)
            assert [pattern.after(cycle, count) for count in (0, 1, 5)] == [
                cycle,
                later[0],
                later[4],
            ]
            end = cycle + int(rng.integers(0, 3 * length))
            stalled = sum(bool(stalls[other % length]) for other in range(cycle, end))
            assert pattern.stalled(cycle, end) == stalled


def test_a_stream_without_stalls_transfers_in_every_cycle():
    stream = InputStream(StallPattern())
    assert stream.take(5, 3) == (3, 7)
    assert stream.take(2, 0) == (8, 9)


def test_an_item_once_offered_stays():
    stream = InputStream(StallPattern(np.array([False, True, True, True])))
    # Offered in cycle 0 and accepted in the stalled cycle 2; the next one is offered in cycle 4.
    assert stream.take(2, 2) == (2, 4)


@pytest.mark.parametrize("stalls", [np.ones(3, bool), np.zeros(0, bool), np.zeros((2, 2), bool)])
def test_a_pattern_that_stalls_forever_is_refused(stalls):
    with pytest.raises(
        ValueError, match=r"^Stalls must be a row with a cycle that is not stalled$"
    ):
        StallPattern(stalls)
