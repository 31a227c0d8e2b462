"""Timing of small netlists, computed by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hbfp_hw.ppa.liberty import Arc, CellLibrary, Edges
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.ppa.tables import Table
from hbfp_hw.ppa.timing import RISE, Timing, analyse
from tests.ppa.circuits import CLOCK, Circuit


@pytest.fixture
def inverter(small: CellLibrary) -> Netlist:
    """One inverter from a port to a port."""
    circuit = Circuit(small)
    a = circuit.net()
    return circuit.finish({"a": [a]}, {"o": [circuit.add("INV", A=a)]})


def test_inverter(inverter: Netlist) -> None:
    """At a slew of 0.05 ns and a load of 0.005 pF, the values are entries of the tables."""
    timing = analyse(inverter, net_loads(inverter), input_slew=0.05)
    assert timing.arrivals.tolist() == [[0, 0], [0, 0], [0, 0], [0, 0], [0.0504, 0.0298]]
    assert timing.slews.tolist() == [[0, 0], [0, 0], [0.05, 0.05], [0.05, 0.05], [0.0432, 0.029]]
    assert timing.delays == {(0, "Y", "A"): (0.0504, 0.0298)}
    assert timing.period == 0.0504
    assert timing.path == [("a[0]", 3, 0.0), ("u0", 4, 0.0504), ("o[0]", 4, 0.0504)]


def test_falling_edge_at_an_output(small: CellLibrary) -> None:
    circuit = Circuit(small)
    netlist = circuit.finish({"a": [circuit.net()]}, {"o": [circuit.add("BUF", A=3)]})
    timing = analyse(netlist, net_loads(netlist), input_slew=0.05)
    rise, fall = timing.arrivals[4]
    assert timing.period == fall > rise


def chain(small: CellLibrary, second: str) -> Timing:
    """Return the timing of an inverter and a gate behind it, with loads of 0.005 pF each."""
    circuit = Circuit(small)
    first = circuit.add("INV", A=circuit.net())
    last = circuit.add(second, **dict.fromkeys(small.cells[second].inputs, first))
    netlist = circuit.finish({"a": [3]}, {"o": [last]})
    return analyse(netlist, np.full(netlist.nets, 0.005), input_slew=0.05)


def test_senses(small: CellLibrary) -> None:
    """The inverter's output rises at 50.4 ps in 43.2 ps and falls at 29.8 ps in 29.0 ps."""
    part = {0.0432: (0.0432 - 0.01) / 0.04, 0.029: (0.029 - 0.01) / 0.04}

    inverted = chain(small, "INV")  # rises by the fall before it, and the other way round
    rise = 0.0298 + 0.0377 + part[0.029] * (0.0504 - 0.0377)
    fall = 0.0504 + 0.0240 + part[0.0432] * (0.0298 - 0.0240)
    assert inverted.arrivals[5] == pytest.approx([rise, fall], abs=1e-12)
    assert [step.gate for step in inverted.path] == ["a[0]", "u0", "u1", "o[0]"]

    xor = chain(small, "XOR2")  # both edges of the output have the later one before them
    arc_a, arc_b = small.cells["XOR2"].outputs["Y"].arcs
    rises = [arc.delay.rise.at(0.005, 0.0432) for arc in (arc_a, arc_b)]
    falls = [arc.delay.fall.at(0.005, 0.0432) for arc in (arc_a, arc_b)]
    assert xor.arrivals[5] == pytest.approx([0.0504 + max(rises), 0.0504 + max(falls)])
    delay_a = xor.delays[1, "Y", "A"]
    assert delay_a[RISE] == pytest.approx((rises[0] + arc_a.delay.rise.at(0.005, 0.029)) / 2)

    buffered = chain(small, "BUF")  # each edge passes
    (arc,) = small.cells["BUF"].outputs["Y"].arcs
    assert buffered.arrivals[5] == pytest.approx(
        [0.0504 + arc.delay.rise.at(0.005, 0.0432), 0.0298 + arc.delay.fall.at(0.005, 0.029)]
    )


def test_arcs_of_one_pin_keep_their_senses(small: CellLibrary) -> None:
    """A gate that inverts in 1 ns and passes in 2 ns, behind an inverter."""

    def constant(number: float) -> Edges:
        table = Table((0.0,), (0.0,), ((number,),))
        return Edges(table, table)

    inverter = small.cells["INV"]
    arcs = (
        Arc("A", "negative_unate", constant(1.0), constant(0.3)),
        Arc("A", "positive_unate", constant(2.0), constant(0.2)),
    )
    mixed = replace(inverter, name="MIX", outputs={"Y": replace(inverter.outputs["Y"], arcs=arcs)})
    timing = chain(replace(small, cells=small.cells | {"MIX": mixed}), "MIX")
    assert timing.arrivals[5] == pytest.approx([2.0504, 2.0298])
    assert timing.slews[5].tolist() == [0.3, 0.3]
    assert timing.delays[1, "Y", "A"] == (1.5, 1.5)


def test_largest_slew_may_come_from_an_early_input(small: CellLibrary) -> None:
    circuit = Circuit(small)
    late = circuit.net()
    early = circuit.add("INV", A=late)  # with a long wire: slow edges
    for _ in range(12):
        late = circuit.add("BUF", A=late)
    last = circuit.add("NAND2", A=late, B=early)
    netlist = circuit.finish({"a": [3]}, {"o": [last]})
    timing = analyse(netlist, net_loads(netlist, wires={early: 0.1}), input_slew=0.05)
    to_a, to_b = small.cells["NAND2"].outputs["Y"].arcs
    assert timing.arrivals[early].max() < timing.arrivals[late].min()
    assert timing.slews[early].min() > timing.slews[late].max()
    for edge in (0, 1):
        other = 1 - edge
        assert timing.arrivals[last][edge] == pytest.approx(
            timing.arrivals[late][other] + to_a.delay[edge].at(0.005, timing.slews[late][other])
        )
        assert timing.slews[last][edge] == pytest.approx(
            to_b.transition[edge].at(0.005, timing.slews[early][other])
        )


