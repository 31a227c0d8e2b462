"""Picture of a placement: cells in the colours of their parts, legend, scale, title."""

import re
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from hbfp_hw.plots.draw import PART_COLOURS, render
from hbfp_hw.ppa.netlist import Gate
from hbfp_hw.ppa.placement import place
from hbfp_hw.ppa.placement_picture import FURTHER_COLOURS, draw_placement, part_by_name
from tests.ppa.netlists import CELLS, HAS_PLACER, LIBRARY, chain

pytestmark = pytest.mark.skipif(not HAS_PLACER, reason="coloquinte has no wheel for this system")

NAMES = {
    "multipliers": [f"unit.multipliers.lane{n}.gate" for n in range(40)],
    "tree": [f"unit.tree.level{n}.gate" for n in range(30)],
    "unit": [f"unit.gate{n}" for n in range(20)],
    "logic": [f"$abc$17$auto$blifparse.cc:397:parse_blif${n}" for n in range(10)],
}
"""Names of the gates of each part."""


@pytest.fixture(scope="module")
def placed():
    names = [name for part in NAMES.values() for name in part]
    return place(chain(["buffer5"] * len(names), names), LIBRARY)


def svg_of(figure):
    """Return the parsed SVG of a figure and its texts."""
    root = ElementTree.fromstring(render(figure, "svg"))
    texts = [
        "".join(each.itertext()).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")
    ]
    return root, texts


def rectangles(root):
    """Return how many closed outlines the paths of each colour have."""
    found = Counter()
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        if fill := re.search(r"fill: (#[0-9a-f]{6})", path.get("style", "")):
            found[fill[1]] += path.get("d").count("z")
    return found


def test_parts_and_legend(placed):
    """Each part has a colour, one rectangle per cell in it, and a line with area and share."""
    root, texts = svg_of(draw_placement(placed))
    area = CELLS["buffer5"].area
    for part, names in NAMES.items():
        label = f"{part}: {len(names) * area:.4g} µm², {len(names)} %"
        assert label in texts
    drawn = rectangles(root)
    # The legend has one rectangle more of each colour.
    assert drawn[PART_COLOURS["multipliers"]] == 40 + 1
    assert drawn[PART_COLOURS["tree"]] == 30 + 1
    assert drawn[FURTHER_COLOURS[0]] == 20 + 1
    assert drawn[FURTHER_COLOURS[1]] == 10 + 1


def test_title_scale_and_caption(placed):
    _, texts = svg_of(draw_placement(placed))
    width, height = (f"{length:.4g}" for length in (placed.width, placed.height))
    assert "chain: 100 standard cells" in texts
    assert "FP32: 100 standard cells" in svg_of(draw_placement(placed, name="FP32"))[1]
    assert f"die of {width} µm by {height} µm, 70 % filled with cells" in texts
    mean = placed.wire_length / len(placed.half_perimeters)
    assert f"Mean half perimeter of a net: {mean:.3g} µm" in texts
    assert "5 µm" in texts  # of a die of 30 µm
    assert 25 <= placed.width < 50


def test_scale_bar_has_the_length_that_it_says(placed):
    (axes,) = draw_placement(placed).axes
    (bar,) = (line for line in axes.lines if line.get_linewidth() == 2.5)
    assert list(bar.get_xdata()) == [0, 5]


def test_parts_by_mapping(placed):
    """Names in the mapping have the part that it gives, others that of their name."""
    parts = dict.fromkeys(NAMES["tree"], "front")
    _, texts = svg_of(draw_placement(placed, parts))
    assert any(text.startswith("front: ") for text in texts)
    assert any(text.startswith("multipliers: ") for text in texts)
    assert not any(text.startswith("tree: ") for text in texts)


def test_smallest_parts_become_one(placed):
    """More parts than colours: the smallest are drawn as one, and no area is lost."""
    names = [gate.name for gate in placed.netlist.gates]
    parts = {name: f"part_{number % 13}" for number, name in enumerate(names)}
    root, texts = svg_of(draw_placement(placed, parts))
    shown = [text for text in texts if text.startswith("part ")]
    assert len(shown) == len(FURTHER_COLOURS) == 10
    assert any(text.startswith("other: ") and text.endswith(" 21 %") for text in texts)
    coloured = {*FURTHER_COLOURS, PART_COLOURS["other"]}
    assert sum(rectangles(root)[colour] - 1 for colour in coloured) == len(names)


def test_same_picture_again_and_as_png(placed):
    for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        first, second = (render(draw_placement(placed), kind) for _ in range(2))
        assert first.startswith(start)
        assert first == second


@pytest.mark.parametrize(
    ("name", "part", "flop_part"),
    [
        ("unit.tree.level2.add", "tree", "tree"),
        ("unit.tree.normalise.add", "normalise", "normalise"),
        ("unit.convert_a.lane0.add", "convert", "convert"),
        ("control.counter.add", "control", "control"),
        ("control.lane[3].add", "control", "control"),
        ("operands[17].flop", "operands", "operands"),
        (r"$flatten\unit.\multipliers.$mul$design.v:12$3", "multipliers", "multipliers"),
        ("$abc$17$auto$blifparse.cc:397:parse_blif$9", "logic", "registers"),
        ("_123_", "logic", "registers"),
        ("tree", "logic", "registers"),
    ],
)
def test_part_by_name(name, part, flop_part):
    gate = Gate(name, CELLS["buffer3"], {"A": 2}, {"X": 3})
    assert part_by_name(gate) == part
    assert part_by_name(replace(gate, cell=replace(gate.cell, clock="CLK"))) == flop_part
