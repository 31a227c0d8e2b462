"""Proofs that mapped paths compute what their generic gates compute."""

import shutil
from pathlib import Path

import pytest

from hbfp_hw import HBFPFormat
from hbfp_hw.ppa.check import check_netlist
from hbfp_hw.ppa.efforts import effort_of
from hbfp_hw.ppa.mapping import Mapped, map_unit
from hbfp_hw.ppa.mapping_scripts import NETLIST, PATH_CELLS, PATH_GATES, STAGES_CELLS
from hbfp_hw.ppa.netlist import read_netlist
from hbfp_hw.ppa.proof import Verdict, prove_mapping
from hbfp_hw.ppa.wrapper import SHELL, wrap_unit
from hbfp_hw.rtl.baseline import INT8MAC
from hbfp_hw.rtl.dot import Dot
from hbfp_hw.rtl.unit import Unit
from tests.ppa.cells import int8_vectors, own_library, swap_gate

GATES = (0, 7, 20)
"""Gates that are exchanged, one in each netlist."""


@pytest.fixture(scope="module")
def int8(tmp_path_factory: pytest.TempPathFactory) -> Mapped:
    """``int8_mac`` without ranks."""
    return mapping_of(INT8MAC(), "fast", tmp_path_factory.mktemp("int8"))


def mapping_of(unit: Unit, effort: str, folder: Path) -> Mapped:
    """Return a unit mapped in a folder."""
    return map_unit(wrap_unit(unit), own_library(), effort_of(effort), folder=folder)


def test_path_without_registers_is_proven(int8: Mapped, tmp_path: Path) -> None:
    assert prove_mapping(int8.folder, int8.library, tmp_path) is Verdict.PROVEN


@pytest.mark.full
def test_path_with_registers_is_proven(tmp_path: Path) -> None:
    unit = mapping_of(Dot(HBFPFormat(3, 4), pipeline=1), "balanced", tmp_path / "dot")
    # The result has a flop of the unit and a fixed one; "valid" of a stage that never stalls none.
    flops = unit.wrapped.operand_bits + 2 * unit.wrapped.result_bits
    assert len(unit.netlist.flops) == flops
    assert prove_mapping(unit.folder, unit.library, tmp_path) is Verdict.PROVEN


@pytest.mark.full(but=["0"])
@pytest.mark.parametrize("gate", GATES)
def test_proof_finds_exchanged_gate(int8: Mapped, tmp_path: Path, gate: int) -> None:
    shutil.copy(int8.folder / PATH_GATES, tmp_path)
    swap_gate(int8.folder / PATH_CELLS, tmp_path / PATH_CELLS, gate)
    assert prove_mapping(tmp_path, int8.library, tmp_path / "proof") is Verdict.REFUTED


@pytest.mark.full(but=["0"])
@pytest.mark.parametrize("gate", GATES)
def test_vectors_find_exchanged_gate(int8: Mapped, tmp_path: Path, gate: int) -> None:
    swap_gate(int8.folder / NETLIST, tmp_path / NETLIST, gate)
    netlist = read_netlist(tmp_path / NETLIST, int8.library, SHELL)
    operands, results = int8_vectors(streams=8, cycles=1300)
    found = check_netlist(netlist, {"i__payload": operands}, {"o__payload": results}, 2)
    assert found.vectors >= 10_000
    assert found.wrong > 0
    assert found.first is not None


@pytest.mark.full
def test_path_with_added_ranks_is_proven_in_two_parts(tmp_path: Path) -> None:
    unit = map_unit(
        wrap_unit(INT8MAC(), 2), own_library(), effort_of("balanced"), folder=tmp_path / "int8"
    )
    assert prove_mapping(unit.folder, unit.library, tmp_path) is Verdict.PROVEN
    swap_gate(unit.folder / STAGES_CELLS, unit.folder / STAGES_CELLS, 5)
    assert prove_mapping(unit.folder, unit.library, tmp_path) is Verdict.REFUTED


@pytest.mark.full
def test_other_flops_are_undecided(int8: Mapped, tmp_path: Path) -> None:
    other = mapping_of(INT8MAC(pipeline=1), "area", tmp_path / "other")
    shutil.copy(int8.folder / PATH_GATES, tmp_path)
    shutil.copy(other.folder / PATH_CELLS, tmp_path)
    assert prove_mapping(tmp_path, int8.library, tmp_path / "proof") is Verdict.UNDECIDED
