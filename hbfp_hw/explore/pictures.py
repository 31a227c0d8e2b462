"""Plots of the studies, drawn from their summaries."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from hbfp_hw.booster import Role
from hbfp_hw.explore.records import (
    DistanceRow,
    DistancesSettings,
    DistancesSummary,
    LandscapePoint,
    LandscapeSummary,
    SensitivitySummary,
    StudySettings,
)
from hbfp_hw.plots.draw import COLOURS, new_figure
from hbfp_hw.plots.scales import error_bars, plain_number, plain_ticks
from hbfp_hw.training.curves import LINES

GREY = "#777777"
"""Colour of reference lines."""


def draw_distances(summary: DistancesSummary) -> Figure:
    """Draw a table of distances after the last epoch: one row per tensor, one column per format."""
    settings = summary["settings"]
    formats = _formats(settings)
    tensors = _tensors(summary, settings["epochs"])
    values = np.array(
        [[_or_nan(_percent(rows.get(fmt))) for fmt in formats] for rows in tensors.values()]
    )
    figure = new_figure(1, width=3.6 + 0.75 * len(formats), height=1.4 + 0.26 * len(tensors))
    (axes,) = figure.axes
    axes.grid(visible=False)
    shown = np.ma.masked_invalid(np.where(values > 0, values, np.nan))
    image = axes.imshow(shown, aspect="auto", cmap="viridis_r", norm=LogNorm())
    middle = np.sqrt(shown.min() * shown.max())
    for row, column in np.ndindex(*values.shape):
        if np.isfinite(values[row, column]):
            axes.text(
                column,
                row,
                plain_number(float(values[row, column]), 2),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if values[row, column] > middle else "black",
            )
    axes.set_xticks(range(len(formats)), [f"{bits} bits\nN = {size}" for bits, size in formats])
    axes.set_yticks(range(len(tensors)), [" ".join(key) for key in tensors], fontsize=9)
    axes.set_title(f"Wasserstein-1 distance, {_network(settings)}", fontsize=10)
    bar = figure.colorbar(image, ax=axes, label="% of the tensor's root mean square")
    plain_ticks(bar.ax.yaxis)
    return figure


def draw_epochs(summary: DistancesSummary) -> Figure:
    """Draw distances by epoch for the narrowest mantissas.

    There is one panel for each kind of tensor, and one line for each layer and block size.
    """
    settings = summary["settings"]
    bits = min(settings["mantissa_bits"])
    sizes = sorted({min(settings["block_sizes"]), max(settings["block_sizes"])})
    rows = [row for row in summary["results"] if row["mantissa_bits"] == bits]
    layers = {row["layer"]: row["name"] for row in rows}
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(layers)))
    figure = new_figure(len(Role), width=12.0, height=4.0, share_y=True)
    for axes, role in zip(figure.axes, Role, strict=True):
        for colour, (layer, name) in zip(colours, layers.items(), strict=True):
            for size, style in zip(sizes, ("-", "--"), strict=False):
                own = [
                    row
                    for row in rows
                    if (row["tensor"], row["layer"], row["block_size"]) == (role, layer, size)
                ]
                epochs = sorted({row["epoch"] for row in own})
                means = [
                    _mean([_percent(row) for row in own if row["epoch"] == epoch])
                    for epoch in epochs
                ]
                label = f"{_layer(layer, name)}, N = {size}"
                axes.plot(epochs, means, style, marker=".", color=colour, label=label)
        axes.set(title=role.value, xlabel="epochs")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.axes[0].set_ylim(bottom=0)  # for all panels; set when all lines are drawn
    figure.axes[0].set_ylabel(f"distance at {bits} bits, in % of RMS")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    return figure


def draw_sqnr(summary: DistancesSummary) -> Figure:
    """Draw the measured over the predicted SQNR, with one panel for each kind of tensor."""
    settings = summary["settings"]
    figure = new_figure(len(Role), width=12.0, height=4.4, share_y=True)
    rows = [
        (row, row["predicted"], row["sqnr"])
        for row in summary["results"]
        if row["predicted"] is not None and row["sqnr"] is not None
    ]
    ends = [least(predicted for _, predicted, _ in rows) for least in (min, max)] if rows else []
    for axes, role in zip(figure.axes, Role, strict=True):
        for bits in settings["mantissa_bits"]:
            own = [
                (predicted, sqnr)
                for row, predicted, sqnr in rows
                if (row["tensor"], row["mantissa_bits"]) == (role, bits)
            ]
            axes.plot(
                [predicted for predicted, _ in own],
                [sqnr for _, sqnr in own],
                ".",
                alpha=0.5,
                color=COLOURS.get(bits, GREY),
                label=f"{bits} bits",
            )
        axes.plot(ends, ends, color=GREY, linewidth=1)
        axes.set(title=role.value, xlabel="predicted for a Gaussian, dB")
    figure.axes[0].set_ylabel("measured SQNR, dB")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    return figure


def draw_lines(summary: LandscapeSummary) -> Figure:
    """Draw the loss along each direction for all networks, and thick means of the schedules."""
    settings = summary["settings"]
    figure = new_figure(1, width=7.5, height=4.4)
    (axes,) = figure.axes
    for schedule in settings["schedules"]:
        colour, style = LINES[schedule]
        lines: dict[tuple[int, int], list[LandscapePoint]] = {}
        for point in summary["points"]:
            if (point["schedule"], point["shape"]) == (schedule, "line"):
                lines.setdefault((point["seed"], point["direction"]), []).append(point)
        xs = [point["x"] for point in next(iter(lines.values()))]
        losses = [[_or_nan(point["loss"]) for point in line] for line in lines.values()]
        for line in losses:
            axes.plot(xs, line, style, color=colour, linewidth=0.6, alpha=0.5)
        axes.plot(xs, np.mean(losses, axis=0), style, color=colour, linewidth=2, label=schedule)
    axes.set_yscale("log")
    plain_ticks(axes.yaxis)
    axes.set(title=_network(settings), xlabel="step, in norms of the filters", ylabel="loss")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return figure


def draw_planes(summary: LandscapeSummary) -> Figure:
    """Draw the loss on the plane of two directions around each schedule's first network."""
    settings = summary["settings"]
    schedules = settings["schedules"]
    figure = new_figure(len(schedules), width=1.5 + 3.6 * len(schedules), height=4.0, share_y=True)
    planes = {name: _plane(summary, name) for name in schedules}
    finite = np.concatenate([plane[np.isfinite(plane)] for plane in planes.values()])
    # A logarithmic scale needs two different limits above 0.
    low = max(float(finite.min()), 1e-9)
    levels = np.geomspace(low, max(float(finite.max()), 1.001 * low), 16)
    ticks = np.linspace(-settings["reach"], settings["reach"], settings["grid"])
    for axes, (schedule, plane) in zip(figure.axes, planes.items(), strict=True):
        image = axes.contourf(
            ticks,
            ticks,
            np.ma.masked_invalid(plane),
            levels=levels,
            cmap="viridis",
            norm=LogNorm(),
        )
        axes.plot(0, 0, "+", color="white")
        axes.set(title=schedule, xlabel="first direction")
    figure.axes[0].set_ylabel("second direction")
    bar = figure.colorbar(image, ax=figure.axes, label="loss")
    bar.set_ticks(levels[::3].tolist(), labels=[plain_number(level, 2) for level in levels[::3]])
    return figure


