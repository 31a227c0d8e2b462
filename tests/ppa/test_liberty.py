"""Cell libraries read from Liberty files."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.ppa.liberty import CellLibrary, Edges, read_liberty
from hbfp_hw.ppa.tables import Table
from tests.ppa.conftest import SMALL


def write(tmp_path: Path, cells: str) -> Path:
    """Write a library with the given cells."""
    path = tmp_path / "test.lib"
    path.write_text(f"library(x) {{ {cells} }}")
    return path


def test_small_library(small: CellLibrary) -> None:
    assert (small.name, small.path, small.voltage) == ("small", SMALL, 1.8)
    assert small.sha256 == hashlib.sha256(SMALL.read_bytes()).hexdigest()
    assert list(small.cells) == ["INV", "BUF", "NAND2", "XOR2", "DFF"]
    assert small.has_energy
    assert all(cell.usable for cell in small.cells.values())


def test_gate(small: CellLibrary) -> None:
    nand = small.cells["NAND2"]
    assert (nand.area, nand.leakage, nand.clock, nand.data) == (4.0, 0.005, "", "")
    assert {name: pin.capacitance for name, pin in nand.inputs.items()} == {
        "A": 0.0021,
        "B": 0.0023,
    }
    output = nand.outputs["Y"]
    assert [(arc.pin, arc.sense) for arc in output.arcs] == [
        ("A", "negative_unate"),
        ("B", "negative_unate"),
    ]
    assert output.pins == {"A", "B"}
    assert output.function is not None
    values = {"A": np.array([0b1100], np.uint64), "B": np.array([0b1010], np.uint64)}
    assert output.function(values)[0] & np.uint64(15) == 0b0111
    (inverter,) = small.cells["INV"].outputs["Y"].arcs
    assert inverter.delay.rise.at(0.005, 0.05) == 0.0504  # as in the file
    assert inverter.delay.fall.at(0.005, 0.05) == 0.0298
    assert inverter.transition.rise.at(0.1, 0.01) == 0.6
    assert inverter.transition.fall.at(0.1, 0.01) == 0.373


def test_axes_of_templates_may_be_swapped(small: CellLibrary) -> None:
    arc = small.cells["XOR2"].outputs["Y"].arcs[0]
    assert arc.delay.rise.at(0.005, 0.01) == 0.0826  # column 1 of row 2: load, then slew
    assert arc.delay.rise.at(0.0005, 0.05) == 0.0625


def test_flop(small: CellLibrary) -> None:
    flop = small.cells["DFF"]
    assert (flop.clock, flop.data) == ("CLK", "D")
    setup = flop.inputs["D"].setup
    assert setup == Edges(
        Table((0.0,), (0.01, 0.4), ((0.04, 0.1),)), Table((0.0,), (0.01, 0.4), ((0.09, 0.21),))
    )
    assert flop.inputs["CLK"].setup is None
    energy = flop.inputs["CLK"].energy
    assert energy is not None
    assert (energy.rise.at(0.0, 0.05), energy.fall.at(0.0, 0.05)) == (0.0072, 0.0122)
    assert flop.outputs["Q"].function is None
    assert [arc.pin for arc in flop.outputs["Q"].arcs] == ["CLK"]


def test_energies_of_several_states_are_averaged(small: CellLibrary) -> None:
    """Pin A of XOR2 has 12 and 10 fJ if B is 1, and 14 and 12 fJ if B is 0."""
    energy = small.cells["XOR2"].outputs["Y"].energy
    assert energy["A"].rise.at(0.0, 0.01) == pytest.approx(0.013)
    assert energy["A"].fall.at(0.0, 0.01) == pytest.approx(0.011)
    assert energy["B"].rise.at(0.0, 0.01) == pytest.approx(0.011)


UNITS = """
  {head}
  cell(C) {{ area : 4.5; cell_leakage_power : {leakage};
    ff(IQ, IQN) {{ clocked_on : "(CK)"; next_state : "D"; }}
    pin(CK) {{ direction : input; capacitance : {load}; }}
    pin(D) {{ direction : input; capacitance : {load};
      internal_power() {{ related_pin : "CK"; power(scalar) {{ values("9"); }} }}
      internal_power() {{ power(scalar) {{ values("{energy}"); }} }}
      timing() {{ related_pin : "CK"; timing_type : setup_rising;
        rise_constraint(scalar) {{ values("{time}"); }} }} }}
    pin(Q) {{ direction : output; function : "IQ";
      internal_power() {{ related_pin : "CK"; power(scalar) {{ values("{energy}"); }} }}
      timing() {{ related_pin : "CK";
        cell_rise() {{ index_1("{slews}"); index_2("{loads}"); values("{delays}"); }}
        rise_transition(scalar) {{ values("{time}"); }} }} }} }}
