"""Tests of waveforms and of gates that delay them."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from hbfp_hw.ppa.expressions import parse_function
from hbfp_hw.ppa.waveforms import (
    TIME_BITS,
    Waveform,
    constant,
    gate_output,
    shortest_delays,
    source,
    truth_table,
)

Pairs = list[tuple[int, int]]

LANES = 100
XOR, NAND, BUFFER = (
    truth_table(parse_function(text)[0], pins)
    for text, pins in (("A ^ B", "AB"), ("!(A & B)", "AB"), ("A", "A"))
)


def wave(*edges: int, start: int = 0) -> Waveform:
    """Return a waveform of one transition that toggles at the given times."""
    rising = (len(edges) + 1 - start) // 2
    return Waveform(np.array([start], np.uint8), np.array(edges, np.int64), rising)


def output_edges(table: NDArray[np.uint8], inputs: list[Waveform], delays: Pairs) -> Pairs:
    """Return times and new values of the output in one transition."""
    output = gate_output(table, inputs, shortest_delays(delays))
    value = int(output.start[0])
    edges = []
    for moment in output.moments.tolist():
        value = 1 - value
        edges.append((moment, value))
    assert output.rising == sum(new for _, new in edges)
    assert output.falling == len(edges) - output.rising
    return edges


def test_truth_table_has_the_first_pin_lowest() -> None:
    function, _ = parse_function("A & !B | C")
    assert truth_table(function, "ABC").tolist() == [0, 1, 0, 0, 1, 1, 1, 1]
    wide, _ = parse_function("A & B & C & D & E & F & G & H")
    assert truth_table(wide, "ABCDEFGH").tolist() == [0] * 255 + [1]
    one, _ = parse_function("1")
    assert truth_table(one, "").tolist() == [1]
    with pytest.raises(ValueError, match=r"^Gate must have at most 8 inputs, not 9$"):
        truth_table(wide, "ABCDEFGHI")


def test_shortest_delay_of_a_set_of_inputs() -> None:
    rise, fall = shortest_delays([(5, 2), (3, 9), (4, 1)]).reshape(2, 8)[:, 1:].tolist()
    assert rise == [5, 3, 3, 4, 4, 3, 3]
    assert fall == [2, 9, 2, 1, 1, 1, 1]


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
    late: int, delay: tuple[int, int], expected: Pairs
) -> None:
    assert output_edges(XOR, [wave(0), wave(late)], [delay, delay]) == expected


def test_low_pulse_counts_the_falling_delay() -> None:
    inputs = [wave(0), wave(4, start=1)]
    assert output_edges(NAND, inputs, [(1, 3), (2, 9)]) == [(3, 0), (6, 1)]
    assert output_edges(NAND, inputs, [(1, 5), (2, 3)]) == []


def test_shortest_delay_counts_for_inputs_that_change_together() -> None:
    assert output_edges(NAND, [wave(2), wave(2)], [(9, 6), (9, 4)]) == [(6, 0)]


def test_edges_that_overtake_each_other_leave_the_last_value() -> None:
    inputs = [wave(0), wave(1), constant(np.array([1], np.uint8))]
    table = truth_table(parse_function("(A ^ B) & C")[0], "ABC")
    assert output_edges(table, inputs, [(9, 9), (1, 2), (1, 1)]) == []
    assert output_edges(XOR, [wave(0, 6), wave(1)], [(9, 9), (1, 2)]) == [(9, 1)]


def test_train_of_pulses_passes_a_fast_gate_only() -> None:
    edges = output_edges(BUFFER, [wave(0, 4, 8, 12)], [(2, 3)])
    assert edges == [(2, 1), (7, 0), (10, 1), (15, 0)]


def test_source_changes_at_the_time_of_its_edge() -> None:
    before, after = np.array([0, 0, 1, 1], np.uint8), np.array([0, 1, 0, 1], np.uint8)
    found = source(before, after, 3, 7)
    assert found.start.tolist() == [0, 0, 1, 1]
    assert found.moments.tolist() == [(1 << TIME_BITS) + 3, (2 << TIME_BITS) + 7]
    assert (found.rising, found.falling) == (1, 1)


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


def packed_wave(bits: NDArray[np.bool_]) -> Waveform:
    """Return the waveform of values in each step of time, (steps, transitions)."""
    lanes, times = np.nonzero((bits[1:] != bits[:-1]).T)
    rising = int(np.count_nonzero(bits[1:] & ~bits[:-1]))
    return Waveform(bits[0].astype(np.uint8), (lanes << TIME_BITS) + times, rising)


@pytest.mark.parametrize("seed", range(8))
def test_many_transitions_equal_plain_simulation_of_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = truth_table(parse_function("!(A & B) ^ C")[0], "ABC")
    length = 60
    pairs = [(int(rng.integers(1, 8)), int(rng.integers(1, 8))) for _ in "ABC"]
    toggled = rng.random((3, length, LANES)) < 0.08
    toggled[:, 0] = rng.integers(0, 2, (3, LANES)).astype(bool)
    toggled[:, 40:] = False
    toggled[:, 1:, 17] = False
    bits = np.logical_xor.accumulate(toggled, axis=1)
    output = gate_output(table, [packed_wave(rows) for rows in bits], shortest_delays(pairs))
    expected = []
    for lane in range(LANES):
        values = {pin: bits[row, :, lane].astype(int).tolist() for row, pin in enumerate("ABC")}
        expected.append(plain_output(values, dict(zip("ABC", pairs, strict=True)), length))
    wanted = packed_wave(np.array(expected, bool).T)
    assert np.array_equal(output.start, wanted.start)
    assert np.array_equal(output.moments, wanted.moments)
    assert output.rising == sum(a < b for lane in expected for a, b in pairwise(lane)) > LANES
