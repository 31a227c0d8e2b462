"""Static timing analysis: arrival times, slews and the critical path of a netlist.

The method is that of ABC's ``stime`` and of OpenSTA with an ideal clock. Each net has one arrival
time and one slew for its rising and one for its falling edge. An arc takes the edges of its input
to those of its output by its sense; a non-unate arc takes both to both. The latest arrival and the
largest slew of each edge are kept, even if two arcs give them. Neither is ever below 0.

For a combinational netlist whose cells have one timing group for each pair of pins, ``period`` is
the delay that ``stime`` prints. ABC treats the ports of a design as follows:

* An input arrives at time 0 with a slew of 0, so compare with ``input_slew=0``.
* ``set_load`` in a ``-constr`` file of Yosys is the load of each output in fF; without one it is 0.
* ``set_driving_cell`` puts a cell with an input slew of 0 before each input. The input then has the
  slew of that cell at the input's load, and arrives at the cell's delay at this load less its delay
  at no load. This has no counterpart here; the analysis of a unit between flops needs none.

ABC merges several timing groups of one pair of pins into one with the largest values, which is more
pessimistic than this analysis.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.netlist import ONE, ZERO, Netlist

INPUT_SLEW = 0.1
"""Default transition time of input ports and of the clock in ns."""

RISE, FALL = 0, 1
"""Columns of arrivals and slews."""

CAUSES = {
    "positive_unate": ((RISE, RISE), (FALL, FALL)),
    "negative_unate": ((FALL, RISE), (RISE, FALL)),
    "non_unate": ((RISE, RISE), (FALL, RISE), (RISE, FALL), (FALL, FALL)),
}
"""Pairs of an edge of the input and the edge of the output that it causes, by the arc's sense."""


class Step(NamedTuple):
    """One step of the critical path.

    Members:
        gate: Name of the gate, flop or bit of a port, such as ``o[3]``.
        net: Net that it drives; in the last step, net that it reads.
        arrival: Latest arrival in ns; in the last step, the period.
    """

    gate: str
    net: int
    arrival: float


@dataclass(frozen=True)
class Timing:
    """Result of the timing analysis of a netlist.

    Members:
        arrivals: Latest arrivals in ns after the clock edge, nets x 2: rising edge, falling edge.
            Constants and nets that depend on nothing else arrive at 0.
        slews: Largest transition times in ns, nets x 2.
        delays: Delays in ns of the rising and the falling edge of an output, by the number of the
            gate, the output pin and the input pin. The mean is taken if both edges of the input
            cause the same edge of the output. Outputs without a net and constant inputs are left
            out.
        period: Smallest clock period in ns: longest path from a flop or an input port to a flop,
            with its setup time, or to an output port.
        path: That path, from its startpoint, a flop or a port, to its endpoint.
    """

    arrivals: NDArray[np.float64]
    slews: NDArray[np.float64]
    delays: Mapping[tuple[int, str, str], tuple[float, float]]
    period: float
    path: Sequence[Step]


def analyse(
    netlist: Netlist, loads: NDArray[np.float64], *, input_slew: float = INPUT_SLEW
) -> Timing:
    """Return the timing of a netlist.

    Parameters:
        netlist: The netlist.
        loads: Load of each net in pF.
        input_slew: Transition time in ns of the input ports, which arrive at 0, and of the clock.

    Raises:
        ValueError: The loads are not one for each net, the slew is negative, or the netlist has
            a combinational loop.
    """
    if loads.shape != (netlist.nets,):
        raise ValueError(
            f"Loads must be one for each of {netlist.nets} nets, not of shape {loads.shape}"
        )
    if not input_slew >= 0.0:
        raise ValueError(f"Slew of the inputs must be at least 0 ns, not {input_slew!r}")
    analysis = _Analysis(netlist, loads.tolist(), input_slew)
    for number in netlist.flops + netlist.order:
        analysis.propagate(number)
    period, path = analysis.longest()
    return Timing(
        arrivals=np.array(analysis.arrivals).T,
        slews=np.array(analysis.slews).T,
        delays=analysis.delays,
        period=period,
        path=path,
    )


