"""Learning curves: intervals stay between 0 and 100 %."""

import pytest

from hbfp_hw.training.comparison import plan, summarise
from hbfp_hw.training.curves import draw_curves
from hbfp_hw.training.settings import Settings


def summary(accuracies):
    """Return a comparison of runs with these accuracies, by schedule, seed and epoch."""
    settings = Settings(dataset="digits", epochs=len(next(iter(accuracies.values()))[0]))
    seeds = range(len(next(iter(accuracies.values()))))
    jobs = plan(settings, list(accuracies), seeds)
    runs = [[{"accuracy": value} for value in run] for runs in accuracies.values() for run in runs]
    return summarise(jobs, runs)


NEAR_100 = {"fp32": [[0.9, 1.0], [0.9, 0.99], [0.8, 1.0]], "hbfp4": [[0, 0.0], [0, 0.02]] * 2}
NEAR_100["fp32"].append([0.9, 1.0])


def test_no_interval_is_beyond_0_or_100_percent():
    rows = {row["schedule"]: row for row in summary(NEAR_100)["results"]}
    assert rows["fp32"]["interval"][1] == 1.0
    assert rows["hbfp4"]["interval"][0] == 0.0
    assert 0.98 < rows["fp32"]["interval"][0] < rows["fp32"]["mean"]
    assert rows["hbfp4"]["difference"]["interval"][0] == -1.0


def test_no_bar_is_above_100():
    axes = draw_curves(summary(NEAR_100)).axes[0]
    bars = [
        segment
        for container in axes.containers
        for bar in container[2]
        for segment in bar.get_segments()
    ]
    assert len(bars) == 2
    assert max(end[1] for bar in bars for end in bar) == 100
    assert min(end[1] for bar in bars for end in bar) == 0
    places = {bar[0][0] for bar in bars}
    assert len(places) == 2, "bars hide each other"
    assert 100 <= axes.get_ylim()[1] < 103
    assert all(tick <= 100 or tick > axes.get_ylim()[1] for tick in axes.get_yticks())


@pytest.mark.parametrize("seeds", [1, 2, 9])
def test_equal_accuracies_of_many_seeds(seeds):
    """A mean computed in two orders may differ in its last bit."""
    for value in (0.97, 1.0, 1 / 3):
        axes = draw_curves(summary({"booster": [[value]] * seeds})).axes[0]
        assert len(axes.containers) == (seeds > 1)
