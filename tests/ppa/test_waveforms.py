"""Tests of waveforms and of gates that delay them."""

from itertools import pairwise

import numpy as np
import pytest

from hbfp_hw.ppa.expressions import parse_function
from hbfp_hw.ppa.packing import pack, unpack
from hbfp_hw.ppa.waveforms import Waveform, gate_output, source

LANES = 100


def wave(*edges: int, start: int = 0) -> Waveform:
    """Return a waveform of one transition that toggles at the given times."""
    values = [(start + number) % 2 for number in range(len(edges) + 1)]
    return Waveform(np.array(edges, np.int64), np.array(values, np.uint64)[:, None])


def edges_of(result: Waveform) -> list[tuple[int, int]]:
    """Return times and new values of a waveform of one transition."""
    values = (result.values[1:, 0] & np.uint64(1)).tolist()
    return list(zip(result.times.tolist(), values, strict=True))


XOR, _ = parse_function("A ^ B")
NAND, _ = parse_function("!(A & B)")
BUFFER, _ = parse_function("A")


@pytest.mark.parametrize(
    ("late", "delay", "expected"),
    [
        (5, (3, 3), [(3, 1), (8, 0)]),  # A pulse of 5 is longer than the delay.
        (3, (3, 3), [(3, 1), (6, 0)]),  # A pulse that is as long as the delay passes.
        (2, (3, 3), []),
        (4, (5, 1), []),  # Its rising edge would take 5.
        (4, (1, 5), [(1, 1), (9, 0)]),
    ],
)
def test_pulse_shorter_than_its_first_delay_is_swallowed(
    late: int, delay: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    inputs = {"A": wave(0), "B": wave(late)}
    assert edges_of(gate_output(XOR, inputs, {"A": delay, "B": delay})) == expected


def test_low_pulse_counts_the_falling_delay() -> None:
    inputs = {"A": wave(0), "B": wave(4, start=1)}
    output = gate_output(NAND, inputs, {"A": (1, 3), "B": (2, 9)})
    assert edges_of(output) == [(3, 0), (6, 1)]
    assert output.toggles == (1, 1)
    assert not gate_output(NAND, inputs, {"A": (1, 5), "B": (2, 3)}).times.size


def test_shortest_delay_counts_for_inputs_that_change_together() -> None:
    inputs = {"A": wave(2), "B": wave(2)}
    output = gate_output(NAND, inputs, {"A": (9, 6), "B": (9, 4)})
    assert edges_of(output) == [(6, 0)]


def test_train_of_pulses_passes_a_fast_gate_only() -> None:
    train = wave(0, 4, 8, 12)
    assert edges_of(gate_output(BUFFER, {"A": train}, {"A": (2, 3)})) == [
        (2, 1),
        (7, 0),
        (10, 1),
        (15, 0),
    ]


def test_source_changes_at_the_time_of_its_edge() -> None:
    before, after = np.array([0b0011], np.uint64), np.array([0b0101], np.uint64)
    rising_first = source(before, after, 3, 7)
    assert rising_first.times.tolist() == [3, 7]
    assert rising_first.values[:, 0].tolist() == [0b0011, 0b0111, 0b0101]
    falling_first = source(before, after, 7, 3)
    assert falling_first.values[:, 0].tolist() == [0b0011, 0b0001, 0b0101]
    together = source(before, after, 5, 5)
    assert together.times.tolist() == [5]
    assert together.toggles == (1, 1)
    assert not source(before, before, 3, 7).times.size


def plain_output(
    values: dict[str, list[int]], delays: dict[str, tuple[int, int]], length: int
) -> list[int]:
    """Return the output of !(A & B) ^ C in each step of time, for one transition.

    Parameters:
        values: Value of each pin in each step, from step -1 on.
    """
    table = [1 - (a & b) ^ c for a, b, c in zip(*(values[pin] for pin in "ABC"), strict=True)]
    fire: set[int] = set()
    output = [table[0]]
    for now in range(1, length):
        output.append(table[now - 1] if now in fire else output[-1])
        if table[now] != table[now - 1]:
            moved = [pin for pin in "ABC" if values[pin][now] != values[pin][now - 1]]
            fire.add(now + min(delays[pin][1 - table[now]] for pin in moved))
    return output


@pytest.mark.parametrize("seed", range(8))
def test_many_transitions_equal_plain_simulation_of_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    function, _ = parse_function("!(A & B) ^ C")
    length = 60
    delays = {pin: (int(rng.integers(1, 8)), int(rng.integers(1, 8))) for pin in "ABC"}
    toggled = rng.random((3, length, LANES)) < 0.08
    toggled[:, 0] = rng.integers(0, 2, (3, LANES)).astype(bool)
    toggled[:, 40:] = False
    bits = np.logical_xor.accumulate(toggled, axis=1)
    inputs = {
        pin: Waveform(np.arange(length - 1), pack(bits[row])) for row, pin in enumerate("ABC")
    }
    output = gate_output(function, inputs, delays)
    rows = np.searchsorted(output.times, np.arange(-1, length - 1), side="right")
    found = unpack(output.values[rows], LANES).T.astype(int)
    rising = falling = 0
    for lane in range(LANES):
        values = {pin: bits[row, :, lane].astype(int).tolist() for row, pin in enumerate("ABC")}
        expected = plain_output(values, delays, length)
        assert found[lane].tolist() == expected
        rising += sum(a < b for a, b in pairwise(expected))
        falling += sum(a > b for a, b in pairwise(expected))
    assert rising > LANES
    assert output.toggles == (rising, falling)
