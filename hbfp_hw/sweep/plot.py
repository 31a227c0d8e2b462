"""A figure over a swept parameter."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from hbfp_hw.report.draw import new_figure
from hbfp_hw.sweep.spec import Point
from hbfp_hw.sweep.store import Record
from hbfp_hw.sweep.table import shown


def check_plot(points: Sequence[Point]) -> None:
    """Raise unless points can be drawn together.

    Raises:
        ValueError: If they are not of one command and one table with something to draw.
    """
    first = points[0]
    if any(
        (p.command, p.swept, p.show) != (first.command, first.swept, first.show) for p in points
    ):
        raise ValueError("Sweep must have one table to be drawn")
    if not first.swept or not shown(first):
        raise ValueError("Sweep must have a list, and a figure to show, to be drawn")


def draw_sweep(points: Sequence[Point], records: Sequence[Record]) -> Figure:
    """The first shown figure over the parameter swept last, a line for each of the others.

    Points without that figure are left out.
    """
    *others, along = points[0].swept
    name = shown(points[0])[0]
    lines: dict[str, list[tuple[object, float]]] = {}
    for point, record in zip(points, records, strict=True):
        value = record.figures.get(name)
        if isinstance(value, int | float):
            label = ", ".join(f"{other} {point.parameters[other]}" for other in others)
            lines.setdefault(label, []).append((point.parameters[along], value))
    figure = new_figure(1, width=7.0)
    (axes,) = figure.axes
    ticks = list(dict.fromkeys(str(point.parameters[along]) for point in points))
    for label, values in lines.items():
        # Values stand at equal distances: most lists are powers of two, or names.
        axes.plot(
            [ticks.index(str(x)) for x, _ in values],
            [y for _, y in values],
            marker="o",
            label=label,
        )
    axes.set_xticks(range(len(ticks)), ticks)
    if axes.get_ylim()[0] > 0:
        axes.set_ylim(bottom=0)
    axes.set(title=points[0].command, xlabel=along, ylabel=name)
    if others:
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return figure
