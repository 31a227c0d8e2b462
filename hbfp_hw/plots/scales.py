"""Scales and ticks of plots, with plain numbers as labels."""

import math
from collections.abc import Sequence
from decimal import Decimal

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, NullLocator

ROUND = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))
"""Leading digits of the ticks per decade of a logarithmic axis, from few ticks to many."""

FEWEST_TICKS = 4
MOST_TICKS = 12
"""Numbers of ticks on a logarithmic axis."""

LOGARITHMIC_FROM = 8
"""Smallest ratio of largest to smallest value for which an axis is logarithmic."""

APART = 0.04
"""Least distance of two ticks as a fraction of the axis, so that their labels do not touch."""


def plain_number(value: float, digits: int = 6) -> str:
    """Return a number without an exponent, as ``0.7`` or ``20,000``, to ``digits`` digits."""
    return f"{Decimal(f'{value:.{digits}g}'):,f}"


class LogTicks(Locator):
    """Locator of ticks at round numbers on a logarithmic axis, four to twelve where possible."""

    def __call__(self) -> list[float]:
        assert self.axis is not None  # Matplotlib sets it before the call
        low, high = sorted(self.axis.get_view_interval())
        return self.tick_values(low, high)

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        """Return the ticks between two positive numbers."""
        decades = range(math.floor(math.log10(vmin)), math.ceil(math.log10(vmax)) + 1)
        for digits in ROUND:
            ticks = [digit * 10.0**decade for decade in decades for digit in digits]
            ticks = [tick for tick in ticks if vmin <= tick <= vmax]
            if len(ticks) >= FEWEST_TICKS:
                break
        else:
            # A range of less than an octave has too few such numbers: use linear ticks.
            ticks = [tick for tick in MaxNLocator(5).tick_values(vmin, vmax) if tick > 0]
        return ticks[:: -(-len(ticks) // MOST_TICKS)]


def plain_ticks(axis: Axis) -> None:
    """Put ticks at round numbers on a logarithmic axis, labelled as plain numbers."""
    axis.set_major_locator(LogTicks())
    plain_labels(axis)
    axis.set_minor_locator(NullLocator())


def plain_labels(axis: Axis) -> None:
    """Label the ticks of an axis with plain numbers."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain_number(value)))


def value_axis(axes: Axes, values: Sequence[float]) -> None:
    """Set the scale of the x axis and put ticks at the values, as far as their labels do not touch.

    The scale is logarithmic if the values are positive and span three octaves or more, else linear.
    """
    ticks = sorted(set(values))
    logarithmic = ticks[0] > 0 and ticks[-1] >= LOGARITHMIC_FROM * ticks[0]
    if logarithmic:
        axes.set_xscale("log", base=2)
    positions = [math.log2(tick) if logarithmic else tick for tick in ticks]
    least = APART * (positions[-1] - positions[0])
    shown: list[int] = []
    for number, position in enumerate(positions):
        if not shown or position - positions[shown[-1]] >= least:
            shown.append(number)
    labels = [f"{Decimal(str(ticks[number])):f}" for number in shown]
    axes.set_xticks([ticks[number] for number in shown], labels)
    axes.xaxis.set_minor_locator(NullLocator())


def percent_axis(axes: Axes) -> None:
    """End the y axis at 100 %, with a margin for markers at 100 %."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, min(high, 100 + 0.02 * (100 - low)))


def error_bars(mean: float, interval: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the lengths of an error bar below and above a mean, in the form of ``Axes.errorbar``.

    Parameters:
        mean: The mean.
        interval: Lower and upper end.
    """
    low, high = interval
    # Mean and interval may be rounded differently in the last bit; a length must not be negative.
    return [max(mean - low, 0.0)], [max(high - mean, 0.0)]
