"""Liberty files: the package's own, a library of standard cells, and bad files."""

import re
from pathlib import Path

import pytest

from hbfp_hw.area.library import load_library

ROOT = Path(__file__).resolve().parents[2]
OSU018 = [
    folder / "osu018_stdcells.lib"
    for folder in (Path("/usr/share/qflow/tech/osu018"), ROOT / ".venv" / "osu018")
]
OWN = ROOT / "hbfp_hw" / "area" / "cells.lib"


def area_of(liberty, cell):
    """Return the area of a standard cell from the text of a library, read without Yosys."""
    return float(re.search(rf"cell \(\"?{cell}\"?\) \{{.*?area : ([\d.]+);", liberty, re.DOTALL)[1])


@pytest.fixture(scope="session")
def osu018():
    """Library that `make test` downloads."""
    found = [path for path in OSU018 if path.exists()]
    assert found, "scripts/cell-library.sh must have fetched osu018_stdcells.lib"
    return found[0]


def test_own_library(empty_cache):
    library = load_library()
    assert library.name == "cells.lib"
    assert library.content == OWN.read_bytes()
    assert library.nand_area == area_of(OWN.read_text(), "NAND2") > 0


def test_own_library_has_areas_alone():
    text = OWN.read_text()
    assert len(re.findall(r"^  cell \(", text, re.MULTILINE)) == text.count(" area : ") == 17
    assert not re.search(r"timing|power|leakage|capacitance ", text.partition("library (")[2])


def test_library_of_a_user_at_a_path_with_spaces_and_quotes(empty_cache, tmp_path, osu018):
    path = tmp_path / 'a user\'s "cells" $HOME; x.lib'
    path.write_bytes(osu018.read_bytes())
    library = load_library(path)
    assert library.name == path.name
    assert library.nand_area == area_of(osu018.read_text(errors="replace"), "NAND2X1") > 0


def without(cell):
    """Return the text of the package's library without one of its standard cells."""
    pattern = rf"  cell \({cell}\) \{{\n.*?\n  \}}\n"
    text, count = re.subn(pattern, "", OWN.read_text(), flags=re.DOTALL)
    assert count == 1
    return text


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no Liberty",
        OWN.read_text()[:900],
        without("NAND2"),
        without("DFF"),
        OWN.read_text().replace("area : 3.754", "area : 0"),
        re.sub(r" +area : 20.*", "", OWN.read_text()),
    ],
    ids=["empty", "text", "cut", "no nand", "no flop", "no area of a nand", "no area of a flop"],
)
def test_bad_library(empty_cache, tmp_path, content):
    path = tmp_path / "bad.lib"
    path.write_text(content)
    message = (
        "Liberty file must have an inverter, a 2-input NAND and a D flip-flop, each with its area, "
        f"not '{path}'; see {empty_cache}"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}.*log$"):
        load_library(path)


def test_library_that_cannot_be_read(empty_cache, tmp_path):
    for path, why in ((tmp_path / "none.lib", "No such file"), (tmp_path, "Not a regular file")):
        message = f"Liberty file must be a file that can be read, not '{path}': {why}"
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            load_library(path)
