"""Netlists of mapped units: cells, registers, results, and the cache."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hbfp_hw.ppa import mapping
from hbfp_hw.ppa.check import check_netlist
from hbfp_hw.ppa.efforts import EFFORTS, effort_of
from hbfp_hw.ppa.mapping import Mapped, driving_cell, map_unit
from hbfp_hw.ppa.memories import Memory
from hbfp_hw.ppa.netlist import read_netlist
from hbfp_hw.ppa.resize import same_function, with_cells
from hbfp_hw.ppa.wrapper import PATH, SHELL, Wrapped, wrap_unit
from hbfp_hw.rtl.baseline import INT8MAC
from tests.ppa.cells import int8_vectors, own_library

Maker = Callable[[int, str], Mapped]


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Function that maps ``int8_mac`` with some ranks at an effort, each once."""
    made: dict[tuple[int, str], Mapped] = {}

    def make(ranks: int, effort: str) -> Mapped:
        if (ranks, effort) not in made:
            folder = tmp_path_factory.mktemp("mapping")
            wrapped = wrap_unit(INT8MAC(), ranks)
            made[ranks, effort] = map_unit(
                wrapped, own_library(), effort_of(effort), folder=folder, timeout=120
            )
        return made[ranks, effort]

    return make


@pytest.mark.full
@pytest.mark.parametrize(("ranks", "effort"), [(0, "area"), (2, "fast")])
def test_results_are_right(mapped: Maker, ranks: int, effort: str) -> None:
    unit = mapped(ranks, effort)
    operands, results = int8_vectors(streams=8, cycles=1300)
    stimulus, expected = {"i__payload": operands}, {"o__payload": results}
    latency = unit.wrapped.latency
    found = check_netlist(unit.netlist, stimulus, expected, latency)
    assert (found.vectors, found.wrong, found.first) == (8 * (1300 - latency), 0, None)
    assert check_netlist(unit.netlist, stimulus, expected, latency - 1).wrong > 8000


@pytest.mark.full
def test_fixed_registers_are_counted(mapped: Maker) -> None:
    assert len(mapped(0, "area").netlist.flops) == 48 + 32
    # Two ranks, each of which holds no less than the result.
    assert len(mapped(2, "fast").netlist.flops) >= 48 + 32 + 2 * 32


@pytest.mark.full
def test_no_fixed_register_moves(mapped: Maker) -> None:
    for unit in (mapped(0, "area"), mapped(2, "fast")):
        netlist = unit.netlist
        drivers = [netlist.gates[netlist.drivers[net]] for net in netlist.outputs["o__payload"]]
        assert all(gate.cell.clock for gate in drivers)
        for net in netlist.inputs["i__payload"]:
            ((reader, pin),) = netlist.readers[net]
            assert netlist.gates[reader].cell.data == pin


@pytest.mark.full
def test_levels_trade_area_for_delay(mapped: Maker) -> None:
    small, fast = mapped(0, "area"), mapped(0, "fast")
    assert small.netlist.area < fast.netlist.area
    assert small.abc_delay > 1.5 * fast.abc_delay > 0


def instances(verilog: Path) -> dict[str, str]:
    """Return the cells in a Verilog file by the names of their instances."""
    found = re.findall(r"^ +(sky130_fd_sc_hd__\w+) \\?(\S+) +\(", verilog.read_text(), re.MULTILINE)
    return {name: cell for cell, name in found}


@pytest.mark.full
def test_verilog_has_the_cells_of_the_netlist(mapped: Maker) -> None:
    unit = mapped(2, "fast")
    assert instances(unit.verilog) == {gate.name: gate.cell.name for gate in unit.netlist.gates}


@pytest.mark.full
def test_files_follow_the_sizes(mapped: Maker, tmp_path: Path) -> None:
    unit = mapped(2, "fast")
    sizes = same_function(unit.library)
    gates = [replace(gate, cell=sizes[gate.cell.name][-1]) for gate in unit.netlist.gates]
    sized = replace(unit.netlist, gates=gates)
    assert sized.area > unit.netlist.area
    with_cells(sized, unit.folder, tmp_path)
    cells = {gate.name: gate.cell.name for gate in sized.gates}
    assert instances(tmp_path / unit.verilog.name) == cells
    read = read_netlist(tmp_path / unit.json.name, unit.library, SHELL)
    assert {gate.name: gate.cell.name for gate in read.gates} == cells


@pytest.mark.full
def test_mapping_is_reproducible(mapped: Maker, tmp_path: Path) -> None:
    unit = mapped(2, "fast")
    again = map_unit(unit.wrapped, unit.library, unit.effort, folder=tmp_path / "again")
    assert again.verilog.read_bytes() == unit.verilog.read_bytes()
    assert again.json.read_bytes() == unit.json.read_bytes()


@pytest.mark.full
@pytest.mark.usefixtures("empty_cache")
def test_second_mapping_comes_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped, library = wrap_unit(INT8MAC()), own_library()
    first = map_unit(wrapped, library, EFFORTS["area"])

    def fail(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(mapping, "run_yosys", fail)
    second = map_unit(wrapped, library, EFFORTS["area"])
    assert second.folder == first.folder
    assert second.netlist.area == first.netlist.area > 0
    with pytest.raises(AssertionError):
        map_unit(wrapped, library, EFFORTS["area"], clock_target=1.0)


@pytest.mark.full
def test_target_relaxes_the_cells(mapped: Maker, tmp_path: Path) -> None:
    unit = mapped(0, "sized")
    relaxed = map_unit(
        unit.wrapped, unit.library, unit.effort, clock_target=50.0, folder=tmp_path / "relaxed"
    )
    assert relaxed.netlist.area < unit.netlist.area


@pytest.mark.parametrize("target", [0, -1.0, float("nan")])
def test_target_must_be_positive(target: float) -> None:
    message = f"^Clock target must be a positive number of ns, not {re.escape(repr(target))}$"
    with pytest.raises(ValueError, match=message):
        map_unit(wrap_unit(INT8MAC()), own_library(), EFFORTS["area"], clock_target=target)


def test_smallest_buffer_drives() -> None:
    cell = driving_cell(own_library())
    assert cell is not None
    assert cell.name == "sky130_fd_sc_hd__buf_1"


MEMORY = f"""\
module {PATH}(input clk, input [4:0] address, input [6:0] data, output reg [6:0] found);
  reg [6:0] words [0:31];
  always @(posedge clk) begin
    words[address] <= data;
    found <= words[~address];
  end
endmodule
"""
SHELL_OF_MEMORY = f"""\
module {SHELL}(input clk, input [4:0] address, input [6:0] data, output [6:0] found);
  {PATH} path(.clk(clk), .address(address), .data(data), .found(found));
endmodule
"""


@pytest.mark.full
def test_memories_become_ports(tmp_path: Path) -> None:
    wrapped = Wrapped(
        name="memory",
        path=MEMORY,
        shell=SHELL_OF_MEMORY,
        operands={"address": 5, "data": 7},
        results={"found": 7},
        ranks=0,
        latency=1,
        retime=False,
    )
    unit = map_unit(wrapped, own_library(), EFFORTS["area"], folder=tmp_path)
    assert unit.memories == [Memory("memory_0", words=32, width=7, read_ports=1, write_ports=1)]
    assert len(unit.netlist.inputs["memory_0__RD_DATA"]) == 7
    assert len(unit.netlist.outputs["memory_0__RD_ADDR"]) == 5
    assert json.loads(unit.json.read_text())["modules"][SHELL]["cells"]