def draw_sensitivity(summary: SensitivitySummary) -> Figure:
    """Draw the difference in accuracy from FP32 with each layer alone in few bits."""
    settings = summary["settings"]
    names = [
        _layer(row["layer"], row["name"])
        for row in summary["results"]
        if row["mantissa_bits"] == settings["mantissa_bits"][0]
    ]
    figure = new_figure(1, width=2.5 + 1.1 * len(names), height=4.0)
    (axes,) = figure.axes
    share = 0.8 / len(settings["mantissa_bits"])
    for number, bits in enumerate(settings["mantissa_bits"]):
        rows = [row for row in summary["results"] if row["mantissa_bits"] == bits]
        means = [100 * row["difference"]["mean"] for row in rows]
        places = [place + number * share for place in range(len(rows))]
        axes.bar(places, means, share, color=COLOURS[bits], label=f"{bits} bits")
        for place, mean, row in zip(places, means, rows, strict=True):
            if interval := row["difference"]["interval"]:
                bounds = error_bars(mean, [100 * bound for bound in interval])
                axes.errorbar(place, mean, yerr=bounds, fmt="none", ecolor="black", capsize=3)
    middle = (len(settings["mantissa_bits"]) - 1) * share / 2
    axes.set_xticks([place + middle for place in range(len(names))], names)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set(
        title=f"{_network(settings)}, N = {settings['block_size']}",
        xlabel="layer",
        ylabel="accuracy minus FP32, percentage points",
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return figure


def _network(settings: StudySettings) -> str:
    return f"{settings['model']} on {settings['dataset']}, {settings['epochs']} epochs"


def _layer(number: int | None, name: str) -> str:
    return name if number is None else f"{number}: {name}"


def _formats(settings: DistancesSettings) -> list[tuple[int, int]]:
    return [(m, n) for m in settings["mantissa_bits"] for n in settings["block_sizes"]]


def _tensors(
    summary: DistancesSummary, epoch: int
) -> dict[tuple[str, str, str], dict[tuple[int, int], DistanceRow]]:
    """Return the rows of an epoch by tensor, then by format."""
    tensors: dict[tuple[str, str, str], dict[tuple[int, int], DistanceRow]] = {}
    for row in summary["results"]:
        if row["epoch"] == epoch:
            product = row["product"].replace("_", " ")
            key = (_layer(row["layer"], row["name"]), f"{row['tensor']},", product)
            tensors.setdefault(key, {})[row["mantissa_bits"], row["block_size"]] = row
    return tensors


def _percent(row: DistanceRow | None) -> float | None:
    return None if row is None or row["relative"] is None else 100 * row["relative"]


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _plane(summary: LandscapeSummary, schedule: str) -> NDArray[np.float64]:
    """Return the losses on the plane around a schedule's first network, shape (grid, grid)."""
    settings = summary["settings"]
    losses = [
        _or_nan(point["loss"])
        for point in summary["points"]
        if (point["schedule"], point["seed"], point["shape"])
        == (schedule, settings["seeds"][0], "plane")
    ]
    return np.reshape(losses, (settings["grid"], settings["grid"]))
