"""Plot of learning curves."""

from itertools import cycle
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hbfp_hw.report.draw import COLOURS, new_figure

LINES = {
    "fp32": ("#222222", "-"),
    "hbfp8": (COLOURS[8], "-"),
    "hbfp6": (COLOURS[6], "-"),
    "hbfp4": (COLOURS[4], "-"),
    "hbfp4+layers": (COLOURS[5], "--"),
    "booster": (COLOURS[3], "-"),
}
"""Colour and style of every preset."""

OTHERS = [(COLOURS[bits], style) for style in ("-", "--", ":") for bits in (7, 2)]
"""Those of tables, one after the other."""


def draw_curves(summary: dict[str, Any]) -> Figure:
    """Accuracy by epoch, mean of all seeds, one line for each schedule.

    Parameters:
        summary: Result of :func:`hbfp_hw.training.comparison.summarise`.
    """
    figure = new_figure(1, width=7.0)
    (axes,) = figure.axes
    settings = summary["settings"]
    others = cycle(OTHERS)
    for row in summary["results"]:
        colour, style = LINES.get(row["schedule"]) or next(others)
        epochs = range(1, len(row["curve"]) + 1)
        accuracies = [100 * value for value in row["curve"]]
        axes.plot(epochs, accuracies, style, marker=".", color=colour, label=row["schedule"])
        if row["interval"] is not None:
            low, high = (100 * bound for bound in row["interval"])
            axes.errorbar(
                *(epochs[-1:], accuracies[-1:]),
                yerr=[[accuracies[-1] - low], [high - accuracies[-1]]],
                color=colour,
                capsize=3,
            )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(
        title=f"{settings['model']} on {settings['dataset']}",
        xlabel="epochs",
        ylabel="accuracy in %, mean and 95 % interval",
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return figure
