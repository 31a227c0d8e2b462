"""Small netlists, written down by hand or drawn at random."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.netlist import Gate, Netlist

CLOCK = 2
"""Net of the clock."""


@dataclass
class Circuit:
    """A netlist that grows gate by gate; nets have the numbers of Yosys.

    Members:
        library: Library of the cells.
        gates: The gates so far.
        nets: Number of nets so far, with the constants and the clock.
    """

    library: CellLibrary
    gates: list[Gate] = field(default_factory=list)
    nets: int = CLOCK + 1

    def net(self) -> int:
        """Return a new net."""
        self.nets += 1
        return self.nets - 1

    def add(self, cell: str, **inputs: int) -> int:
        """Add a gate or flop with one output, and return the net of its output."""
        kind = self.library.cells[cell]
        (pin,) = kind.outputs
        if kind.clock:
            inputs[kind.clock] = CLOCK
        net = self.net()
        self.gates.append(Gate(f"u{len(self.gates)}", kind, inputs, {pin: net}))
        return net

    def finish(
        self, inputs: Mapping[str, Sequence[int]], outputs: Mapping[str, Sequence[int]]
    ) -> Netlist:
        """Return the netlist with the given ports."""
        return Netlist("circuit", self.gates, inputs, outputs, self.nets)


def random_netlist(library: CellLibrary, seed: int, *, gates: int, flops: int) -> Netlist:
    """Return a netlist of random gates between flops, whose flops may be in loops."""
    draw = random.Random(seed)
    circuit = Circuit(library)
    inputs = [circuit.net() for _ in range(8)]
    states = [circuit.net() for _ in range(flops)]
    nets = inputs + states
    cells = [cell for cell in library.cells.values() if not cell.clock]
    for _ in range(gates):
        cell = draw.choice(cells)
        nets.append(circuit.add(cell.name, **{pin: draw.choice(nets[-40:]) for pin in cell.inputs}))
    flop = next(cell for cell in library.cells.values() if cell.clock)
    (pin,) = flop.outputs
    for state in states:
        pins = {flop.clock: CLOCK, flop.data: draw.choice(nets[-20:])}
        circuit.gates.append(Gate(f"q{state}", flop, pins, {pin: state}))
    return circuit.finish({"i": inputs}, {"o": nets[-4:]})
