"""Sizing of cells for given wires."""

from dataclasses import replace

import numpy as np
import pytest

from hbfp_hw.ppa.liberty import Arc, Cell, CellLibrary, Edges, Output
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.ppa.resize import enlarge, same_function
from hbfp_hw.ppa.tables import Table
from hbfp_hw.ppa.timing import analyse
from tests.ppa.circuits import Circuit


def stronger(cell: Cell, name: str) -> Cell:
    """Return a cell of twice the area and input capacitance, which feels half of each load."""

    def halved(edges: Edges) -> Edges:
        return Edges(
            *(Table(tuple(2 * load for load in e.loads), e.slews, e.values) for e in edges)
        )

    outputs = {
        pin: Output(
            pin,
            out.function,
            out.pins,
            tuple(Arc(a.pin, a.sense, halved(a.delay), halved(a.transition)) for a in out.arcs),
            out.energy,
        )
        for pin, out in cell.outputs.items()
    }
    inputs = {pin: replace(i, capacitance=2 * i.capacitance) for pin, i in cell.inputs.items()}
    return replace(cell, name=name, area=2 * cell.area, inputs=inputs, outputs=outputs)


@pytest.fixture
def library(small: CellLibrary) -> CellLibrary:
    """The small library with a stronger NAND gate and a stronger flop."""
    added = [stronger(small.cells[name], f"{name}_STRONG") for name in ("NAND2", "DFF")]
    return replace(small, cells={**small.cells, **{cell.name: cell for cell in added}})


@pytest.fixture
def netlist(library: CellLibrary) -> Netlist:
    """A flop, a chain of NAND gates and a flop, with a short path beside it."""
    circuit = Circuit(library)
    start, other = circuit.net(), circuit.net()
    net = circuit.add("DFF", D=start)
    for _ in range(6):
        net = circuit.add("NAND2", A=net, B=other)
    end = circuit.add("DFF", D=net)
    short = circuit.add("DFF", D=circuit.add("NAND2", A=other, B=other))
    return Netlist(
        "chain",
        circuit.gates,
        {"i": [start, other]},
        {"o": [end, short]},
        circuit.nets,
    )


def long_wires(netlist: Netlist) -> dict[int, float]:
    """Return a wire of 0.1 pF at the third NAND gate, and short wires at all other nets."""
    wires = dict.fromkeys(netlist.drivers, 0.001)
    wires[netlist.gates[3].outputs["Y"]] = 0.1
    return wires


def test_cell_with_the_long_wire_grows(netlist: Netlist, library: CellLibrary) -> None:
    wires = long_wires(netlist)
    loads = net_loads(netlist, wires=wires)
    before = loads.copy()
    sized = enlarge(netlist, library, loads)
    assert np.array_equal(loads, before)
    assert sized.gates[3].cell.name == "NAND2_STRONG"
    assert [gate.cell.name for gate in sized.gates[-2:]] == ["NAND2", "DFF"]
    old, new = (analyse(each, net_loads(each, wires=wires)) for each in (netlist, sized))
    assert new.period * sized.area < old.period * netlist.area
    for gate, was in zip(sized.gates, netlist.gates, strict=True):
        assert (gate.name, gate.inputs, gate.outputs) == (was.name, was.inputs, was.outputs)


def test_target_ends_the_search(netlist: Netlist, library: CellLibrary) -> None:
    loads = net_loads(netlist, wires=long_wires(netlist))
    period = analyse(netlist, loads).period
    assert enlarge(netlist, library, loads, target=period) is netlist
    sized = enlarge(netlist, library, loads, target=0.9 * period)
    assert sized.area > netlist.area
    wires = long_wires(netlist)
    assert analyse(sized, net_loads(sized, wires=wires)).period <= 0.9 * period


def test_library_with_one_size_changes_nothing(netlist: Netlist, small: CellLibrary) -> None:
    assert enlarge(netlist, small, net_loads(netlist)) is netlist


def test_cells_of_the_same_function(library: CellLibrary) -> None:
    groups = same_function(library)
    assert [cell.name for cell in groups["NAND2_STRONG"]] == ["NAND2", "NAND2_STRONG"]
    assert [cell.name for cell in groups["DFF"]] == ["DFF", "DFF_STRONG"]
    assert [cell.name for cell in groups["XOR2"]] == ["XOR2"]
    assert [cell.name for cell in groups["INV"]] == ["INV"]  # a buffer has the same pins
