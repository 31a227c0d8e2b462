"""Waveforms of nets within one cycle, for many transitions at once, and gates that delay them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.expressions import ONES, Function, Words
from hbfp_hw.ppa.packing import count_ones

Times = NDArray[np.int64]


@dataclass(frozen=True)
class Waveform:
    """The values of a net from the clock edge on, in all transitions at once.

    Members:
        times: Times at which the net changes in some transition, in steps, ascending.
        values: Values before the first time and after each time, (times + 1, words).
    """

    times: Times
    values: Words

    @property
    def toggles(self) -> tuple[int, int]:
        """Number of rising and of falling edges in all transitions."""
        changes = self.values[1:] ^ self.values[:-1]
        rises = changes & self.values[1:]
        rising = int(count_ones(rises).sum())
        return rising, int(count_ones(changes).sum()) - rising


def source(before: Words, after: Words, rise: int, fall: int) -> Waveform:
    """Return the waveform of a port or flop, which changes once in a transition.

    Parameters:
        before, after: Values before and after the transitions.
        rise, fall: Times of the two edges in steps.
    """
    after_rise, after_fall = before | after, before & after
    rows = [before, after] if rise == fall else [before, after_rise, after]
    if rise > fall:
        rows[1] = after_fall
    return _shortened(np.array(sorted({rise, fall})), np.array(rows))


def gate_output(
    function: Function, inputs: Mapping[str, Waveform], delays: Mapping[str, tuple[int, int]]
) -> Waveform:
    """Return the waveform of a gate's output.

    A change of the function's value becomes an edge of the output after the delay of that edge from
    the input that changed. With several inputs at the same time, the shortest delay counts. The
    output then takes the value that the function has just before that time. A pulse shorter than
    the delay of its first edge is thus swallowed. These are the rules of Icarus Verilog for path
    delays.

    Parameters:
        function: Value of the output from the values of the inputs.
        inputs: Waveforms at the input pins that the function reads, one or more.
        delays: Delays of the rising and of the falling edge of the output from each of those pins,
            in steps, 1 or more.
    """
    times = _merged([wave.times for wave in inputs.values()])
    aligned = {pin: _at(wave, times) for pin, wave in inputs.items()}
    raw = function(aligned)
    edges = raw[1:] ^ raw[:-1]
    used = np.flatnonzero(edges.any(axis=1))
    if not used.size:
        return Waveform(np.empty(0, np.int64), raw[:1])
    edges, times, after = edges[used], times[used], raw[used + 1]
    changed = {pin: (rows[1:] ^ rows[:-1])[used] for pin, rows in aligned.items()}
    raw = np.concatenate([raw[:1], after])
    late, masks = [], []
    for edge, sides in ((0, edges & after), (1, edges & ~after)):
        for delay, mask in _by_delay(sides, changed, {pin: d[edge] for pin, d in delays.items()}):
            late.append(times + delay)
            masks.append(mask)
    moments, mask = _sorted(np.concatenate(late), np.concatenate(masks))
    taken = raw[np.searchsorted(times, moments, side="left")]
    return _shortened(moments, np.concatenate([raw[:1], _held(taken, mask, raw[0])]))


def _merged(times: Sequence[Times]) -> Times:
    if len(times) == 1:
        return times[0]
    every = np.sort(np.concatenate(times))
    keep = np.ones(len(every), np.bool_)
    keep[1:] = every[1:] != every[:-1]
    return every[keep]


def _at(wave: Waveform, times: Times) -> Words:
    """Return the values of a waveform at the start and after each of some times."""
    if len(wave.times) == len(times):
        return wave.values
    rows = np.zeros(len(times) + 1, np.int64)
    rows[1:] = np.searchsorted(wave.times, times, side="right")
    return wave.values[rows]


def _by_delay(
    edges: Words, changed: Mapping[str, Words], delays: Mapping[str, int]
) -> list[tuple[int, Words]]:
    """Return edges by the delay from the input that caused them, the shortest delay first."""
    pins = sorted(delays, key=delays.__getitem__)
    left = edges
    parts = []
    for pin in pins[:-1]:
        parts.append((delays[pin], left & changed[pin]))
        left = left & ~changed[pin]
    return [*parts, (delays[pins[-1]], left)]


def _sorted(times: Times, masks: Words) -> tuple[Times, Words]:
    """Return masks in the order of time without empty ones; those of the same time are joined."""
    used = np.flatnonzero(masks.any(axis=1))
    order = used[np.argsort(times[used], kind="stable")]
    times, masks = times[order], masks[order]
    starts = np.flatnonzero(np.concatenate([[True], times[1:] != times[:-1]]))
    if len(starts) == len(times):
        return times, masks
    return times[starts], np.bitwise_or.reduceat(masks, starts, axis=0)


def _held(values: Words, masks: Words, start: Words) -> Words:
    """Return values that change only where masks are set.

    Row k of the result is ``values[k]`` where ``masks[k]`` is set, otherwise row k - 1; the row
    before the first is ``start``. Blocks of about the square root of all rows are computed side by
    side and joined, because a loop over the rows would call NumPy for each.
    """
    rows, words = values.shape
    length = isqrt(rows)
    blocks = -(-rows // length)
    value = np.zeros((blocks * length, words), np.uint64)
    keep = np.full((blocks * length, words), ONES)
    value[:rows] = values & masks
    keep[:rows] = ~masks
    value, keep = value.reshape(blocks, length, words), keep.reshape(blocks, length, words)
    for row in range(1, length):
        value[:, row] |= value[:, row - 1] & keep[:, row]
        keep[:, row] &= keep[:, row - 1]
    before = np.empty((blocks, 1, words), np.uint64)
    last = start
    for block in range(blocks):
        before[block, 0] = last
        last = value[block, -1] | (last & keep[block, -1])
    return (value | (before & keep)).reshape(-1, words)[:rows]


def _shortened(times: Times, values: Words) -> Waveform:
    """Return a waveform without the times at which nothing changes."""
    used = np.flatnonzero((values[1:] != values[:-1]).any(axis=1))
    if len(used) < len(times):
        return Waveform(times[used], np.concatenate([values[:1], values[used + 1]]))
    return Waveform(times, values)