"""
IN_NS = UNITS.format(
    head="",
    leakage="2",
    load="0.002",
    time="0.05",
    energy="0.007",
    slews="0.05, 0.9",
    loads="0.002, 0.1",
    delays="0.05, 0.1, 0.2, 0.3",
)
IN_PS = UNITS.format(
    head='time_unit : "1ps"; capacitive_load_unit(1, ff); leakage_power_unit : "1pW";',
    leakage="2000",
    load="2",
    time="50",
    energy="7",
    slews="50, 900",
    loads="2, 100",
    delays="50, 100, 200, 300",
)


@pytest.mark.parametrize("text", [IN_NS, IN_PS], ids=["ns and pF", "ps and fF"])
def test_units_of_the_file_do_not_matter(tmp_path: Path, text: str) -> None:
    cell = read_liberty(write(tmp_path, text)).cells["C"]
    data, output = cell.inputs["D"], cell.outputs["Q"]
    assert data.setup is not None
    assert data.energy is not None
    found = {
        "area": cell.area,
        "leakage": cell.leakage,
        "capacitance": data.capacitance,
        "setup": data.setup.fall.at(0.0, 0.1),
        "other setup": data.setup.rise.at(0.0, 0.1),
        "input energy": data.energy.rise.at(0.0, 0.1),
        "output energy": output.energy["CK"].fall.at(0.0, 0.1),
        "delay": output.arcs[0].delay.rise.at(0.051, 0.475),
        "transition": output.arcs[0].transition.fall.at(0.0, 0.0),
    }
    assert found == pytest.approx(
        {
            "area": 4.5,
            "leakage": 2.0,
            "capacitance": 0.002,
            "setup": 0.05,
            "other setup": 0.05,
            "input energy": 0.007,
            "output energy": 0.007,
            "delay": (0.05 + 0.1 + 0.2 + 0.3) / 4,  # in the middle of the table
            "transition": 0.05,
        }
    )


PINS = "pin(D) { direction : input; } pin(C) { direction : input; } pin(Q) { direction : output; }"


@pytest.mark.parametrize(
    ("groups", "usable"),
    [
        ("", True),
        ('ff(a, b) { clocked_on : "C"; next_state : "D"; }', True),
        ('ff(a, b) { clocked_on : "!C"; next_state : "D"; }', False),
        ('ff(a, b) { clocked_on : "C"; next_state : "D & E"; }', False),
        ('ff(a, b) { clocked_on : "C"; next_state : "D"; clear : "R"; }', False),
        ('ff(a, b) { clocked_on : "C"; next_state : "D"; preset : "S"; }', False),
        ('latch(a, b) { enable : "C"; data_in : "D"; }', False),
        ('statetable("a", "b") { }', False),
        ("ff_bank(a, b, 2) { }", False),
        ("latch_bank(a, b, 2) { }", False),
    ],
)
def test_usable_cells(tmp_path: Path, groups: str, usable: bool) -> None:
    cell = read_liberty(write(tmp_path, f"cell(X) {{ {groups} {PINS} }}")).cells["X"]
    assert cell.usable is usable
    plain = usable and bool(groups)
    assert (cell.clock, cell.data) == (("C", "D") if plain else ("", ""))


def test_library_without_energy(tmp_path: Path) -> None:
    library = read_liberty(write(tmp_path, f"cell(X) {{ {PINS} }}"))
    assert not library.has_energy
    assert library.cells["X"].inputs["D"].energy is None


def test_name_of_a_nameless_library(tmp_path: Path) -> None:
    path = tmp_path / "plain.lib"
    path.write_text("library() { }")
    assert read_liberty(path).name == "plain"


def test_one_edge_stands_for_both(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """cell(X) { pin(A) { direction : input; } pin(Y) { direction : output;
        timing() { related_pin : "A B"; cell_rise(scalar) { values("1"); }
          fall_transition(scalar) { values("2"); } } } }""",
    )
    first, second = read_liberty(path).cells["X"].outputs["Y"].arcs
    assert (first.pin, second.pin, first.sense) == ("A", "B", "non_unate")
    assert (first.delay.rise, first.transition.fall) == (first.delay.fall, first.transition.rise)
    assert (first.delay, first.transition) == (second.delay, second.transition)


def test_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "missing.lib"
    message = f"file must be a file that can be read, not '{path}': No such file or directory"
    with pytest.raises(ValueError, match=f"^Liberty {re.escape(message)}$"):
        read_liberty(path)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (
            "timing_sense : up; cell_rise(s) { values(1); } rise_transition(s) { values(1); }",
            "Sense of a timing must be one of positive_unate, negative_unate, non_unate, not 'up'",
        ),
        (
            "cell_rise(s) { values(1); }",
            "Timing in a Liberty file must have rise_transition or fall_transition",
        ),
    ],
)
def test_errors_of_timings(tmp_path: Path, contents: str, message: str) -> None:
    timing = f'timing() {{ related_pin : "A"; {contents} }}'
    path = write(tmp_path, f"cell(X) {{ pin(Y) {{ direction : output; {timing} }} }}")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_liberty(path)


@pytest.mark.parametrize(
    ("function", "inverted"),
    [("IQ", False), ("IQN", True), ("!IQ", True), ("(IQ')", True), ("!IQN", False)],
)
def test_output_of_a_flop_may_be_inverted(tmp_path: Path, function: str, inverted: bool) -> None:
    text = f"""
      cell(F) {{
        ff(IQ, IQN) {{ clocked_on : "C"; next_state : "D"; }}
        pin(C) {{ direction : input; }}
        pin(D) {{ direction : input; }}
        pin(X) {{ direction : output; function : "{function}"; }}
      }}"""
    cell = read_liberty(write(tmp_path, text)).cells["F"]
    output = cell.outputs["X"]
    assert cell.usable
    assert (output.function, output.pins, output.inverted) == (None, frozenset(), inverted)
