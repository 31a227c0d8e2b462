"""Plot of the accuracy of schedules by epoch."""

from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hbfp_hw.plots.draw import COLOURS, new_figure
from hbfp_hw.plots.scales import error_bars, percent_axis
from hbfp_hw.training.records import Comparison

LINES = {
    "fp32": ("#222222", "-"),
    "hbfp8": (COLOURS[8], "-"),
    "hbfp6": (COLOURS[6], "-"),
    "hbfp4": (COLOURS[4], "-"),
    "hbfp4+layers": (COLOURS[5], "--"),
    "booster": (COLOURS[3], "-"),
}
"""Colour and line style of every preset."""

OTHERS = [(COLOURS[bits], style) for style in ("-", "--", ":") for bits in (7, 2)]
"""Colours and line styles of schedules from files, used in turn."""

BESIDE = 0.008
"""Distance between neighbouring error bars, as a share of all epochs."""


def draw_curves(summary: Comparison) -> Figure:
    """Draw the accuracy by epoch, mean over seeds, as one line per schedule."""
    figure = new_figure(1, width=7.0)
    (axes,) = figure.axes
    settings = summary["settings"]
    others = cycle(OTHERS)
    middle = (len(summary["results"]) - 1) / 2
    for number, row in enumerate(summary["results"]):
        colour, style = LINES.get(row["schedule"]) or next(others)
        epochs = range(1, len(row["curve"]) + 1)
        accuracies = [100 * value for value in row["curve"]]
        axes.plot(epochs, accuracies, style, marker=".", color=colour, label=row["schedule"])
        if row["interval"] is not None:
            interval = [100 * bound for bound in row["interval"]]
            # Bars of several schedules stand side by side, because they would hide each other.
            axes.errorbar(
                [epochs[-1] + (number - middle) * BESIDE * len(epochs)],
                accuracies[-1:],
                yerr=error_bars(accuracies[-1], interval),
                fmt="none",
                ecolor=colour,
                capsize=3,
            )
    percent_axis(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(
        title=f"{settings['model']} on {settings['dataset']}",
        xlabel="epochs",
        ylabel="accuracy in %, mean and 95 % interval",
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return figure
