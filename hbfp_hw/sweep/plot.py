"""Plot of a figure over a swept parameter."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from matplotlib.figure import Figure

from hbfp_hw.plots.draw import new_figure
from hbfp_hw.plots.scales import plain_labels, value_axis
from hbfp_hw.sweep.spec import SweepPoint
from hbfp_hw.sweep.store import PointRecord
from hbfp_hw.sweep.table import shown

TITLE_WIDTH = 60
"""Most characters in a line of the title."""


def check_plot(points: Sequence[SweepPoint]) -> None:
    """Raise unless all points fit into one plot.

    Raises:
        ValueError: The points are of several tables, no parameter is swept, or no figure is shown.
    """
    first = points[0]
    if any(
        (p.command, p.swept, p.show) != (first.command, first.swept, first.show) for p in points
    ):
        raise ValueError("Sweep must have one table to be drawn")
    if not first.swept or not shown(first):
        raise ValueError("Sweep must have a list of values and a figure to show, for a plot")


def draw_sweep(points: Sequence[SweepPoint], records: Sequence[PointRecord]) -> Figure:
    """Draw the first shown figure over the parameter swept last.

    There is one line for each combination of the other swept parameters. Points without the figure
    are left out.
    """
    first = points[0]
    *others, along = first.swept
    name = shown(first)[0]
    lines: dict[str, list[tuple[object, float]]] = {}
    for point, record in zip(points, records, strict=True):
        value = record.figures.get(name)
        if isinstance(value, int | float):
            label = ", ".join(_setting(other, point.parameters[other]) for other in others)
            lines.setdefault(label, []).append((point.parameters[along], value))
    figure = new_figure(1, width=7.0)
    (axes,) = figure.axes
    swept = [point.parameters[along] for point in points]
    numbers = [x for x in swept if isinstance(x, int | float) and not isinstance(x, bool)]
    numeric = len(numbers) == len(swept)
    names = list(dict.fromkeys(map(str, swept)))
    for label, values in lines.items():
        places = [
            (x if isinstance(x, int | float) and numeric else names.index(str(x)), y)
            for x, y in values
        ]
        axes.plot(*zip(*sorted(places), strict=True), marker="o", label=label)
    if numeric:
        value_axis(axes, numbers)
    else:
        axes.set_xticks(range(len(names)), names)
    if axes.get_ylim()[0] > 0:
        axes.set_ylim(bottom=0)
    plain_labels(axes.yaxis)
    title = "\n".join(wrap(_title(first), TITLE_WIDTH))
    axes.set_title(title, fontsize=10)
    axes.set(xlabel=_words(along), ylabel=_words(name))
    if others:
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return figure


def _title(point: SweepPoint) -> str:
    """Return the command and the parameters that do not vary."""
    fixed = [
        _setting(name, value) for name, value in point.parameters.items() if name not in point.swept
    ]
    return ": ".join(filter(None, (f"hbfp {point.command}", ", ".join(fixed))))


def _setting(name: str, value: object) -> str:
    """Return a parameter and its value as words; a path is shortened to the file's name."""
    if isinstance(value, list):
        value = " ".join(map(str, value))
    if isinstance(value, bool):
        return _words(name) if value else f"no {_words(name)}"
    return f"{_words(name)} {Path(value).name if isinstance(value, str) else value}"


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ")
