"""Timing of random netlists against a plain relaxation."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.ppa.tables import Table
from hbfp_hw.ppa.timing import analyse
from tests.ppa.circuits import random_netlist

CAUSES = {
    "positive_unate": [(0, 0), (1, 1)],
    "negative_unate": [(1, 0), (0, 1)],
    "non_unate": [(0, 0), (0, 1), (1, 0), (1, 1)],
}


def value(table: Table, load: float, slew: float) -> float:
    """Return the value of a table, as one polynomial for each cell of the grid."""
    points = []
    for axis, x in ((table.loads, load), (table.slews, slew)):
        low = 0 if len(axis) == 1 else int(np.clip(np.searchsorted(axis, x) - 1, 0, len(axis) - 2))
        high = min(low + 1, len(axis) - 1)
        width = axis[high] - axis[low] or 1.0
        points.append([(low, (axis[high] - x) / width), (high, (x - axis[low]) / width)])
        if low == high:
            points[-1] = [(low, 1.0)]
    return sum(p * q * table.values[i][j] for i, p in points[0] for j, q in points[1])


def relaxed(
    netlist: Netlist, loads: NDArray[np.float64], slew: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return arrivals, slews and period by recomputing all nets until nothing changes."""
    arrivals, slews = np.zeros((2, netlist.nets, 2))
    free = [net for net in range(2, netlist.nets) if net not in netlist.drivers]
    slews[free] = slew
    while True:
        before = arrivals.copy(), slews.copy()
        for gate in netlist.gates:
            for pin, net in gate.outputs.items():
                found = [
                    (
                        y,
                        arrivals[gate.inputs[arc.pin]][x]
                        + value(arc.delay[y], loads[net], slews[gate.inputs[arc.pin]][x]),
                        value(arc.transition[y], loads[net], slews[gate.inputs[arc.pin]][x]),
                    )
                    for arc in gate.cell.outputs[pin].arcs
                    for x, y in CAUSES[arc.sense]
                ]
                for edge in (0, 1):
                    arrivals[net][edge] = max(arrival for y, arrival, _ in found if y == edge)
                    slews[net][edge] = max(transition for y, _, transition in found if y == edge)
        if all(map(np.array_equal, before, (arrivals, slews))):
            break
    ends = [arrivals[net].max() for nets in netlist.outputs.values() for net in nets]
    for number in netlist.flops:
        gate = netlist.gates[number]
        net, setup = gate.inputs[gate.cell.data], gate.cell.inputs[gate.cell.data].setup
        assert setup is not None
        ends += [arrivals[net][y] + value(setup[y], 0.0, slews[net][y]) for y in (0, 1)]
    return arrivals, slews, max(ends)


@pytest.mark.parametrize("seed", range(3))
def test_random_netlists(small: CellLibrary, seed: int) -> None:
    netlist = random_netlist(small, seed, gates=100, flops=12)
    draw = np.random.default_rng(seed)
    wires = {net: float(draw.exponential(0.01)) for net in range(2, netlist.nets)}
    loads = net_loads(netlist, wires=wires)
    timing = analyse(netlist, loads, input_slew=0.07)
    arrivals, slews, period = relaxed(netlist, loads, 0.07)
    np.testing.assert_allclose(timing.arrivals, arrivals, rtol=1e-9)
    np.testing.assert_allclose(timing.slews, slews, rtol=1e-9)
    assert timing.period == pytest.approx(period, rel=1e-9)

    assert timing.path[-1].arrival == timing.period
    assert len(timing.path) > 5
    for before, after in zip(timing.path, timing.path[1:-1], strict=False):
        gate = netlist.gates[netlist.drivers[after.net]]
        assert gate.name == after.gate
        assert before.net in gate.inputs.values()
        assert before.arrival in timing.arrivals[before.net]
        assert after.arrival in timing.arrivals[after.net]
    assert timing.path[-1].net == timing.path[-2].net


def test_order_of_gates_does_not_matter(small: CellLibrary) -> None:
    netlist = random_netlist(small, 9, gates=150, flops=12)
    other = replace(netlist, gates=netlist.gates[::-1])
    one, two = (analyse(each, net_loads(each)) for each in (netlist, other))
    np.testing.assert_allclose(one.arrivals, two.arrivals)
    assert [step.net for step in one.path] == [step.net for step in two.path]