def test_flop_to_flop(small: CellLibrary) -> None:
    """The loop of a flop and an inverter; the falling edge has the longer setup time."""
    circuit = Circuit(small)
    state = circuit.add("DFF", D=4)
    assert circuit.add("INV", A=state) == 4
    netlist = circuit.finish({}, {})
    loads = net_loads(netlist)
    timing = analyse(netlist, loads, input_slew=0.05)
    (clock,) = small.cells["DFF"].outputs["Q"].arcs
    (inverter,) = small.cells["INV"].outputs["Y"].arcs
    setup = small.cells["DFF"].inputs["D"].setup
    assert setup is not None
    ends = []
    for edge in (0, 1):
        start = clock.delay[edge].at(loads[state], 0.05)
        slew = clock.transition[edge].at(loads[state], 0.05)
        assert timing.arrivals[state][edge] == pytest.approx(start)
        delay = inverter.delay[1 - edge].at(loads[4], slew)
        slew = inverter.transition[1 - edge].at(loads[4], slew)
        ends.append((start + delay, start + delay + setup[1 - edge].at(0.0, slew)))
    assert ends[0][0] < ends[1][0]  # the rising edge at D is the later one
    assert ends[0][1] > ends[1][1]  # but the falling one decides
    assert timing.period == pytest.approx(ends[0][1])
    assert [(step.gate, step.net) for step in timing.path] == [("u0", 3), ("u1", 4), ("u0", 4)]
    assert [step.arrival for step in timing.path] == pytest.approx(
        [timing.arrivals[state][RISE], *ends[0]]
    )
    assert set(timing.delays) == {(0, "Q", "CLK"), (1, "Y", "A")}


def test_input_port_to_flop(small: CellLibrary) -> None:
    circuit = Circuit(small)
    circuit.add("DFF", D=circuit.net())
    netlist = circuit.finish({"a": [3]}, {})
    timing = analyse(netlist, net_loads(netlist), input_slew=0.01)
    assert timing.period == 0.09  # setup of a falling edge at this slew
    assert timing.path == [("a[0]", 3, 0.0), ("u0", 3, 0.09)]


def test_flop_without_setup(small: CellLibrary) -> None:
    flop = small.cells["DFF"]
    plain = replace(flop, inputs=flop.inputs | {"D": replace(flop.inputs["D"], setup=None)})
    circuit = Circuit(replace(small, cells={"DFF": plain}))
    state = circuit.add("DFF", D=3)
    netlist = circuit.finish({}, {})
    timing = analyse(netlist, net_loads(netlist))
    assert timing.period == timing.arrivals[state].max()


@pytest.mark.parametrize("other", [{"B": 1}, {"B": 0}, {}], ids=["1", "0", "unconnected"])
def test_constants_have_no_edges(small: CellLibrary, other: dict[str, int]) -> None:
    circuit = Circuit(small)
    a = circuit.net()
    last = circuit.add("NAND2", A=a, **other)
    still = circuit.add("NAND2", A=0, B=1)
    circuit.add("DFF", D=0)
    netlist = circuit.finish({"a": [a]}, {"o": [last, 1, still]})
    timing = analyse(netlist, net_loads(netlist), input_slew=0.05)
    to_a, _ = small.cells["NAND2"].outputs["Y"].arcs
    delays = [to_a.delay[edge].at(0.005, 0.05) for edge in (0, 1)]
    assert timing.arrivals[last] == pytest.approx(delays)
    assert set(timing.delays) == {(0, "Y", "A"), (2, "Q", "CLK")}
    assert timing.arrivals[still].tolist() == timing.slews[still].tolist() == [0.0, 0.0]
    assert timing.period == max(delays)


def test_outputs_without_a_net_are_left_out(small: CellLibrary) -> None:
    circuit = Circuit(small)
    circuit.add("INV", A=circuit.net())
    gate = circuit.gates.pop()
    circuit.gates.append(replace(gate, outputs={}))
    netlist = circuit.finish({"a": [3]}, {})
    timing = analyse(netlist, net_loads(netlist))
    assert (timing.delays, timing.period, timing.path) == ({}, 0.0, [])


def test_slow_clock_edges_delay_flops(small: CellLibrary) -> None:
    circuit = Circuit(small)
    state = circuit.add("DFF", D=1)
    netlist = circuit.finish({}, {"o": [state]})
    fast, slow = (analyse(netlist, net_loads(netlist), input_slew=s) for s in (0.05, 0.8))
    assert slow.period > fast.period
    assert slow.slews[CLOCK].tolist() == [0.8, 0.8]


def test_errors(inverter: Netlist) -> None:
    loads = net_loads(inverter)
    message = r"Loads must be one for each of 5 nets, not of shape \(4,\)"
    with pytest.raises(ValueError, match=f"^{message}$"):
        analyse(inverter, loads[1:])
    for slew in (-0.1, math.nan):
        message = rf"Slew of the inputs must be at least 0 ns, not {slew}"
        with pytest.raises(ValueError, match=f"^{message}$"):
            analyse(inverter, loads, input_slew=slew)


def test_combinational_loops_are_refused(small: CellLibrary) -> None:
    circuit = Circuit(small)
    circuit.add("INV", A=3)
    netlist = circuit.finish({}, {})
    with pytest.raises(ValueError, match=r"^Netlist of circuit must have no combinational loop$"):
        analyse(netlist, net_loads(netlist))
