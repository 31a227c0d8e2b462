"""Plots: one line per unit through its points, in order, with labels that say units."""

import pytest

from hbfp_hw.plots.draw import render
from hbfp_hw.ppa.plots import area_delay_plot, energy_clock_plot
from hbfp_hw.ppa.result import AreaDelayPoint, EnergyClockPoint

AREAS = (
    AreaDelayPoint("mac_hbfp4_n64", 5.5, 57_000.0, 64),
    AreaDelayPoint("fp32_mac", 15.7, 26_500.0, 1),
    AreaDelayPoint("fp32_mac", 5.5, 36_000.0, 1),
    AreaDelayPoint("mac_hbfp4_n64", 16.7, 36_500.0, 64),
    AreaDelayPoint("mac_hbfp4_n64", 3.9, 60_000.0, 64),
)
ENERGIES = (
    EnergyClockPoint("mac_hbfp4_n64", 255.0, 2.6),
    EnergyClockPoint("mac_hbfp4_n64", 181.0, 2.5),
    EnergyClockPoint("fp32_mac", 180.0, 108.0),
)


def lines(figure):
    """Return the points of each line by its label."""
    (axes,) = figure.axes
    return {line.get_label(): line.get_xydata().tolist() for line in axes.lines}


def test_area_over_delay():
    figure = area_delay_plot(AREAS)
    assert lines(figure) == {
        "mac_hbfp4_n64\n64 MACs per cycle": [[3.9, 60_000.0], [5.5, 57_000.0], [16.7, 36_500.0]],
        "fp32_mac\n1 MAC per cycle": [[5.5, 36_000.0], [15.7, 26_500.0]],
    }
    (axes,) = figure.axes
    assert axes.get_xlabel() == "smallest clock period (ns)"
    assert axes.get_ylabel() == "area of all cells (µm²)"


def test_energy_over_clock():
    figure = energy_clock_plot(ENERGIES)
    assert lines(figure) == {
        "mac_hbfp4_n64": [[181.0, 2.5], [255.0, 2.6]],
        "fp32_mac": [[180.0, 108.0]],
    }
    (axes,) = figure.axes
    assert axes.get_xlabel() == "highest clock (MHz)"
    assert axes.get_ylabel() == "energy per multiply-accumulate (pJ)"


@pytest.mark.parametrize(
    ("draw", "points"), [(area_delay_plot, AREAS), (energy_clock_plot, ENERGIES)]
)
def test_legend_and_plain_numbers(draw, points):
    picture = render(draw(points), "svg").decode()
    assert picture.count(">mac_hbfp4_n64<") == picture.count(">fp32_mac<") == 1
    assert "mathdefault" not in picture  # no powers of ten at the axes
    assert picture == render(draw(points), "svg").decode()


def test_lines_differ_by_marker_and_colour():
    points = [AreaDelayPoint(f"unit{n}", 2.0 + n, 100.0 * n + 100, None) for n in range(8)]
    (axes,) = area_delay_plot(points).axes
    assert [line.get_label() for line in axes.lines] == [f"unit{n}" for n in range(8)]
    assert len({line.get_marker() for line in axes.lines}) == 8
    assert len({line.get_color() for line in axes.lines}) == 8
