"""Plots of a report, from its figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from hbfp_hw.plots.draw import COLOURS, new_figure
from hbfp_hw.plots.scales import plain_ticks, value_axis

Rows = Sequence[Mapping[str, Any]]

DENSITIES = (
    ("model_paper_dot_fp32", "model: dot-product unit,\npaper's components"),
    ("model_paper_systolic_fp32", "model: systolic array,\npaper's components"),
    ("model_measured_dot_fp32", "model: dot-product unit,\nour components"),
    ("ratio_fp32", "measured: exact dot product\nand FP32 accumulation"),
)
"""Panels of the plot of density: figure of a row, and title."""

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


def draw_density_by_block(rows: Rows) -> Figure:
    """Density over FP32 by block size: both models and the measurement, one line per width."""
    figure = new_figure(len(DENSITIES), width=13.0, height=4.6, share_y=True)
    sizes = [row["block_size"] for row in rows]
    for axes, (key, title) in zip(figure.axes, DENSITIES, strict=True):
        for bits in sorted({row["mantissa_bits"] for row in rows}):
            own = [row for row in rows if row["mantissa_bits"] == bits]
            axes.plot(
                [row["block_size"] for row in own],
                [row[key] for row in own],
                marker="o",
                markersize=4,
                color=COLOURS[bits],
                label=f"HBFP{bits}",
            )
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("block size N")
        value_axis(axes, sizes)
        axes.set_yscale("log")
        plain_ticks(axes.yaxis)
    figure.axes[0].set_ylabel("density over FP32")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    return figure


def draw_breakdown(rows: Rows) -> Figure:
    """Transistors per MAC of each configuration, by part."""
    figure = new_figure(1, width=11.0, height=max(0.9 + 0.34 * len(rows), 0.26 * len(PART_COLOURS)))
    (axes,) = figure.axes
    ends = [0.0] * len(rows)
    starts = [0.0] * len(rows)
    for part, colour in PART_COLOURS.items():
        values = [row["breakdown"][part] / row["macs_per_cycle"] for row in rows]
        if any(values):
            # What parts share when they are one is taken off to the left.
            places = [starts if value < 0 else ends for value in values]
            lefts = [place[number] for number, place in enumerate(places)]
            axes.barh(range(len(rows)), values, left=lefts, color=colour, label=name_of(part))
            for number, (value, place) in enumerate(zip(values, places, strict=True)):
                place[number] += value
    axes.set_yticks(range(len(rows)), [row["config"] for row in rows])
    axes.margins(y=0.02)
    axes.invert_yaxis()
    axes.set_xlabel("transistors per multiply-accumulate and cycle")
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside right upper")
    return figure


def draw_ratios(rows: Rows, title: str) -> Figure:
    """Density over FP32 of each variant of a study that has one."""
    rows = [row for row in rows if row["ratio_fp32"] is not None]
    figure = new_figure(1, width=11.0, height=0.9 + 0.34 * len(rows))
    (axes,) = figure.axes
    bars = axes.barh(range(len(rows)), [row["ratio_fp32"] for row in rows], color="#4c78a8")
    axes.bar_label(bars, [f"{row['ratio_fp32']:.1f}" for row in rows], padding=3)
    axes.set_yticks(range(len(rows)), [row["variant"] for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel(title)
    axes.grid(visible=False, axis="y")
    return figure


def name_of(key: str) -> str:
    """A key of the figures as words."""
    return key.replace("_", " ")
