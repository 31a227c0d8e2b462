"""Netlists of library cells, read from the JSON that Yosys writes."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hbfp_hw.ppa.liberty import Cell, CellLibrary

ZERO, ONE = 0, 1
"""Nets of the constants: Yosys numbers all others from 2."""


@dataclass(frozen=True)
class Gate:
    """An instance of a cell.

    Members:
        name: Name of the instance.
        cell: The cell.
        inputs: Nets at its input pins, by pin.
        outputs: Nets at its output pins, by pin; a pin without a net is left out.
    """

    name: str
    cell: Cell
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]


@dataclass(frozen=True)
class Netlist:
    """A flat netlist of gates and flops with one clock.

    Members:
        name: Name of the module.
        gates: Gates and flops.
        inputs: Nets of each input port, lowest bit first, without the clock.
        outputs: Nets of each output port, lowest bit first.
        nets: Number of nets, the constants included.
    """

    name: str
    gates: Sequence[Gate]
    inputs: Mapping[str, Sequence[int]]
    outputs: Mapping[str, Sequence[int]]
    nets: int

    @property
    def area(self) -> float:
        """Area of all cells in µm²."""
        return sum(gate.cell.area for gate in self.gates)

    @property
    def leakage(self) -> float:
        """Leakage power of all cells in nW."""
        return sum(gate.cell.leakage for gate in self.gates)

    @cached_property
    def flops(self) -> list[int]:
        """Numbers of the gates that are flops."""
        return [number for number, gate in enumerate(self.gates) if gate.cell.clock]

    @cached_property
    def drivers(self) -> dict[int, int]:
        """Number of the gate that drives each net; inputs and constants are left out."""
        return {net: n for n, gate in enumerate(self.gates) for net in gate.outputs.values()}

    @cached_property
    def readers(self) -> dict[int, list[tuple[int, str]]]:
        """The gates that read each net, with the pin that reads it; clock pins are left out."""
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for number, gate in enumerate(self.gates):
            for pin, net in gate.inputs.items():
                if pin != gate.cell.clock:
                    found[net].append((number, pin))
        return dict(found)

    @cached_property
    def order(self) -> list[int]:
        """Numbers of the gates without flops, each one after those that drive its inputs.

        Raises:
            ValueError: The netlist has a combinational loop.
        """
        waiting = {}
        ready = []
        for number, gate in enumerate(self.gates):
            if gate.cell.clock:
                continue
            waiting[number] = sum(
                net in self.drivers and not self.gates[self.drivers[net]].cell.clock
                for net in gate.inputs.values()
            )
            if not waiting[number]:
                ready.append(number)
        order = []
        while ready:
            number = ready.pop()
            order.append(number)
            for net in self.gates[number].outputs.values():
                for reader, _ in self.readers.get(net, ()):
                    if reader in waiting:
                        waiting[reader] -= 1
                        if not waiting[reader]:
                            ready.append(reader)
        if len(order) != len(waiting):
            raise ValueError(f"Netlist of {self.name} must have no combinational loop")
        return order


def read_netlist(path: Path, library: CellLibrary, top: str) -> Netlist:
    """Read a flat netlist from the JSON of Yosys.

    Parameters:
        path: File that ``write_json`` wrote.
        library: Library that the design was mapped to.
        top: Name of the module.

    Raises:
        ValueError: A cell is not of the library, or is a latch or a flop with set or reset; or the
            flops have several clocks, or one that is no input port.
    """
    module = json.loads(path.read_text())["modules"][top]
    gates = []
    highest = ONE
    for name, instance in module["cells"].items():
        cell = library.cells.get(instance["type"])
        if cell is None or not cell.usable:
            raise ValueError(
                f"Cells of a netlist must be gates or plain flops of library {library.name},"
                f" not {instance['type']!r}"
            )
        nets = {pin: _net(bits[0]) for pin, bits in instance["connections"].items() if bits}
        highest = max(highest, *nets.values())
        gates.append(
            Gate(
                name,
                cell,
                {pin: net for pin, net in nets.items() if pin in cell.inputs},
                {pin: net for pin, net in nets.items() if pin in cell.outputs},
            )
        )
    clocks = {gate.inputs[gate.cell.clock] for gate in gates if gate.cell.clock}
    inputs = (port["bits"] for port in module["ports"].values() if port["direction"] == "input")
    if len(clocks) > 1 or clocks - {_net(bit) for bits in inputs for bit in bits}:
        raise ValueError(f"Flops of {top} must have one clock that is an input port")
    ports: dict[str, dict[str, list[int]]] = {"input": {}, "output": {}}
    for name, port in module["ports"].items():
        nets_of_port = [_net(bit) for bit in port["bits"]]
        highest = max(highest, *nets_of_port)
        if not clocks & set(nets_of_port):
            ports[port["direction"]][name] = nets_of_port
    return Netlist(top, gates, ports["input"], ports["output"], highest + 1)


def _net(bit: int | str) -> int:
    """Return the number of a net; an undefined constant counts as 0."""
    if isinstance(bit, str):
        return ONE if bit == "1" else ZERO
    return bit
