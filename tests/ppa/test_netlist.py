"""Netlists read from the JSON of Yosys."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.netlist import Netlist, read_netlist
from tests.ppa.circuits import Circuit, random_netlist

Bits: TypeAlias = list[int | str]
Cells: TypeAlias = dict[str, tuple[str, dict[str, Bits]]]

PORTS: dict[str, tuple[str, Bits]] = {
    "clk": ("input", [2]),
    "a": ("input", [3, 4]),
    "o": ("output", [7, "1", 5]),
}
CELLS: Cells = {
    "and": ("NAND2", {"A": [3], "B": [4], "Y": [5]}),
    "mix": ("XOR2", {"A": [5], "B": ["x"], "Y": [6]}),
    "keep": ("DFF", {"CLK": [2], "D": [6], "Q": [7]}),
    "spare": ("DFF", {"CLK": [2], "D": ["1"], "Q": []}),
}


def read(
    tmp_path: Path,
    library: CellLibrary,
    cells: Cells,
    ports: dict[str, tuple[str, Bits]] = PORTS,
) -> Netlist:
    """Read a module of the given cells and ports."""
    module = {
        "ports": {name: {"direction": way, "bits": bits} for name, (way, bits) in ports.items()},
        "cells": {
            name: {"type": kind, "connections": nets} for name, (kind, nets) in cells.items()
        },
    }
    path = tmp_path / "netlist.json"
    path.write_text(json.dumps({"modules": {"other": {}, "top": module}}))
    return read_netlist(path, library, "top")


def test_gates_and_ports(tmp_path: Path, small: CellLibrary) -> None:
    netlist = read(tmp_path, small, CELLS)
    assert (netlist.name, netlist.nets) == ("top", 8)
    assert netlist.inputs == {"a": [3, 4]}  # without the clock
    assert netlist.outputs == {"o": [7, 1, 5]}
    assert [(gate.name, gate.cell.name) for gate in netlist.gates] == [
        ("and", "NAND2"),
        ("mix", "XOR2"),
        ("keep", "DFF"),
        ("spare", "DFF"),
    ]
    assert [(gate.inputs, gate.outputs) for gate in netlist.gates] == [
        ({"A": 3, "B": 4}, {"Y": 5}),
        ({"A": 5, "B": 0}, {"Y": 6}),
        ({"CLK": 2, "D": 6}, {"Q": 7}),
        ({"CLK": 2, "D": 1}, {}),
    ]


def test_sums_and_links(tmp_path: Path, small: CellLibrary) -> None:
    netlist = read(tmp_path, small, CELLS)
    assert netlist.area == 4 + 9 + 20 + 20
    assert netlist.leakage == pytest.approx(0.005 + 0.011 + 2 * 0.056)
    assert netlist.flops == [2, 3]
    assert netlist.drivers == {5: 0, 6: 1, 7: 2}
    assert netlist.readers == {
        3: [(0, "A")],
        4: [(0, "B")],
        5: [(1, "A")],
        0: [(1, "B")],
        6: [(2, "D")],
        1: [(3, "D")],
    }
    assert netlist.order == [0, 1]


def test_ports_count_as_nets(tmp_path: Path, small: CellLibrary) -> None:
    assert read(tmp_path, small, {}, {"a": ("input", [9])}).nets == 10
    assert read(tmp_path, small, {}, {}).nets == 2


@pytest.mark.parametrize("seed", range(5))
def test_order_puts_drivers_first(small: CellLibrary, seed: int) -> None:
    netlist = random_netlist(small, seed, gates=200, flops=10)
    order = netlist.order
    assert sorted([*order, *netlist.flops]) == list(range(len(netlist.gates)))
    place = {number: index for index, number in enumerate(order)}
    for number in order:
        for net in netlist.gates[number].inputs.values():
            driver = netlist.drivers.get(net)
            if driver in place:
                assert place[driver] < place[number]


def test_order_refuses_combinational_loops(small: CellLibrary) -> None:
    circuit = Circuit(small)
    first = circuit.add("INV", A=4)
    assert circuit.add("INV", A=first) == 4
    with pytest.raises(ValueError, match=r"^Netlist of circuit must have no combinational loop$"):
        _ = circuit.finish({}, {}).order


def test_flops_break_loops(small: CellLibrary) -> None:
    circuit = Circuit(small)
    first = circuit.add("INV", A=4)
    assert circuit.add("DFF", D=first) == 4
    assert circuit.finish({}, {}).order == [0]


def test_unknown_cells(tmp_path: Path, small: CellLibrary) -> None:
    message = "Cells of a netlist must be gates or plain flops of library small, not 'LATCH'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read(tmp_path, small, {"x": ("LATCH", {})})


@pytest.mark.parametrize(
    "cells",
    [
        {"x": ("DFF", {"CLK": [2], "D": [3], "Q": [5]}), "y": ("DFF", {"CLK": [4], "D": [3]})},
        {"x": ("INV", {"A": [2], "Y": [5]}), "y": ("DFF", {"CLK": [5], "D": [3], "Q": [6]})},
    ],
    ids=["two clocks", "inverted clock"],
)
def test_flops_have_one_clock(tmp_path: Path, small: CellLibrary, cells: Cells) -> None:
    message = "Flops of top must have one clock that is an input port"
    with pytest.raises(ValueError, match=f"^{message}$"):
        read(tmp_path, small, cells)


def test_unusable_cells(tmp_path: Path, small: CellLibrary) -> None:
    cells = small.cells | {"DFF": replace(small.cells["DFF"], usable=False)}
    with pytest.raises(ValueError, match=r"^Cells of a netlist must be gates or .*, not 'DFF'$"):
        read(tmp_path, replace(small, cells=cells), CELLS)
