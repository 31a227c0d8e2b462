"""Plots as text or pixels that are the same every time."""

import io
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure

STYLE: dict[str, Any] = {
    "svg.hashsalt": "hbfp",  # else every drawing names its parts anew
    "svg.fonttype": "none",  # text stays text, in a font of the reader
    "font.family": "sans-serif",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.limits": (-6, 12),  # plain numbers, no factor beside the axis
    "axes.formatter.useoffset": False,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}
COLOURS = {
    2: "#7f7f7f",
    3: "#b279a2",
    4: "#d62728",
    5: "#f58518",
    6: "#54a24b",
    7: "#72b7b2",
    8: "#4c78a8",
}
"""Of the mantissa widths."""


NOTES = {"svg": ("Creator", "Date", "Format", "Type"), "png": ("Software",)}
"""Notes in files of each kind that are left out."""


def new_figure(
    columns: int, *, width: float = 10.0, height: float = 4.2, share_y: bool = False
) -> Figure:
    """A figure with axes side by side, in the style of all plots; sizes are in inches."""
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.subplots(1, columns, sharey=share_y)
    return figure


def render(figure: Figure, kind: str) -> bytes:
    """A figure as a file of that kind, ``svg`` or ``png``; without dates or random names."""
    content = io.BytesIO()
    with matplotlib.style.context(["default", STYLE]):
        figure.savefig(content, format=kind, metadata=dict.fromkeys(NOTES[kind]))
    return content.getvalue()
