"""Comparisons as plain data and as a table, and the claims of the accuracy study."""

import numpy as np
import pytest

from hbfp_hw.training.comparison import plan, summarise, table
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.statistics import interval
from hbfp_hw.training.study import claims

SETTINGS = Settings(dataset="digits", epochs=2)


def compare(accuracies):
    """Return the summary of runs of two epochs with these last accuracies, by schedule."""
    seeds = range(len(next(iter(accuracies.values()))))
    jobs = plan(SETTINGS, list(accuracies), seeds)
    values = [value for row in accuracies.values() for value in row]
    return summarise(jobs, [[{"accuracy": value / 2}, {"accuracy": value}] for value in values])


def test_plan(tmp_path):
    jobs = plan(SETTINGS, ["fp32", "booster"], [3, 5], folder=tmp_path)
    assert [(job.settings.schedule, job.settings.seed) for job in jobs] == [
        ("fp32", 3),
        ("fp32", 5),
        ("booster", 3),
        ("booster", 5),
    ]
    assert [job.folder.name for job in jobs][1:3] == ["fp32-seed5", "booster-seed3"]


@pytest.mark.parametrize(
    ("schedules", "seeds", "message"),
    [
        ([], [0], r"^Schedules must be different ones, not \[\]$"),
        (["fp32", "fp32"], [0], r"^Schedules must be different ones, not \['fp32', 'fp32'\]$"),
        (["fp32"], [1, 2, 1], r"^Seeds must be different ones, not \[1, 2, 1\]$"),
    ],
)
def test_bad_plans(schedules, seeds, message):
    with pytest.raises(ValueError, match=message):
        plan(SETTINGS, schedules, seeds)


def test_summary():
    summary = compare({"fp32": [0.9, 0.8], "hbfp4": [0.7, 0.7]})
    assert "seed" not in summary["settings"]
    assert "schedule" not in summary["settings"]
    fp32, hbfp4 = summary["results"]
    assert (fp32["seeds"], fp32["accuracy"]) == ([0, 1], [0.9, 0.8])
    assert fp32["mean"] == pytest.approx(0.85)
    assert fp32["curve"] == pytest.approx([0.425, 0.85])
    low, high = interval([0.9, 0.8])
    assert high > 1
    assert fp32["interval"] == (low, 1.0)  # cut off at 100 %
    assert fp32["difference"] is None
    assert hbfp4["difference"]["mean"] == pytest.approx(-0.15)
    assert hbfp4["difference"]["interval"] == pytest.approx(interval([-0.2, -0.1]))


def test_no_difference_without_fp32():
    assert compare({"hbfp4": [0.5]})["results"][0]["difference"] is None


def test_table():
    lines = table(compare({"fp32": [0.9, 0.8], "hbfp4": [0.7, 0.71]}))
    assert lines[0] == "accuracy in % after 2 epochs, cnn on digits, blocks of 64"
    assert lines[1].split()[-1] == "1)"
    # Half-widths are 12.706 · 0.0707 / √2 and so on, with t from printed tables, cut at 100 %.
    texts = [" ".join(line.split()) for line in lines[2:]]
    assert texts == [
        "fp32 85.00 21.47 to 100.00 - - 90.0 80.0",
        "hbfp4 70.50 64.15 to 76.85 -14.50 -84.38 to +55.38 70.0 71.0",
    ]
    (line,) = table(compare({"hbfp4": [0.5]}))[2:]
    assert line.split() == ["hbfp4", "50.00", "-", "-", "-", "50.0"]


GOOD = {
    "fp32": [0.90, 0.92, 0.91, 0.89],
    "hbfp6": [0.90, 0.91, 0.91, 0.89],
    "hbfp4": [0.80, 0.83, 0.81, 0.80],
    "booster": [0.90, 0.92, 0.90, 0.89],
}


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({}, []),
        ({"booster": [0.95, 0.96, 0.94, 0.95]}, []),
        ({"booster": [0.87, 0.88, 0.88, 0.86]}, [0]),
        ({"booster": [0.80, 0.83, 0.81, 0.81]}, [0, 3]),
        ({"hbfp4": [0.89, 0.92, 0.91, 0.89]}, [1, 2, 3]),
        ({"hbfp4": [0.95, 0.60, 0.98, 0.70]}, [1, 3]),
        ({"hbfp6": [0.79, 0.80, 0.81, 0.80]}, [2]),
        ({"hbfp6": [0.95, 0.96, 0.94, 0.95]}, [2]),
    ],
)
def test_claims(changes, failing):
    held = list(claims(compare(GOOD | changes)).values())
    assert [number for number, holds in enumerate(held) if not holds] == failing
    assert np.all([isinstance(holds, bool) for holds in held])
