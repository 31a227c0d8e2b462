"""The accuracy study: the paper's claims about Accuracy Boosters, tested on two small data sets."""

from hbfp_hw.training.records import Comparison, ScheduleRow
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.statistics import interval

SCHEDULES = ("fp32", "hbfp8", "hbfp6", "hbfp4", "hbfp4+layers", "booster")
SEEDS = tuple(range(6))
STUDIES = (
    # A small network with large blocks: 4 bits cost more accuracy than the spread over seeds.
    Settings(
        dataset="digits",
        epochs=60,
        booster_epochs=6,
        width=3,
        block_size=256,
        last_rate=0.1,
    ),
    # 4 bits cost far more here, so blocks are small and the last epochs have time to recover.
    Settings(
        dataset="mnist1d",
        epochs=60,
        booster_epochs=6,
        width=12,
        block_size=16,
        batch_size=100,
        learning_rate=0.1,
        last_rate=0.1,
    ),
)
"""Settings of the studies, equal for all schedules. All others are the command's defaults."""


def claims(summary: Comparison) -> dict[str, bool]:
    """Return the claims of the study, and whether each holds.

    A mean is measurably above another if the 95 % confidence interval of the differences, seed by
    seed, is entirely above 0.

    Parameters:
        summary: Comparison of at least ``fp32``, ``hbfp6``, ``hbfp4`` and ``booster``, with two
            seeds or more.
    """
    rows = {row["schedule"]: row for row in summary["results"]}
    fp32, hbfp6, hbfp4, booster = (rows[name] for name in ("fp32", "hbfp6", "hbfp4", "booster"))
    assert fp32["interval"] is not None
    low = fp32["interval"][0]
    return {
        "booster is within the interval of fp32 or above": booster["mean"] >= low,
        "hbfp4 is below the interval of fp32, and measurably below fp32": hbfp4["mean"] < low
        and _measurably_above(fp32, hbfp4),
        "hbfp6 is above hbfp4, and not measurably above fp32": hbfp6["mean"] > hbfp4["mean"]
        and not _measurably_above(hbfp6, fp32),
        "booster is measurably above hbfp4": _measurably_above(booster, hbfp4),
    }


def _measurably_above(row: ScheduleRow, other: ScheduleRow) -> bool:
    pairs = zip(row["accuracy"], other["accuracy"], strict=True)
    bounds = interval([own - its for own, its in pairs])
    return bounds is not None and bounds[0] > 0
