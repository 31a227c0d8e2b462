"""Sizing of cells for the wires of a placement, which ABC does not know when it sizes them."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.helpers.files import write_text
from hbfp_hw.ppa.liberty import Cell, CellLibrary
from hbfp_hw.ppa.mapping_scripts import NETLIST, VERILOG
from hbfp_hw.ppa.netlist import ONE, Gate, Netlist
from hbfp_hw.ppa.timing import CAUSES, Timing, analyse

INSTANCE = re.compile(r"^  (\w+) (\\\S+ +|\w+ )\(", re.MULTILINE)
"""An instance in the Verilog of Yosys: type and name, with the space behind it."""

STEPS = 40
"""Most steps of sizing."""

PATIENCE = 5
"""Steps without a better netlist after which the search ends."""

CRITICAL = 0.03
"""Part of the period by which a path may be shorter than the longest one and still be sized."""

CHANGES = 30
"""Most cells that one step changes."""


def enlarge(
    netlist: Netlist,
    library: CellLibrary,
    loads: NDArray[np.float64],
    *,
    target: float | None = None,
) -> Netlist:
    """Return the netlist with larger cells on its longest paths.

    A cell is exchanged for one of the same function, so names, nets and results stay as they are.
    Each step enlarges cells whose own gain exceeds what they cost the cells that drive them.

    Parameters:
        netlist: The netlist.
        library: Its library.
        loads: Load of each net in pF, wires included.
        target: Clock period in ns that is short enough; None for the smallest product of period and
            area, which is the highest throughput per area.
    """
    sizes = same_function(library)
    best, fewest = netlist, float("inf")
    loads = loads.copy()
    waited = 0
    for _ in range(STEPS):
        timing = analyse(netlist, loads)
        cost = timing.period * (netlist.area if target is None else 1.0)
        if cost < fewest:
            best, fewest, waited = netlist, cost, 0
        else:
            waited += 1
        if waited == PATIENCE or (target is not None and timing.period <= target):
            break
        changes = _Step(netlist, sizes, loads, timing).changes()
        if not changes:
            break
        gates = list(netlist.gates)
        for number, cell in changes.items():
            _change_loads(gates[number], cell, loads)
            gates[number] = replace(gates[number], cell=cell)
        netlist = replace(netlist, gates=gates)
    return best


def with_cells(netlist: Netlist, source: Path, target: Path) -> None:
    """Write the files of a netlist whose cells were exchanged.

    Parameters:
        netlist: The netlist.
        source: Folder with the files of the netlist before.
        target: Folder for the new files, of the same names.
    """
    cells = {gate.name: gate.cell.name for gate in netlist.gates}
    content = json.loads((source / NETLIST).read_text())
    for name, instance in content["modules"][netlist.name]["cells"].items():
        instance["type"] = cells[name]
    write_text(target / NETLIST, json.dumps(content))

    def exchanged(found: re.Match[str]) -> str:
        name = found[2].strip().removeprefix("\\")
        return f"  {cells[name]} {found[2]}(" if name in cells else found[0]

    text = (source / VERILOG).read_text()
    write_text(target / VERILOG, INSTANCE.sub(exchanged, text))


def same_function(library: CellLibrary) -> dict[str, list[Cell]]:
    """Return for each usable cell the cells of its function and pins, the smallest area first."""
    groups: dict[object, list[Cell]] = {}
    for cell in sorted(library.cells.values(), key=lambda each: (each.area, each.name)):
        if cell.usable and len(cell.outputs) == 1 and cell.inputs:
            groups.setdefault(_signature(cell), []).append(cell)
    return {cell.name: group for group in groups.values() for cell in group}


def _signature(cell: Cell) -> object:
    """Return what two cells must share to be exchanged for each other."""
    pins = sorted(cell.inputs)
    ((name, output),) = cell.outputs.items()
    truth: tuple[int, ...] = ()
    if output.function is not None:
        count = np.arange(1 << len(pins), dtype=np.uint64)
        values = {pin: count >> np.uint64(place) & np.uint64(1) for place, pin in enumerate(pins)}
        words = np.broadcast_to(output.function(values), count.shape)
        truth = tuple(int(word) & 1 for word in words)
    return tuple(pins), name, cell.clock, cell.data, truth


def _change_loads(gate: Gate, cell: Cell, loads: NDArray[np.float64]) -> None:
    """Change the loads of the nets that a gate reads to those with another cell."""
    for pin, net in gate.inputs.items():
        loads[net] += cell.inputs[pin].capacitance - gate.cell.inputs[pin].capacitance


class _Step:
    """One step of sizing.

    Parameters:
        netlist: The netlist.
        sizes: Cells of the same function by the names of cells.
        loads: Load of each net in pF.
        timing: Timing of the netlist.
    """

    def __init__(
        self,
        netlist: Netlist,
        sizes: Mapping[str, list[Cell]],
        loads: NDArray[np.float64],
        timing: Timing,
    ):
        self.netlist, self.sizes, self.loads, self.timing = netlist, sizes, loads, timing
        required = _required(netlist, timing)
        slack = (required - timing.arrivals).min(axis=1)
        self.critical: list[bool] = (slack <= CRITICAL * timing.period).tolist()
        self.slews: list[float] = timing.slews.mean(axis=1).tolist()

    def changes(self) -> dict[int, Cell]:
        """Return new cells by the numbers of gates; no two of them drive each other."""
        found = []
        for number, gate in enumerate(self.netlist.gates):
            if any(self.critical[net] for net in gate.outputs.values()):
                found += [(-gain, number, cell) for gain, cell in self._options(gate)]
        found.sort(key=lambda each: each[:2])
        chosen: dict[int, Cell] = {}
        blocked: set[int] = set()
        for _, number, cell in found:
            if number in blocked or len(chosen) == CHANGES:
                continue
            chosen[number] = cell
            gate = self.netlist.gates[number]
            blocked.add(number)
            blocked.update(self.netlist.drivers.get(net, number) for net in gate.inputs.values())
            for net in gate.outputs.values():
                blocked.update(reader for reader, _ in self.netlist.readers.get(net, ()))
        return chosen

    def _options(self, gate: Gate) -> list[tuple[float, Cell]]:
        """Return the next larger cell with its gain in ns per µm², if it gains anything."""
        group = self.sizes.get(gate.cell.name, [gate.cell])
        larger = [cell for cell in group if cell.area > gate.cell.area][:1]
        options = []
        for cell in larger:
            gain = self._delay(gate, gate.cell, 0.0) - self._delay(gate, cell, 0.0)
            for pin, net in gate.inputs.items():
                driver = self.netlist.drivers.get(net)
                if driver is None or not self.critical[net] or pin == gate.cell.clock:
                    continue
                more = cell.inputs[pin].capacitance - gate.cell.inputs[pin].capacitance
                before = self.netlist.gates[driver]
                gain -= self._delay(before, before.cell, more) - self._delay(
                    before, before.cell, 0.0
                )
            if gain > 0.0:
                options.append((gain / (cell.area - gate.cell.area), cell))
        return options

    def _delay(self, gate: Gate, cell: Cell, more: float) -> float:
        """Return the mean delay of a gate with a cell and a load that is larger by ``more`` pF."""
        ((pin, net),) = gate.outputs.items()
        load = float(self.loads[net]) + more
        delays = []
        for arc in cell.outputs[pin].arcs:
            slew = self.slews[gate.inputs.get(arc.pin, ONE)]
            delays += [table.at(load, slew) for table in arc.delay]
        return sum(delays) / len(delays)


def _required(netlist: Netlist, timing: Timing) -> NDArray[np.float64]:
    """Return the time in ns at which each edge of each net must arrive, nets x 2."""
    found = np.full((netlist.nets, 2), np.inf)
    for number in netlist.flops:
        gate = netlist.gates[number]
        net = gate.inputs[gate.cell.data]
        setup = gate.cell.inputs[gate.cell.data].setup
        for edge in (0, 1):
            time = setup[edge].at(0.0, timing.slews[net, edge]) if setup else 0.0
            found[net, edge] = min(found[net, edge], timing.period - time)
    for nets in netlist.outputs.values():
        found[list(nets)] = np.minimum(found[list(nets)], timing.period)
    required: list[list[float]] = found.tolist()
    for number in reversed(netlist.order):
        gate = netlist.gates[number]
        for pin, net in gate.outputs.items():
            for arc in gate.cell.outputs[pin].arcs:
                delays = timing.delays.get((number, pin, arc.pin))
                if delays is None:
                    continue
                source = required[gate.inputs[arc.pin]]
                for before, after in CAUSES[arc.sense]:
                    source[before] = min(source[before], required[net][after] - delays[after])
    return np.array(required)
