"""A short version of the accuracy study: what it claims, with fewer epochs and seeds."""

from dataclasses import replace

import pytest

from hbfp_hw.training.comparison import plan, summarise, table
from hbfp_hw.training.study import STUDIES, claims
from hbfp_hw.training.workers import run_jobs

SCHEDULES = ("fp32", "hbfp6", "hbfp4", "booster")
SHORT = {
    "digits": {"epochs": 20, "booster_epochs": 3},
    "mnist1d": {"epochs": 10, "booster_epochs": 3},
}
SEEDS = range(4)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.dataset)
def test_order(study):
    jobs = plan(replace(study, **SHORT[study.dataset]), SCHEDULES, SEEDS)
    summary = summarise(jobs, run_jobs(jobs, workers=2))
    shown = "\n".join(table(summary))
    means = {row["schedule"]: row["mean"] for row in summary["results"]}
    assert means["hbfp4"] < min(means["hbfp6"], means["booster"]), shown
    assert all(claims(summary).values()), f"{claims(summary)}\n{shown}"
