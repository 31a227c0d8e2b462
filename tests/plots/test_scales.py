"""Ticks and scales: plain numbers as labels, values at true distances."""

import re

import numpy as np
import pytest

from hbfp_hw.plots.draw import new_figure, render
from hbfp_hw.plots.scales import (
    LogTicks,
    error_bars,
    percent_axis,
    plain_number,
    plain_ticks,
    value_axis,
)

PLAIN = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.7, "0.7"),
        (7e-5, "0.00007"),
        (20000.0, "20,000"),
        (1.5e9, "1,500,000,000"),
        (0.30000000000000004, "0.3"),
        (-2.0, "-2"),
        (0, "0"),
    ],
)
def test_plain_number(value, text):
    assert plain_number(value) == text
    assert PLAIN.fullmatch(text)


def test_plain_number_with_few_digits():
    assert [plain_number(value, 2) for value in (123.4, 0.01234, 9.99)] == ["120", "0.012", "10"]


def test_ticks_of_any_range():
    """Ticks are 3 to 12 numbers inside the range, with three digits at most."""
    rng, narrow, wide = np.random.default_rng(0), 0, 0
    for low, ratio in zip(
        10 ** rng.uniform(-6, 6, 500), 10 ** rng.uniform(0.1, 9, 500), strict=True
    ):
        ticks = [t for t in LogTicks().tick_values(low, low * ratio) if low <= t <= low * ratio]
        assert 3 <= len(ticks) <= 12, (low, ratio)
        assert ticks == sorted(set(ticks))
        texts = [plain_number(tick) for tick in ticks]
        assert len(set(texts)) == len(texts)
        digits = [text.replace(",", "").replace(".", "").strip("0") for text in texts]
        assert all(len(each) <= 3 for each in digits), texts
        narrow += ratio < 2
        wide += ratio > 1e6
    assert narrow > 10
    assert wide > 10


@pytest.mark.parametrize("ends", [(0.2, 1.4), (0.7, 0.9), (3, 3e8)])
def test_no_power_of_ten_is_drawn(ends):
    """The texts of the picture have no powers; Matplotlib's own formatter writes them."""
    figure = new_figure(1)
    (axes,) = figure.axes
    axes.plot([0, 1], ends)
    axes.set_yscale("log")
    assert b"mathdefault" in render(figure, "svg")
    plain_ticks(axes.yaxis)
    picture = render(figure, "svg").decode()
    assert "mathdefault" not in picture


def test_large_numbers_have_no_factor_beside_the_axis():
    figure = new_figure(1)
    figure.axes[0].plot([0, 1], [1e7, 9e9])
    assert b"1e9" not in render(figure, "svg")


def _positions(values):
    """Return the drawn positions of values on the x axis, and the tick labels by value."""
    figure = new_figure(1)
    (axes,) = figure.axes
    axes.plot(values, values)
    value_axis(axes, values)
    figure.canvas.draw()
    positions = axes.transData.transform([(value, values[0]) for value in values])[:, 0]
    labels = dict(
        zip(axes.get_xticks(), (t.get_text() for t in axes.get_xticklabels()), strict=True)
    )
    return positions, labels


def test_values_lie_at_true_distances():
    positions, labels = _positions([16, 24, 48])
    assert (positions[2] - positions[1]) / (positions[1] - positions[0]) == pytest.approx(24 / 8)
    assert labels == {16: "16", 24: "24", 48: "48"}


def test_values_over_three_octaves_are_logarithmic():
    positions, labels = _positions([8, 16, 64, 1024])
    steps = np.diff(positions)
    assert steps / steps[0] == pytest.approx([1, 2, 4])
    assert list(labels.values()) == ["8", "16", "64", "1024"]


@pytest.mark.parametrize("values", [[0, 1, 100], [-4, 8], [5], [0.25, 0.5, 1e-5]])
def test_any_values_have_ticks(values):
    _, labels = _positions(values)
    assert set(labels) <= set(values)
    assert min(values) in labels
    assert not any("e" in label for label in labels.values())


def test_labels_do_not_touch():
    _, labels = _positions([1, 2, 3, 4, 5, 6, 7])
    assert len(labels) == 7
    _, labels = _positions([100, 101, 102, 103, 700])
    assert list(labels) == [100, 700]


def test_percent_axis_ends_at_100():
    figure = new_figure(1)
    (axes,) = figure.axes
    axes.plot([0, 1], [90, 100])
    assert axes.get_ylim()[1] > 100.4
    low = axes.get_ylim()[0]
    percent_axis(axes)
    assert axes.get_ylim()[0] == low
    assert 100 < axes.get_ylim()[1] < 100.3
    axes.set_ylim(10, 50)
    percent_axis(axes)
    assert axes.get_ylim() == (10, 50)


def test_error_bars():
    assert error_bars(2.0, (1.5, 4.0)) == ([0.5], [2.0])
    # A mean may lie just above its interval, if another order of additions rounded it.
    assert error_bars(np.nextafter(1.0, 2), (1.0, 1.0)) == ([np.finfo(float).eps], [0.0])
