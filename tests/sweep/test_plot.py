"""The plot of a sweep: positions of points, ticks, labels and title."""

import pytest

from hbfp_hw.sweep.plot import draw_sweep
from hbfp_hw.sweep.spec import SweepPoint
from hbfp_hw.sweep.store import PointRecord


def swept(values, figures, *, along="block-size", **fixed):
    """Return the axes of a plot of these figures over one swept list."""
    fixed = {name.replace("_", "-"): value for name, value in fixed.items()}
    points = [
        SweepPoint("area", fixed | {along: value}, (), str(value), (along,), ("transistors",))
        for value in values
    ]
    records = [
        PointRecord(
            key=point.key,
            command="area",
            parameters=point.parameters,
            state="done",
            status=0,
            result={"transistors": figure},
            log="",
            seconds=0.0,
            version="",
            finished="",
        )
        for point, figure in zip(points, figures, strict=True)
    ]
    return draw_sweep(points, records).axes[0]


def labels(axes):
    return [text.get_text() for text in axes.get_xticklabels()]


def test_numbers_lie_at_true_distances():
    axes = swept([16, 24, 48], [1.0, 2.0, 3.0])
    (line,) = axes.get_lines()
    assert line.get_xydata().tolist() == [[16, 1], [24, 2], [48, 3]]
    assert axes.get_xscale() == "linear"
    assert labels(axes) == ["16", "24", "48"]


def test_numbers_in_any_order_are_one_line_from_left_to_right():
    axes = swept([48, 16, 24], [3, 1, 2])
    assert axes.get_lines()[0].get_xydata().tolist() == [[16, 1], [24, 2], [48, 3]]


def test_powers_of_two_over_a_wide_range():
    axes = swept([8, 16, 1024], [1, 2, 3])
    assert axes.get_xscale() == "log"
    assert labels(axes) == ["8", "16", "1024"]


@pytest.mark.parametrize("values", [["4", "4x6", "6"], [4, "4x6", 6], [True, False]])
def test_names_lie_side_by_side(values):
    axes = swept(values, list(range(len(values))), along="mantissa-bits")
    assert axes.get_lines()[0].get_xdata().tolist() == list(range(len(values)))
    assert labels(axes) == [str(value) for value in values]


def test_title_says_what_was_run():
    axes = swept([16, 24], [1, 2], unit="mac", pipeline=0, sign_magnitude=True, liberty="a/b.lib")
    title = axes.get_title().replace("\n", " ")
    assert title == "hbfp area: unit mac, pipeline 0, sign magnitude, liberty b.lib"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("block size", "transistors")
    assert swept([16], [1]).get_title() == "hbfp area"


def test_large_figures_are_plain():
    axes = swept([1, 2], [1.5e7, 2.5e7])
    axes.figure.canvas.draw()
    texts = [text.get_text() for text in axes.get_yticklabels()]
    assert "20,000,000" in texts
    assert axes.yaxis.get_offset_text().get_text() == ""
