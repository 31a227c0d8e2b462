"""Reports of Yosys that are not exactly as expected raise an error that names the log."""

import pytest

from hbfp_hw.area.statistics import TRANSISTORS
from hbfp_hw.area.synthesis import read_synthesis
from hbfp_hw.area.yosys import SynthesisError


def module(cells, estimate, **more):
    count = sum(number for kind, number in cells.items() if kind.startswith("$"))
    return {
        "num_cells": count,
        "num_submodules": sum(cells.values()) - count,
        "num_cells_by_type": cells,
        "estimated_num_transistors": estimate,
    } | more


FLAT = module({"$_NAND_": 3, "$_DFF_P_": 2}, "44")
MAPPED = {"num_cells": 5, "num_submodules": 0, "num_cells_by_type": {"N": 3, "D": 2}, "area": 7.5}
DEPTH = "\nLongest topological path in top (length=2):\n    0: \\a\n"
MEMORIES = """
  cell $mem_v2 \\a
    parameter \\WIDTH 32
    parameter \\SIZE 12
  end
  cell $mem_v2 \\b
    parameter \\WIDTH 5
    parameter \\SIZE 2
  end
"""
GOOD = {
    "flat_json": {"creator": "Yosys", "modules": {"\\top": FLAT}},
    "liberty_json": {"modules": {"\\top": MAPPED}},
    "modules_json": {"modules": {"\\top": FLAT}},
    "instances_json": {"modules": {}},
    "depth_txt": DEPTH,
    "memories_txt": MEMORIES,
}


def test_good_reports(reports):
    figures = read_synthesis(reports(**GOOD), "top", "dot")
    assert figures["transistors"] == 44
    assert figures["cells"] == {"$_NAND_": 3, "$_DFF_P_": 2}
    assert figures["flops"] == 2
    assert figures["logic_depth"] == 2
    assert figures["memory_bits"] == 32 * 12 + 5 * 2
    assert figures["area"] == 7.5
    assert figures["library_cells"] == {"N": 3, "D": 2}
    assert figures["breakdown"]["other"] == 12
    assert figures["breakdown"]["registers"] == 32


def flat(**change):
    top = {key: value for key, value in (FLAT | change).items() if value is not None}
    return {"flat_json": {"creator": "Yosys", "modules": {"\\top": top}}}


def mapped(**change):
    top = {key: value for key, value in (MAPPED | change).items() if value is not None}
    return {"liberty_json": {"modules": {"\\top": top}}}


UNKNOWN = {"num_cells_by_type": {"$_NAND_": 3, "$_DFF_N_": 2}}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (flat(estimated_num_transistors="44+"), r"The transistor estimate is not whole: '44\+'"),
        (flat(estimated_num_transistors=None), "A statistic is missing: estimated_num_transistors"),
        (flat(estimated_num_transistors="46"), "The cells have 44 transistors, but the estimate"),
        (flat(**UNKNOWN), r"Cells of unknown type: \$_DFF_N_"),
        (flat(num_cells_by_type=None), "A statistic is missing: num_cells_by_type"),
        (flat(num_cells_by_type={"$_NAND_": "5"}), "A count of cells is not a number"),
        (flat(num_cells=6), "The cells by type do not add up to their number"),
        (flat(num_cells=0, num_cells_by_type=None), "The netlist of top is empty"),
        ({"flat_json": {"modules": {}}}, "flat.json has no module"),
        ({"flat_json": {"modules": {"\\other": FLAT}}}, "A statistic is missing: num_cells_by"),
        ({"flat_json": "{"}, "Yosys gave no flat.json that can be read"),
        (mapped(area=None), "A statistic is missing: area"),
        (
            mapped(num_cells_by_type={"N": 3, "$_DFF_P_": 2}),
            r"Cells that the library does not have: \$_DFF_P_",
        ),
        ({"depth_txt": ""}, "Yosys found no longest path"),
        ({"depth_txt": f"Warning: Detected loop at \\a in top{DEPTH}"}, "Yosys found no longest"),
        ({"depth_txt": DEPTH.replace("top", "other")}, "Yosys found no longest path"),
        ({"memories_txt": MEMORIES.replace("SIZE 2", "SIZE 2'xx")}, "A memory has no size"),
        ({"memories_txt": MEMORIES.replace("WIDTH 5", "ABITS 5")}, "A memory has no size"),
        ({"modules_json": {"modules": {"\\other": FLAT}}}, "A statistic is missing: module top"),
        (
            {"modules_json": {"modules": {"\\top": module({"$_NOT_": 1, "odd": 1}, "2")}}},
            "Cells of unknown type: odd",
        ),
        (
            {
                "modules_json": {
                    "modules": {
                        "\\top": module({"$_NOT_": 1, "part": 1}, "4"),
                        "\\part": module({"$_NOT_": 1}, "2"),
                    }
                }
            },
            "The instances in top are not those of its statistics",
        ),
    ],
)
def test_bad_reports(reports, tmp_path, bad, message):
    with pytest.raises(SynthesisError, match=f"^{message}") as caught:
        read_synthesis(reports(**GOOD | bad), "top", "dot")
    assert str(caught.value).endswith(f"; see {tmp_path / 'yosys.log'}")


@pytest.mark.parametrize("missing", GOOD)
def test_missing_reports(reports, tmp_path, missing):
    given = {name: content for name, content in GOOD.items() if name != missing}
    with pytest.raises(SynthesisError, match=r"^Yosys gave no \w+\.\w+"):
        read_synthesis(reports(**given), "top", "dot")


def test_transistors_of_cells_are_those_of_static_cmos():
    """A gate has two transistors per input; a flop has as many as Yosys counts."""
    inputs = {"NOT": 1, "NAND": 2, "NOR": 2, "AOI3": 3, "OAI3": 3, "AOI4": 4, "OAI4": 4}
    gates = {f"$_{kind}_": 2 * count for kind, count in inputs.items()}
    assert gates | {"$_DFF_P_": 16} == TRANSISTORS
