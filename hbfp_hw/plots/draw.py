"""Matplotlib figures in one style, rendered to files that are the same byte for byte every time."""

import io

import matplotlib.style
from matplotlib.figure import Figure

STYLE: dict[str, str | float | bool | tuple[int, int]] = {
    "svg.hashsalt": "hbfp",  # else identifiers in the file are random
    "svg.fonttype": "none",  # text stays text, in the viewer's font
    "font.family": "sans-serif",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.limits": (-6, 12),  # plain numbers instead of a power of ten beside the axis
    "axes.formatter.useoffset": False,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}
"""Matplotlib settings of every figure."""

COLOURS = {
    2: "#7f7f7f",
    3: "#b279a2",
    4: "#d62728",
    5: "#f58518",
    6: "#54a24b",
    7: "#72b7b2",
    8: "#4c78a8",
}
"""Line colours by mantissa width in bits."""

PART_COLOURS = {
    "multipliers": "#4c78a8",
    "tree": "#9ecae9",
    "exponent": "#f58518",
    "normalise": "#ffbf79",
    "accumulate": "#54a24b",
    "convert": "#b279a2",
    "other": "#bab0ac",
    "registers": "#e45756",
    "across_parts": "#333333",
}
"""Colour of each part of a unit, in the order of bars."""

NOTES = {"svg": ("Creator", "Date", "Format", "Type"), "png": ("Software",)}
"""Metadata that Matplotlib would write into files of each kind; it is left out."""


def new_figure(
    columns: int, *, width: float = 10.0, height: float = 4.2, share_y: bool = False
) -> Figure:
    """Return a figure in the common style, with ``columns`` axes side by side.

    Parameters:
        columns: Number of axes.
        width, height: Size of the figure in inches.
        share_y: Whether all axes have the same y axis.
    """
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.subplots(1, columns, sharey=share_y)
    return figure


def render(figure: Figure, kind: str) -> bytes:
    """Return the bytes of a figure as ``svg`` or ``png``, the same every time."""
    content = io.BytesIO()
    with matplotlib.style.context(["default", STYLE]):
        figure.savefig(content, format=kind, metadata=dict.fromkeys(NOTES[kind]))
    return content.getvalue()