class _Analysis:
    """Arrivals and slews by edge and net, as far as they have been propagated."""

    def __init__(self, netlist: Netlist, loads: list[float], input_slew: float):
        self.netlist = netlist
        self.loads = loads
        self.arrivals = [[0.0] * netlist.nets for _ in (RISE, FALL)]
        driven = {ZERO, ONE, *netlist.drivers}
        slews = [0.0 if net in driven else input_slew for net in range(netlist.nets)]
        self.slews = [slews, slews.copy()]
        self.delays: dict[tuple[int, str, str], tuple[float, float]] = {}
        self.causes: dict[tuple[int, int], tuple[int, int]] = {}
        """Net and edge that gave the latest arrival of a net and edge."""

    def propagate(self, number: int) -> None:
        """Propagate edges through a gate, or from the clock to the outputs of a flop."""
        gate = self.netlist.gates[number]
        for pin, net in gate.outputs.items():
            load = self.loads[net]
            found: dict[str, tuple[list[float], list[float]]] = {}
            for arc in gate.cell.outputs[pin].arcs:
                source = gate.inputs.get(arc.pin, ONE)
                if source <= ONE:
                    continue
                delays = found.setdefault(arc.pin, ([], []))
                for before, after in CAUSES[arc.sense]:
                    slew = self.slews[before][source]
                    delay = arc.delay[after].at(load, slew)
                    delays[after].append(delay)
                    arrival = self.arrivals[before][source] + delay
                    if arrival > self.arrivals[after][net]:
                        self.arrivals[after][net] = arrival
                        self.causes[net, after] = source, before
                    transition = arc.transition[after].at(load, slew)
                    if transition > self.slews[after][net]:
                        self.slews[after][net] = transition
            for source_pin, (rise, fall) in found.items():
                self.delays[number, pin, source_pin] = sum(rise) / len(rise), sum(fall) / len(fall)

    def longest(self) -> tuple[float, list[Step]]:
        """Return the length of the longest path and its steps."""
        latest, end = 0.0, None
        for name, net, edge, setup in self.endpoints():
            arrival = self.arrivals[edge][net] + setup
            if end is None or arrival > latest:
                latest, end = arrival, (name, net, edge)
        if end is None:
            return 0.0, []
        name, net, edge = end
        return latest, [*self.path(net, edge), Step(name, net, latest)]

    def endpoints(self) -> Iterator[tuple[str, int, int, float]]:
        """Yield the endpoints of paths: name, net, edge and setup time."""
        for number in self.netlist.flops:
            gate = self.netlist.gates[number]
            net = gate.inputs.get(gate.cell.data, ONE)
            setup = gate.cell.inputs[gate.cell.data].setup
            if net > ONE:
                for edge in (RISE, FALL):
                    slew = self.slews[edge][net]
                    yield gate.name, net, edge, setup[edge].at(0.0, slew) if setup else 0.0
        for name, net in _bits(self.netlist.outputs):
            if net > ONE:
                yield name, net, RISE, 0.0
                yield name, net, FALL, 0.0

    def path(self, net: int, edge: int) -> list[Step]:
        """Return the steps of the longest path to an edge of a net."""
        steps = []
        ports = {n: name for name, n in _bits(self.netlist.inputs)}
        while True:
            number = self.netlist.drivers.get(net)
            gate = None if number is None else self.netlist.gates[number]
            steps.append(
                Step(gate.name if gate else ports.get(net, ""), net, self.arrivals[edge][net])
            )
            if gate is None or gate.cell.clock or (net, edge) not in self.causes:
                return steps[::-1]
            net, edge = self.causes[net, edge]


def _bits(ports: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, int]]:
    """Yield name and net of each bit of ports."""
    for name, nets in ports.items():
        for index, net in enumerate(nets):
            yield f"{name}[{index}]", net
