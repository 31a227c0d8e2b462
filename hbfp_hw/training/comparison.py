"""Comparison of schedules on the same network, data set and seeds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hbfp_hw.booster import FormatTable
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.records import Comparison, EpochRecord, ScheduleRow
from hbfp_hw.training.settings import WIDTHS, Settings
from hbfp_hw.training.statistics import DIFFERENCE, SHARE, describe

OF_A_RUN = ("schedule", WIDTHS, "seed")
"""Settings that differ between the runs of a comparison."""


def plan(
    settings: Settings,
    schedules: Sequence[str | FormatTable],
    seeds: Sequence[int],
    *,
    data: Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
) -> list[TrainingJob]:
    """Return the runs of a comparison: every schedule with every seed.

    Parameters:
        settings: Settings of all runs; their schedule and seed are replaced.
        schedules, seeds: Schedules and seeds to combine.
        data: Folder of the user's data set.
        folder: Folder in which every run gets a subfolder; None to write no files.
        resume: Whether to continue from the runs' checkpoints.

    Raises:
        TypeError: A seed is not an integer.
        ValueError: A schedule or a seed is not valid, or occurs twice.
    """
    names = list(map(str, schedules))
    for thing, values in (("Schedules", names), ("Seeds", list(seeds))):
        if not values or len(set(values)) != len(values):
            raise ValueError(f"{thing} must be different ones, not {values!r}")
    return [
        TrainingJob(
            replace(settings, schedule=schedule, seed=seed),
            data,
            None if folder is None else folder / f"{schedule}-seed{seed}",
            resume,
        )
        for schedule in schedules
        for seed in seeds
    ]


def summarise(jobs: Sequence[TrainingJob], records: Sequence[list[EpochRecord]]) -> Comparison:
    """Return the result of a comparison as plain data.

    Parameters:
        jobs: Runs that :func:`plan` returned.
        records: Records of every epoch of every run, in the order of the runs.
    """
    runs: dict[str, list[tuple[int, list[float]]]] = {}
    for job, run in zip(jobs, records, strict=True):
        curve = [record["accuracy"] for record in run]
        runs.setdefault(str(job.settings.schedule), []).append((job.settings.seed, curve))
    accuracies = {name: [curve[-1] for _, curve in curves] for name, curves in runs.items()}
    rows: list[ScheduleRow] = []
    for name, curves in runs.items():
        difference = None
        if "fp32" in runs and name != "fp32":
            pairs = zip(accuracies[name], accuracies["fp32"], strict=True)
            difference = describe([own - other for own, other in pairs], DIFFERENCE)
        rows.append(
            {
                "schedule": name,
                "seeds": [seed for seed, _ in curves],
                "accuracy": accuracies[name],
                "curve": np.mean([curve for _, curve in curves], axis=0).tolist(),
                **describe(accuracies[name], SHARE),
                "difference": difference,
            }
        )
    shared = {k: v for k, v in jobs[0].settings.as_dict().items() if k not in OF_A_RUN}
    return {"settings": shared, "results": rows}


def table(summary: Comparison) -> list[str]:
    """Return the lines of a table of a comparison, with accuracies in percent."""
    settings, rows = summary["settings"], summary["results"]
    width = max(13, *(len(row["schedule"]) + 1 for row in rows))
    lines = [
        f"accuracy in % after {settings['epochs']} epochs, {settings['model']} on "
        f"{settings['dataset']}, blocks of {settings['block_size']}",
        f"{'schedule':{width}}{'mean':>7}  {'95 % interval':17}{'from fp32':>10}"
        f"  {'95 % interval':17}"
        f"of each seed ({' '.join(map(str, rows[0]['seeds']))})",
    ]
    for row in rows:
        difference = row["difference"]
        accuracies = " ".join(f"{100 * value:.1f}" for value in row["accuracy"])
        lines.append(
            f"{row['schedule']:{width}}{100 * row['mean']:7.2f}  {_range(row['interval']):17}"
            + (f"{'-':>10}" if difference is None else f"{100 * difference['mean']:+10.2f}")
            + f"  {_range(difference and difference['interval'], sign='+'):17}{accuracies}"
        )
    return lines


def _range(bounds: tuple[float, float] | None, *, sign: str = "") -> str:
    if bounds is None:
        return "-"
    return " to ".join(f"{100 * bound:{sign}.2f}" for bound in bounds)
