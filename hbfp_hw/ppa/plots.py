"""Plots of power, performance and area: area against delay, and energy against clock."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbfp_hw.plots.draw import new_figure
from hbfp_hw.plots.scales import plain_ticks
from hbfp_hw.ppa.result import AreaDelayPoint, EnergyClockPoint

MARKERS = "osD^vPX*"
"""Markers of the lines in turn, so that colours are not the only difference."""


def area_delay_plot(points: Sequence[AreaDelayPoint]) -> Figure:
    """Draw the area of units in µm² over their clock period in ns: one line for each unit.

    The legend has the multiply-accumulates per cycle: a larger unit may do more of them.

    Parameters:
        points: Mapped netlists in any order; those of a unit are joined by their delay.
    """
    figure = new_figure(1, width=9.0, height=5.0)
    (axes,) = figure.axes
    _lines(axes, [(_label(point), point.delay_ns, point.area_um2) for point in points])
    axes.set_title(
        "Of units with equal MACs per cycle, those further down and to the left are better",
        fontsize=10,
    )
    axes.set(xlabel="smallest clock period (ns)", ylabel="area of all cells (µm²)")
    figure.legend(loc="outside right upper", title="unit", labelspacing=0.8)
    return figure


def energy_clock_plot(points: Sequence[EnergyClockPoint]) -> Figure:
    """Draw the energy of units in pJ per multiply-accumulate over their clock in MHz.

    There is one line for each unit.

    Parameters:
        points: Mapped netlists in any order; those of a unit are joined by their clock.
    """
    figure = new_figure(1, width=9.0, height=5.0)
    (axes,) = figure.axes
    _lines(axes, [(point.config, point.clock_mhz, point.energy_per_mac_pj) for point in points])
    axes.set_title("Lower takes less energy, right is faster", fontsize=10)
    axes.set(xlabel="highest clock (MHz)", ylabel="energy per multiply-accumulate (pJ)")
    figure.legend(loc="outside right upper", title="unit", labelspacing=0.8)
    return figure


def _label(point: AreaDelayPoint) -> str:
    """Return the name of a unit and what it does per cycle."""
    if point.macs_per_cycle is None:
        return point.config
    plural = "" if point.macs_per_cycle == 1 else "s"
    return f"{point.config}\n{point.macs_per_cycle:,} MAC{plural} per cycle"


def _lines(axes: Axes, places: Sequence[tuple[str, float, float]]) -> None:
    """Draw lines by name, in the order in which the names come, on logarithmic axes."""
    names = list(dict.fromkeys(name for name, _, _ in places))
    for number, name in enumerate(names):
        own = sorted((x, y) for label, x, y in places if label == name)
        axes.plot(
            [x for x, _ in own],
            [y for _, y in own],
            marker=MARKERS[number % len(MARKERS)],
            markersize=5,
            label=name,
        )
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        plain_ticks(axis)
