"""Sizes of LEF files, and Liberty areas that contradict them."""

from pathlib import Path

import pytest

from hbfp_hw.ppa.lef import (
    AreaContradiction,
    MacroSize,
    check_areas,
    describe_contradictions,
    parse_lef,
    read_lef,
)
from hbfp_hw.ppa.liberty import read_liberty

ROOT = Path(__file__).resolve().parents[2]
OSU018 = (Path("/usr/share/qflow/tech/osu018"), ROOT / ".venv" / "osu018")

TWO_MACROS = """\
VERSION 5.5 ;
SITE core
  SIZE 0.2 BY 10 ;
END core
MACRO AND2
  CLASS CORE ;
  SIZE 1.380000 BY 2.720000 ;
  PIN A
  END A
END AND2
MACRO FILL
  CLASS CORE ;
END FILL
MACRO NOR2
 SIZE 2 BY 3.5 ;
END NOR2
"""


def library(tmp_path, areas):
    """Return a library of cells with areas in µm²."""
    path = tmp_path / "some.lib"
    cells = "".join(f"cell({name}) {{ area : {area}; }}\n" for name, area in areas.items())
    path.write_text(f"library(some) {{\n{cells}}}\n")
    return read_liberty(path)


def test_macros_with_a_size():
    sizes = parse_lef(TWO_MACROS)
    assert sizes == {"AND2": MacroSize(1.38, 2.72), "NOR2": MacroSize(2.0, 3.5)}
    assert sizes["NOR2"].area == 7.0


def test_areas_that_agree_but_for_rounding(tmp_path):
    found = library(tmp_path, {"AND2": 3.7536, "NOR2": 7.03, "OTHER": 1.0})
    assert check_areas(found, parse_lef(TWO_MACROS)) == []


def test_areas_that_contradict(tmp_path):
    found = check_areas(library(tmp_path, {"AND2": 0, "NOR2": 7.04}), parse_lef(TWO_MACROS))
    assert [(each.cell, each.liberty) for each in found] == [("AND2", 0.0), ("NOR2", 7.04)]
    assert [each.lef for each in found] == pytest.approx([3.7536, 7.0])


def test_error_of_one_line():
    found = [AreaContradiction(name, 23, 32) for name in "ABCDE"]
    assert describe_contradictions(found[:1]) == (
        "Areas of a Liberty file must be the sizes in its LEF file, in µm²: A (23 instead of 32)"
    )
    assert describe_contradictions(found).endswith("C (23 instead of 32) and 2 more")


def test_known_errors_of_osu018():
    found = [folder for folder in OSU018 if (folder / "osu018_stdcells.lef").exists()]
    assert found, "scripts/cell-library.sh must have fetched osu018_stdcells.lef"
    sizes = read_lef(found[0] / "osu018_stdcells.lef")
    contradictions = check_areas(read_liberty(found[0] / "osu018_stdcells.lib"), sizes)
    assert {each.cell: (each.liberty, each.lef) for each in contradictions} == {
        "LATCH": (0.0, pytest.approx(sizes["LATCH"].area)),
        "NAND3X1": (36.0, 32.0),
        "OAI21X1": (23.0, 32.0),
    }


def test_lef_of_other_cells(tmp_path):
    with pytest.raises(
        ValueError, match=r"^LEF file must have cells of library some; it has none of them$"
    ):
        check_areas(library(tmp_path, {"X": 1}), parse_lef(TWO_MACROS))


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match=r"^LEF file must be a file that can be read, not '.*x'"):
        read_lef(tmp_path / "x")


def test_file_without_macros(tmp_path):
    path = tmp_path / "a.lef"
    path.write_text("VERSION 5.5 ;\n")
    with pytest.raises(ValueError, match=r"^LEF file must have macros with a size; '.*' has none$"):
        read_lef(path)
