"""Energy of a netlist in a cycle, from the toggles of its nets and the tables of its cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.activity import Activity
from hbfp_hw.ppa.liberty import CellLibrary, Edges
from hbfp_hw.ppa.netlist import ONE, Gate, Netlist
from hbfp_hw.ppa.timing import Timing

CAUSES = {
    "positive_unate": ((0,), (1,)),
    "negative_unate": ((1,), (0,)),
    "non_unate": ((0, 1), (0, 1)),
    "clock": ((0,), (0,)),
}
"""Edges of the input (0: rising, 1: falling) that cause the rising and the falling edge of the
output, by the sense of the arc, or for the clock of a flop."""


@dataclass(frozen=True)
class Energy:
    """Mean energy of a netlist in a clock cycle, in pJ.

    Members:
        internal: Energy that the gates and flops take for the edges of their outputs and for the
            data at the flops, without the clock.
        switching: Energy of the loads of all nets that gates and flops drive: half of C V² for an
            edge.
        clock: Energy that the flops take for the two edges of their clock, and of the capacitance
            of their clock pins. There is no clock tree.
        inputs: Energy of the loads of the input ports, which a driver outside pays.
        leakage_nw: Leakage power in nW, which is no part of the total.
    """

    internal: float
    switching: float
    clock: float
    inputs: float
    leakage_nw: float

    @property
    def total(self) -> float:
        """Internal, switching, clock and input energy in pJ."""
        return self.internal + self.switching + self.clock + self.inputs


def energy_of(
    netlist: Netlist,
    library: CellLibrary,
    loads: NDArray[np.float64],
    timing: Timing,
    activity: Activity,
) -> Energy:
    """Return the mean energy of a netlist in a clock cycle.

    The internal energy of an edge of an output is the mean over the inputs that may have caused it.
    An edge of a gate's input that changes no output takes no energy beyond that of its net.

    Parameters:
        netlist: The netlist.
        library: Library of its cells.
        loads: Load of each net in pF.
        timing: Timing of the netlist, for the slews.
        activity: Toggles of the nets.

    Raises:
        ValueError: The library has no tables of internal energy.
    """
    if not library.has_energy:
        raise ValueError(
            "Cell library must have tables of internal energy for energy figures,"
            f" not {library.name!r} without any"
        )
    edges = activity.toggles / activity.transitions
    half = 0.5 * library.voltage**2
    ports = {net for nets in netlist.inputs.values() for net in nets} - {0, ONE}
    tables = _Tables(loads, timing.slews)
    driven = list(netlist.drivers)
    internal = clock = 0.0
    for gate in netlist.gates:
        for pin, net in gate.outputs.items():
            if edges[net].any():
                internal += float(edges[net] @ tables.output(gate, pin))
        if gate.cell.clock:
            net = gate.inputs.get(gate.cell.data, 0)
            internal += float(edges[net] @ tables.input(gate, gate.cell.data))
            clock += tables.input(gate, gate.cell.clock).sum()
            clock += 2 * half * gate.cell.inputs[gate.cell.clock].capacitance
    return Energy(
        internal=internal,
        switching=half * float(edges[driven].sum(axis=1) @ loads[driven]),
        clock=float(clock),
        inputs=half * float(sum(edges[net].sum() * loads[net] for net in ports)),
        leakage_nw=netlist.leakage,
    )


class _Tables:
    """Internal energies of the edges of a netlist's pins in pJ, as arrays: rising, falling."""

    def __init__(self, loads: NDArray[np.float64], slews: NDArray[np.float64]):
        self._loads = loads.tolist()
        self._slews = slews.tolist()

    def output(self, gate: Gate, pin: str) -> NDArray[np.float64]:
        """Return the energies of the edges of an output, as means over the causing inputs."""
        output = gate.cell.outputs[pin]
        load = self._loads[gate.outputs[pin]]
        found = []
        for name, tables in output.energy.items():
            net = gate.inputs.get(name, 0)
            if net <= ONE:
                continue
            causes = CAUSES[_sense(gate, pin, name)]
            slews = [[self._slews[net][edge] for edge in each] for each in causes]
            found.append(
                [
                    sum(table.at(load, slew) for slew in each) / len(each)
                    for table, each in zip((tables.rise, tables.fall), slews, strict=True)
                ]
            )
        return np.mean(found, axis=0) if found else np.zeros(2)

    def input(self, gate: Gate, pin: str) -> NDArray[np.float64]:
        """Return the energies of the edges of an input that change no output."""
        tables: Edges | None = gate.cell.inputs[pin].energy
        net = gate.inputs.get(pin, 0)
        if tables is None or net <= ONE:
            return np.zeros(2)
        rise, fall = self._slews[net]
        return np.array([tables.rise.at(0.0, rise), tables.fall.at(0.0, fall)])


def _sense(gate: Gate, output: str, pin: str) -> str:
    """Return the key of :data:`CAUSES` for an input and an output of a gate."""
    if pin == gate.cell.clock:
        return "clock"
    senses = {arc.sense for arc in gate.cell.outputs[output].arcs if arc.pin == pin}
    return senses.pop() if len(senses) == 1 else "non_unate"
