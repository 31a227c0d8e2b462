"""Picture of a placement: one rectangle for each cell, coloured by the part that it belongs to."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from hbfp_hw.area.breakdown import part_of
from hbfp_hw.plots.draw import PART_COLOURS, new_figure
from hbfp_hw.plots.scales import plain_number
from hbfp_hw.ppa.netlist import Gate
from hbfp_hw.ppa.placement import Placement

LOGIC, REGISTERS, OTHER = "logic", "registers", "other"
"""Part of gates and part of flops whose names tell none, and the sum of parts that are not shown.
"""

FURTHER_COLOURS = (
    "#72b7b2",
    "#eeca3b",
    "#ff9da6",
    "#9d755d",
    "#83bcb6",
    "#439894",
    "#d6a5c9",
    "#88d27a",
    "#d67195",
    "#79706e",
)
"""Colours of parts that have none of their own, the largest part first."""

INSTANCE = re.compile(r"\\?([A-Za-z_]\w*)(\[\d+\])?")
"""Name of an instance that the design gave, not Yosys, and the index of a generated one."""

CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
STROKES = (Outline.MOVETO, Outline.LINETO, Outline.LINETO, Outline.LINETO, Outline.CLOSEPOLY)


def part_by_name(gate: Gate) -> str:
    """Return the part that a gate belongs to by its name, such as ``unit.tree.level2.add``.

    It is the innermost part of a data path in the name, else the first instance in it. A gate whose
    name tells neither belongs to ``registers`` if it is a flop, else to ``logic``.
    """
    path = []
    for word in gate.name.removeprefix("$flatten").split(".")[:-1]:
        if not (match := INSTANCE.fullmatch(word)):
            break
        path.append(match[1])
    known = part_of(tuple(path))
    if path:
        return path[0] if known == OTHER else known
    return REGISTERS if gate.cell.clock else LOGIC


def draw_placement(
    placement: Placement, parts: Mapping[str, str] | None = None, *, name: str | None = None
) -> Figure:
    """Draw the cells of a placement, with a legend of the parts and a scale bar in µm.

    Parameters:
        placement: The placement.
        parts: Part of each gate by its name, such as :func:`.parts_by_operands` returns it;
            :func:`part_by_name` decides for gates that it leaves out.
        name: Name of the unit in the title, by default that of the netlist.
    """
    cells: dict[str, list[int]] = defaultdict(list)
    for number, gate in enumerate(placement.netlist.gates):
        part = (parts or {}).get(gate.name)
        cells[part_by_name(gate) if part is None else part].append(number)
    shown = _shown(placement, cells)
    figure = new_figure(1, width=9.6, height=7.2)
    (axes,) = figure.axes
    axes.add_patch(
        Rectangle(
            (0, 0), placement.width, placement.height, facecolor="#f4f4f4", edgecolor="#777777"
        )
    )
    total = _area(placement, range(len(placement.netlist.gates)))
    for (part, numbers), colour in zip(shown.items(), _colours(list(shown)), strict=True):
        area = _area(placement, numbers)
        share = f"{plain_number(area, 4)} µm², {100 * area / total:.0f} %"
        axes.add_patch(
            PathPatch(
                _outlines(placement, numbers),
                facecolor=colour,
                edgecolor="white",
                linewidth=0.15,
                label=f"{part.replace('_', ' ')}: {share}",
            )
        )
    axes.plot(
        [port.x for port in placement.ports],
        [port.y for port in placement.ports],
        linestyle="none",
        marker="s",
        markersize=1.5,
        color="black",
        clip_on=False,
        label="bit of a port",
    )
    _scale_bar(axes, placement)
    _explain(axes, placement, name or placement.netlist.name)
    figure.legend(loc="outside right upper", title="part: area of its cells", alignment="left")
    return figure


def _shown(placement: Placement, cells: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Return the gates of each part of the legend, the largest part first.

    The smallest parts become ``other`` if there are more parts than colours.
    """
    ordered = sorted(cells, key=lambda part: (-_area(placement, cells[part]), part))
    uncoloured = [part for part in ordered if part not in PART_COLOURS]
    merged = {OTHER, *uncoloured[len(FURTHER_COLOURS) :]}
    rest = [number for part in ordered if part in merged for number in cells[part]]
    shown = {part: cells[part] for part in ordered if part not in merged}
    return shown | ({OTHER: rest} if rest else {})


def _colours(parts: Sequence[str]) -> list[str]:
    further = iter(FURTHER_COLOURS)
    return [PART_COLOURS.get(part) or next(further) for part in parts]


def _area(placement: Placement, numbers: Sequence[int]) -> float:
    """Return the area of gates in µm²."""
    return float(placement.widths[list(numbers)].sum()) * placement.row_height


def _outlines(placement: Placement, numbers: Sequence[int]) -> Outline:
    """Return the outlines of gates as one path, which keeps the file of a large picture small."""
    corners = np.stack([placement.x[numbers], placement.y[numbers]], axis=1)
    sizes = np.stack(
        [placement.widths[numbers], np.full(len(numbers), placement.row_height)], axis=1
    )
    points = corners[:, None] + np.array(CORNERS) * sizes[:, None]
    return Outline(points.reshape(-1, 2), STROKES * len(numbers))


def _scale_bar(axes: Axes, placement: Placement) -> None:
    """Draw a bar of a round length, about a fifth of the die, below the die."""
    fifth = placement.width / 5
    decade = 10.0 ** math.floor(math.log10(fifth))
    length = max(step * decade for step in (1, 2, 5) if step * decade <= fifth)
    below = -0.03 * placement.height
    axes.plot([0, length], [below, below], color="black", linewidth=2.5, solid_capstyle="butt")
    axes.text(length / 2, 1.5 * below, f"{plain_number(length)} µm", ha="center", va="top")


def _explain(axes: Axes, placement: Placement, name: str) -> None:
    """Set title, caption and limits."""
    lengths = placement.half_perimeters
    mean = placement.wire_length / len(lengths) if lengths else 0.0
    axes.set_title(
        f"{name}: {len(placement.netlist.gates):,} standard cells\n"
        f"die of {plain_number(placement.width, 4)} µm by {plain_number(placement.height, 4)} µm,"
        f" {100 * placement.utilisation:.0f} % filled with cells",
        fontsize=10,
    )
    axes.text(
        placement.width,
        -0.045 * placement.height,
        "A rectangle is one cell; grey is free space.\n"
        f"Mean half perimeter of a net: {plain_number(mean, 3)} µm",
        ha="right",
        va="top",
        fontsize=9,
    )
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_xlim(-0.01 * placement.width, 1.01 * placement.width)
    axes.set_ylim(-0.13 * placement.height, 1.01 * placement.height)
