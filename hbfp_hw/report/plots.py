"""Plots of a report, drawn from its figures."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from hbfp_hw.area.record import AreaRecord
from hbfp_hw.plots.draw import COLOURS, PART_COLOURS, new_figure
from hbfp_hw.plots.scales import plain_ticks, value_axis
from hbfp_hw.report.record import DensityRow, StudyRow

DENSITIES = (
    ("model_paper_dot_fp32", "model: dot-product unit,\npaper's components"),
    ("model_paper_systolic_fp32", "model: systolic array,\npaper's components"),
    ("model_measured_dot_fp32", "model: dot-product unit,\nour components"),
    ("ratio_fp32", "measured: exact dot product\nand FP32 accumulation"),
)
"""Panels of the density plot: key of a row, and title."""


def draw_density_by_block(rows: Sequence[DensityRow]) -> Figure:
    """Draw the density gain over FP32 by block size: one panel per model or measurement.

    Parameters:
        rows: One row per mantissa width and block size; a width becomes a line.
    """
    figure = new_figure(len(DENSITIES), width=13.0, height=4.6, share_y=True)
    sizes = [row["block_size"] for row in rows]
    for axes, (key, title) in zip(figure.axes, DENSITIES, strict=True):
        for bits in sorted({int(row["mantissa_bits"]) for row in rows}):
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


def draw_breakdown(rows: Sequence[AreaRecord]) -> Figure:
    """Draw the transistors per MAC of each configuration as a bar, stacked from its parts.

    Parameters:
        rows: Configurations that do multiply-accumulates.
    """
    figure = new_figure(1, width=11.0, height=max(0.9 + 0.34 * len(rows), 0.26 * len(PART_COLOURS)))
    (axes,) = figure.axes
    ends = [0.0] * len(rows)
    starts = [0.0] * len(rows)
    for part, colour in PART_COLOURS.items():
        values = [_per_mac(row, part) for row in rows]
        if any(values):
            # A negative value, saved by flattening, extends the bar to the left of its start.
            sides = [starts if value < 0 else ends for value in values]
            lefts = [side[number] for number, side in enumerate(sides)]
            axes.barh(range(len(rows)), values, left=lefts, color=colour, label=name_of(part))
            for number, (value, side) in enumerate(zip(values, sides, strict=True)):
                side[number] += value
    axes.set_yticks(range(len(rows)), [row["config"] for row in rows])
    axes.margins(y=0.02)
    axes.invert_yaxis()
    axes.set_xlabel("transistors per multiply-accumulate and cycle")
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside right upper")
    return figure


def _per_mac(row: AreaRecord, part: str) -> float:
    """Return the transistors of a part per multiply-accumulate."""
    macs = row["macs_per_cycle"]
    assert macs is not None  # the caller selects the rows
    return row["breakdown"][part] / macs


def draw_ratios(rows: Sequence[StudyRow], title: str) -> Figure:
    """Draw the density gain over FP32 of each row of a sensitivity study.

    Parameters:
        rows: Rows; those without a gain are left out.
        title: Label of the axis.
    """
    shown = [(row["variant"], row["ratio_fp32"]) for row in rows]
    ratios = {variant: ratio for variant, ratio in shown if ratio is not None}
    figure = new_figure(1, width=11.0, height=0.9 + 0.34 * len(ratios))
    (axes,) = figure.axes
    bars = axes.barh(range(len(ratios)), list(ratios.values()), color="#4c78a8")
    axes.bar_label(bars, [f"{ratio:.1f}" for ratio in ratios.values()], padding=3)
    axes.set_yticks(range(len(ratios)), list(ratios))
    axes.invert_yaxis()
    axes.set_xlabel(title)
    axes.grid(visible=False, axis="y")
    return figure


def name_of(key: str) -> str:
    """Return a key of the figures as words."""
    return key.replace("_", " ")
