"""Waveforms of nets within one cycle, for many transitions at once, and gates that delay them.

A waveform is the sorted list of its edges in all transitions. The number of NumPy operations for a
gate therefore depends neither on the number of transitions nor on the step of time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.expressions import Function
from hbfp_hw.ppa.packing import pack, unpack

TIME_BITS = 32
"""Bits of the time in a moment; the bits above are the number of the transition."""

PIN_BITS = 3
"""Bits of the pin behind a moment while the edges of several inputs are sorted."""

MOST_PINS = 1 << PIN_BITS

PINS = np.uint8(1) << np.arange(MOST_PINS, dtype=np.uint8)

Moments = NDArray[np.int64]
Values = NDArray[np.uint8]


@dataclass(frozen=True)
class Waveform:
    """The edges of a net after the clock edge, in all transitions.

    Members:
        start: Value before the clock edge in each transition, 0 or 1.
        moments: Moments of its edges, ascending: number of the transition << TIME_BITS | time in
            steps. Edges of one transition alternate.
        rising: Number of rising edges.
    """

    start: Values
    moments: Moments
    rising: int

    @property
    def falling(self) -> int:
        """Number of falling edges."""
        return len(self.moments) - self.rising


def constant(start: Values) -> Waveform:
    """Return the waveform of a net without edges."""
    return Waveform(start, np.empty(0, np.int64), 0)


def source(before: Values, after: Values, rise: int, fall: int) -> Waveform:
    """Return the waveform of a port or flop, which changes once in a transition.

    Parameters:
        before, after: Values before and after each transition.
        rise, fall: Times of the two edges in steps.
    """
    changed = np.flatnonzero(before != after)
    rises = after[changed] == 1
    moments = (changed << TIME_BITS) + np.where(rises, rise, fall)
    return Waveform(before, moments, int(np.count_nonzero(rises)))


def truth_table(function: Function, pins: Sequence[str]) -> Values:
    """Return the values of a function; pin k is bit k of the index.

    Raises:
        ValueError: There are too many pins.
    """
    if len(pins) > MOST_PINS:
        raise ValueError(f"Gate must have at most {MOST_PINS} inputs, not {len(pins)!r}")
    index = np.arange(1 << len(pins))
    values = {pin: pack((index >> k & 1).astype(np.bool_)) for k, pin in enumerate(pins)}
    words = np.broadcast_to(function(values), pack(index.astype(np.bool_)).shape)
    return unpack(words, len(index)).view(np.uint8)


def shortest_delays(delays: Sequence[tuple[int, int]]) -> Moments:
    """Return the delay of an edge by the set of inputs that change together: the shortest one.

    Parameters:
        delays: Delays of the rising and the falling edge from each input in steps, 1 or more.

    Returns:
        Delays of the rising edge for each set, in which input k is bit k of the index, then those
        of the falling edge. The empty set has no meaning.
    """
    sets = np.arange(1 << len(delays))
    found = np.full((2, len(sets)), np.iinfo(np.int64).max >> 1)
    for pin, pair in enumerate(delays):
        inside = sets >> pin & 1 == 1
        found[:, inside] = np.minimum(found[:, inside], np.array(pair)[:, None])
    return found.reshape(-1)


def gate_output(table: Values, inputs: Sequence[Waveform], delays: Moments) -> Waveform:
    """Return the waveform of a gate's output.

    A change of the function's value becomes an edge of the output after the delay of that edge from
    the input that changed. With several inputs at the same time, the shortest delay counts. The
    output then takes the value that the function has just before that time. A pulse shorter than
    the delay of its first edge is thus swallowed. These are the rules of Icarus Verilog for path
    delays.

    Parameters:
        table: Truth table of the function.
        inputs: Waveforms of its inputs, one or more.
        delays: Result of :func:`shortest_delays`.
    """
    first = np.zeros_like(inputs[0].start)
    for pin, wave in enumerate(inputs):
        first |= wave.start << np.uint8(pin)
    start = table.take(first)
    moments, after, before = _states(inputs, first)
    value = table.take(after)
    used = np.flatnonzero(value != table.take(before))
    if not used.size:
        return constant(start)
    causes, value = moments[used], value[used]
    change = (after ^ before)[used] + np.where(value, 0, len(table))
    edges = causes + delays.take(change)
    early = np.flatnonzero(causes[1:] < edges[:-1])
    if not early.size:
        return Waveform(start, edges, int(np.count_nonzero(value)))
    seen = value.copy()
    seen[early] = value[np.searchsorted(causes, edges[early], side="left") - 1]
    order = np.argsort(edges, kind="stable")
    edges, seen = edges[order], seen[order]
    held = np.empty_like(seen)
    held[1:] = seen[:-1]
    opening = _openings(edges)
    held[opening] = start[edges[opening] >> TIME_BITS]
    kept = np.flatnonzero(seen != held)
    return Waveform(start, edges[kept], int(np.count_nonzero(seen[kept])))


def _states(inputs: Sequence[Waveform], first: Values) -> tuple[Moments, Values, Values]:
    """Return the moments at which inputs change, and their values after and before each.

    The values of all inputs are one number, in which input k is bit k. An edge inverts its bit, so
    the values follow from the exclusive or of all edges before.
    """
    if len(inputs) == 1:
        moments = inputs[0].moments
        after = np.bitwise_xor.accumulate(np.ones(len(moments), np.uint8))
    else:
        every = np.concatenate([wave.moments << PIN_BITS | k for k, wave in enumerate(inputs)])
        every.sort()
        after = np.bitwise_xor.accumulate(PINS.take(every & (MOST_PINS - 1)))
        moments = every >> PIN_BITS
        last = np.ones(len(moments), np.bool_)
        np.not_equal(moments[1:], moments[:-1], out=last[:-1])
        if not last.all():
            moments, after = moments[last], after[last]
    before = np.zeros_like(after)
    before[1:] = after[:-1]
    opening = _openings(moments)
    wrong = before[opening] ^ first[moments[opening] >> TIME_BITS]
    wrong = np.repeat(wrong, np.diff(opening, append=len(moments)))
    return moments, after ^ wrong, before ^ wrong


def _openings(moments: Moments) -> NDArray[np.intp]:
    """Return the numbers of the moments that are the first of their transition."""
    transitions = moments >> TIME_BITS
    opens = np.ones(len(moments), np.bool_)
    np.not_equal(transitions[1:], transitions[:-1], out=opens[1:])
    return np.flatnonzero(opens)
