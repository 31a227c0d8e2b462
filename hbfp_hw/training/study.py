"""The accuracy study: what Accuracy Boosters claim, on two small data sets."""

from typing import Any

from hbfp_hw.training.settings import Settings

SCHEDULES = ("fp32", "hbfp8", "hbfp6", "hbfp4", "hbfp4+layers", "booster")
SEEDS = tuple(range(8))
STUDIES = (
    Settings(dataset="digits"),
    Settings(dataset="mnist1d"),
)


def claims(summary: dict[str, Any]) -> dict[str, bool]:
    """What must hold in a comparison with ``fp32``, ``hbfp6``, ``hbfp4`` and ``booster``.

    A mean is measurably below FP32 if the whole 95 % confidence interval of the differences, seed
    by seed, is below 0.
    """
    rows = {row["schedule"]: row for row in summary["results"]}
    lowest = rows["fp32"]["interval"][0]
    return {
        "booster is within the interval of fp32 or above": rows["booster"]["mean"] >= lowest,
        "hbfp4 is measurably below fp32": rows["hbfp4"]["difference"]["interval"][1] < 0,
        "hbfp4 is below the interval of fp32": rows["hbfp4"]["mean"] < lowest,
        "hbfp6 is above hbfp4": rows["hbfp6"]["mean"] > rows["hbfp4"]["mean"],
        "booster is above hbfp4": rows["booster"]["mean"] > rows["hbfp4"]["mean"],
    }
