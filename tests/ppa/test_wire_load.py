"""Wire loads that are added to a library."""

from pathlib import Path

from hbfp_hw.ppa.liberty import read_liberty
from hbfp_hw.ppa.liberty_text import parse_liberty
from hbfp_hw.ppa.wire_load import with_wire_load
from tests.ppa.conftest import SMALL

LIBRARY = """\
/* library(no) { } */
library (wires) {
  capacitive_load_unit (1, ff);
  default_wire_load : "old";
}
"""


def test_wire_load_is_in_the_units_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "wires.lib").write_text(LIBRARY)
    group = parse_liberty(with_wire_load(tmp_path / "wires.lib", 2e-3))
    (load,) = group.of_kind("wire_load")
    assert group.attributes["default_wire_load"] == load.names == ["hbfp_estimate"]
    assert load.number("slope") == load.number("capacitance") * 2.0
    # The last of the equal attributes stays: 64 readers with 2 fF each.
    assert [float(value) for value in load.attributes["fanout_length"]] == [64.0, 128.0]


def test_cells_stay(tmp_path: Path) -> None:
    (tmp_path / "small.lib").write_text(with_wire_load(SMALL, 1e-3))
    changed, before = read_liberty(tmp_path / "small.lib"), read_liberty(SMALL)
    assert changed.cells.keys() == before.cells.keys()
    for name, cell in before.cells.items():
        assert changed.cells[name].inputs == cell.inputs
        assert changed.cells[name].area == cell.area
