"""Tests of the toggles of netlists, without and with delays."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hbfp_hw.ppa import activity, cycles
from hbfp_hw.ppa.activity import simulate
from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.netlist import Gate, Netlist
from tests.ppa.circuits import CLOCK, Circuit, random_netlist

Toggles = NDArray[np.int64]

GATES: dict[str, Callable[..., int]] = {
    "INV": lambda a: 1 - a,
    "BUF": lambda a: a,
    "NAND2": lambda a, b: 1 - a * b,
    "XOR2": lambda a, b: (a + b) % 2,
}


def plain_run(
    netlist: Netlist, rows: NDArray[np.bool_], skip: int
) -> tuple[Toggles, list[list[int]]]:
    """Return toggles and outputs of one stream, computed gate by gate and cycle by cycle."""
    state = {net: 0 for number in netlist.flops for net in netlist.gates[number].outputs.values()}
    toggles = np.zeros((netlist.nets, 2), np.int64)
    outputs, before = [], {}
    for cycle, row in enumerate(rows.astype(int).tolist()):
        value = {0: 0, 1: 1} | state | dict(zip(netlist.inputs["i"], row, strict=True))
        left = [gate for gate in netlist.gates if not gate.cell.clock]
        while left:
            ready = [gate for gate in left if all(net in value for net in gate.inputs.values())]
            for gate in ready:
                inputs = [net for _, net in sorted(gate.inputs.items())]
                (net,) = gate.outputs.values()
                value[net] = GATES[gate.cell.name](*(value[each] for each in inputs))
            left = [gate for gate in left if gate not in ready]
        if cycle > skip:
            for net, bit in value.items():
                if bit != before[net]:
                    toggles[net, 1 - bit] += 1
        before = value
        outputs.append([value[net] for net in netlist.outputs["o"]])
        for number in netlist.flops:
            gate = netlist.gates[number]
            state[next(iter(gate.outputs.values()))] = value[gate.inputs["D"]]
    return toggles, outputs


def bits(seed: int, *shape: int) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).integers(0, 2, shape).astype(bool)


@pytest.mark.parametrize("passes", [1, cycles.PASSES])
@pytest.mark.parametrize(("streams", "length", "skip"), [(1, 30, 0), (5, 13, 4), (67, 3, 1)])
def test_zero_delay_equals_plain_simulation(
    small: CellLibrary,
    monkeypatch: pytest.MonkeyPatch,
    passes: int,
    streams: int,
    length: int,
    skip: int,
) -> None:
    monkeypatch.setattr(cycles, "PASSES", passes)
    netlist = random_netlist(small, streams, gates=40, flops=6)
    stimulus = bits(1, streams, length, 8)
    found = simulate(netlist, {"i": stimulus}, skip=skip)
    expected = np.zeros((netlist.nets, 2), np.int64)
    for rows, outputs in zip(stimulus, found.outputs["o"].astype(int).tolist(), strict=True):
        toggles, values = plain_run(netlist, rows, skip)
        expected += toggles
        assert outputs == values
    assert np.array_equal(found.toggles, expected)
    assert found.transitions == streams * (length - 1 - skip)
    assert expected.sum() > 10 * streams


def test_loop_through_a_flop_is_followed_longer_than_the_passes(small: CellLibrary) -> None:
    circuit = Circuit(small)
    enable, state = circuit.net(), circuit.net()
    total = circuit.add("XOR2", A=enable, B=state)
    pins = {"D": total, "CLK": CLOCK}
    circuit.gates.append(Gate("q", small.cells["DFF"], pins, {"Q": state}))
    netlist = circuit.finish({"i": [enable]}, {"o": [state]})
    stimulus = bits(3, 2, 5 * cycles.PASSES, 1)
    found = simulate(netlist, {"i": stimulus}).outputs["o"][:, :, 0]
    expected = np.cumsum(stimulus[:, :, 0], axis=1) % 2
    assert np.array_equal(found[:, 1:], expected[:, :-1].astype(bool))
    assert not found[:, 0].any()


@pytest.mark.parametrize("passes", [1, cycles.PASSES])
def test_complement_of_a_flop_starts_at_one(
    small: CellLibrary, monkeypatch: pytest.MonkeyPatch, passes: int
) -> None:
    monkeypatch.setattr(cycles, "PASSES", passes)
    flop = small.cells["DFF"]
    complement = replace(flop.outputs["Q"], name="QN", inverted=True)
    both = replace(flop, outputs={**flop.outputs, "QN": complement})
    gates = [
        Gate("q", both, {"CLK": CLOCK, "D": 3}, {"Q": 4, "QN": 5}),
        Gate("r", both, {"CLK": CLOCK, "D": 5}, {"QN": 6}),
    ]
    netlist = Netlist("circuit", gates, {"i": [3]}, {"o": [4, 5, 6]}, 7)
    stimulus = bits(4, 3, 9, 1)
    q, qn, r = simulate(netlist, {"i": stimulus}).outputs["o"].transpose(2, 0, 1)
    data = stimulus[:, :, 0]
    assert np.array_equal(q[:, 1:], data[:, :-1])
    assert not q[:, 0].any()
    assert np.array_equal(qn, ~q)
    assert np.array_equal(r[:, 2:], data[:, :-2])
    assert r[:, 0].all()


def glitch_circuit(small: CellLibrary, buffers: int) -> Netlist:
    """Return y = a ^ a delayed by buffers, which is 0 but for glitches."""
    circuit = Circuit(small)
    first = late = circuit.net()
    for _ in range(buffers):
        late = circuit.add("BUF", A=late)
    return circuit.finish({"i": [first]}, {"o": [circuit.add("XOR2", A=first, B=late)]})


@pytest.mark.parametrize(
    ("buffers", "xor", "glitches"),
    [
        (1, (0.05, 0.05), 1),  # The two edges are 0.1 ns apart.
        (1, (0.15, 0.05), 0),  # The rising edge takes longer than that.
        (1, (0.05, 0.35), 1),  # Only the delay of the first edge decides.
        (2, (0.15, 0.05), 1),
    ],
)
def test_reconvergent_paths_glitch(
    small: CellLibrary, buffers: int, xor: tuple[float, float], glitches: int
) -> None:
    netlist = glitch_circuit(small, buffers)
    delays = {(number, "Y", "A"): (0.1, 0.1) for number in range(buffers)}
    delays |= {(buffers, "Y", pin): xor for pin in "AB"}
    stimulus = np.array([[0, 1, 0, 0, 1], [1, 1, 0, 1, 0]], bool)[:, :, None]
    found = simulate(netlist, {"i": stimulus}, delays)
    (output,) = netlist.outputs["o"]
    assert found.toggles[output].tolist() == [6 * glitches, 6 * glitches]
    (port,) = netlist.inputs["i"]
    assert found.toggles[port].tolist() == [3, 3]
    assert found.transitions == 8
    assert not found.outputs["o"].any()
    assert simulate(netlist, {"i": stimulus}).toggles[output].tolist() == [0, 0]


def test_step_of_time_joins_what_it_cannot_tell_apart(small: CellLibrary) -> None:
    netlist = glitch_circuit(small, 1)
    delays = {(0, "Y", "A"): (0.12, 0.12), (1, "Y", "A"): (0.1, 0.1), (1, "Y", "B"): (0.1, 0.1)}
    stimulus = {"i": np.array([[[0], [1]]], bool)}
    (output,) = netlist.outputs["o"]
    assert simulate(netlist, stimulus, delays, step=0.01).toggles[output].tolist() == [1, 1]
    late = delays | {(1, "Y", "A"): (0.2, 0.2)}
    assert simulate(netlist, stimulus, late, step=0.01).toggles[output].tolist() == [0, 0]
    assert simulate(netlist, stimulus, late, step=0.3).toggles[output].tolist() == [1, 1]


def random_delays(netlist: Netlist, seed: int) -> dict[tuple[int, str, str], tuple[float, float]]:
    draw = np.random.default_rng(seed)
    return {
        (number, output, pin): (float(draw.uniform(0.02, 0.2)), float(draw.uniform(0.02, 0.2)))
        for number, gate in enumerate(netlist.gates)
        for output in gate.outputs
        for pin in gate.inputs
    }


def test_nets_end_where_they_end_without_delays(small: CellLibrary) -> None:
    netlist = random_netlist(small, 5, gates=300, flops=20)
    stimulus = {"i": bits(6, 9, 12, 8)}
    plain = simulate(netlist, stimulus, skip=2)
    glitching = simulate(netlist, stimulus, random_delays(netlist, 7), skip=2)
    more = glitching.toggles - plain.toggles
    assert np.array_equal(more[:, 0], more[:, 1])
    assert more.min() == 0
    assert more.sum() > 0.2 * plain.toggles.sum()
    assert glitching.transitions == plain.transitions == 81
    assert np.array_equal(glitching.outputs["o"], plain.outputs["o"])


@pytest.mark.full
def test_parts_of_a_run_add_up(small: CellLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    netlist = random_netlist(small, 8, gates=200, flops=10)
    stimulus, delays = {"i": bits(9, 40, 8, 8)}, random_delays(netlist, 10)
    whole = simulate(netlist, stimulus, delays)
    monkeypatch.setattr(activity, "BATCH_WORDS", netlist.nets)
    monkeypatch.setattr(activity, "CHUNK_NETS", 1)
    parts = simulate(netlist, stimulus, delays)
    assert np.array_equal(whole.toggles, parts.toggles)
    assert np.array_equal(whole.outputs["o"], parts.outputs["o"])
    plain = simulate(netlist, stimulus)
    monkeypatch.undo()
    assert np.array_equal(simulate(netlist, stimulus).toggles, plain.toggles)


def test_constant_inputs_need_no_delay(small: CellLibrary) -> None:
    circuit = Circuit(small)
    data = circuit.net()
    inverted = circuit.add("NAND2", A=data, B=1)
    one = circuit.add("NAND2", A=0, B=1)
    netlist = circuit.finish({"i": [data]}, {"o": [inverted, one, 1, data]})
    stimulus = {"i": np.array([[[0], [1], [0]]], bool)}
    found = simulate(netlist, stimulus, {(0, "Y", "A"): (0.1, 0.1)})
    assert found.outputs["o"].astype(int).tolist() == [[[1, 1, 1, 0], [0, 1, 1, 1], [1, 1, 1, 0]]]
    assert found.toggles.sum(axis=1).tolist() == [0, 0, 0, 2, 2, 0]


def test_gate_without_function_is_refused(small: CellLibrary) -> None:
    cell = small.cells["INV"]
    bare = replace(cell, outputs={"Y": replace(cell.outputs["Y"], function=None)})
    netlist = Netlist("circuit", [Gate("g", bare, {"A": 3}, {"Y": 4})], {"i": [3]}, {"o": [4]}, 5)
    with pytest.raises(
        ValueError, match=r"^Outputs of gates must have a function, not Y of INV without$"
    ):
        simulate(netlist, {"i": bits(1, 1, 4, 1)})


def test_errors_name_the_fault(small: CellLibrary) -> None:
    netlist = glitch_circuit(small, 1)
    stimulus = np.zeros((2, 4, 1), bool)
    with pytest.raises(ValueError, match=r"^Ports of a stimulus must be \['i'\], not \['x'\]$"):
        simulate(netlist, {"x": stimulus})
    with pytest.raises(TypeError, match=r"^Values of port i must be Boolean, not int64$"):
        simulate(netlist, {"i": stimulus.astype(np.int64)})
    for wrong in (stimulus[0], np.zeros((2, 4, 2), bool), np.zeros((0, 4, 1), bool)):
        with pytest.raises(
            ValueError,
            match=r"^Values of port i must be streams x cycles x 1, alike for all ports,"
            r" not \(.*\)$",
        ):
            simulate(netlist, {"i": wrong})
    with pytest.raises(ValueError, match=r"^Step of time must be positive, not 0$"):
        simulate(netlist, {"i": stimulus}, {}, step=0)
    for skip in (-1, 3):
        with pytest.raises(
            ValueError, match=rf"^Skipped clock edges must be 0 to 2 for 4 cycles, not {skip}$"
        ):
            simulate(netlist, {"i": stimulus}, skip=skip)
    with pytest.raises(
        ValueError, match=r"^Delays must have all arcs of the netlist, not lack u0 from A"
    ):
        simulate(netlist, {"i": stimulus}, {})
