"""Schedules compared: the same network and data, the same seeds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hbfp_hw.booster import FormatTable
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.settings import WIDTHS, Settings
from hbfp_hw.training.statistics import DIFFERENCE, SHARE, describe

OF_A_RUN = ("schedule", WIDTHS, "seed")
"""Settings in which the runs of a comparison differ."""


def plan(
    settings: Settings,
    schedules: Sequence[str | FormatTable],
    seeds: Sequence[int],
    *,
    data: Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
) -> list[TrainingJob]:
    """The runs of a comparison: every schedule with every seed.

    Parameters:
        settings: All but schedule and seed.
        schedules, seeds: The rest.
        data: Folder of a user's data set.
        folder: Gets a folder for every run.
        resume: Whether to go on from the runs' checkpoints.

    Raises:
        TypeError: A seed is not an integer.
        ValueError: A schedule or a seed is none, or two have the same name.
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


def summarise(
    jobs: Sequence[TrainingJob], records: Sequence[list[dict[str, Any]]]
) -> dict[str, Any]:
    """The result of a comparison as plain data.

    Parameters:
        jobs: What :func:`plan` gave.
        records: The records of every run, in the same order.

    Returns:
        ``settings`` of all runs, and in ``results`` for each schedule the ``seeds``, with the
        ``accuracy`` of each after the last epoch, ``mean`` and 95 % ``interval`` of them, those of
        the ``difference`` to FP32 seed by seed, and the mean accuracy of every epoch in ``curve``.
        Accuracies are shares; what cannot be said is None.
    """
    rows: dict[str, dict[str, Any]] = {}
    for job, run in zip(jobs, records, strict=True):
        name = str(job.settings.schedule)
        row = rows.setdefault(name, {"schedule": name, "seeds": [], "accuracy": [], "curve": []})
        row["seeds"].append(job.settings.seed)
        row["accuracy"].append(run[-1]["accuracy"])
        row["curve"].append([record["accuracy"] for record in run])
    for row in rows.values():
        row |= describe(row["accuracy"], SHARE)
        row["difference"] = None
        if "fp32" in rows and row["schedule"] != "fp32":
            pairs = zip(row["accuracy"], rows["fp32"]["accuracy"], strict=True)
            row["difference"] = describe([own - other for own, other in pairs], DIFFERENCE)
        row["curve"] = np.mean(row["curve"], axis=0).tolist()
    shared = {k: v for k, v in jobs[0].settings.as_dict().items() if k not in OF_A_RUN}
    return {"settings": shared, "results": list(rows.values())}


def table(summary: dict[str, Any]) -> list[str]:
    """A comparison for people, in percent."""
    settings, rows = summary["settings"], summary["results"]
    width = max(13, *(len(row["schedule"]) + 1 for row in rows))
    lines = [
        f"accuracy in % after {settings['epochs']} epochs, {settings['model']} on "
        f"{settings['dataset']}, blocks of {settings['block_size']}",
        f"{'schedule':{width}}{'mean':>7}  {'95 % interval':17}{'to fp32':>8}  {'95 % interval':17}"
        f"of each seed ({' '.join(map(str, rows[0]['seeds']))})",
    ]
    for row in rows:
        difference = row["difference"] or {"mean": None, "interval": None}
        accuracies = " ".join(f"{100 * value:.1f}" for value in row["accuracy"])
        lines.append(
            f"{row['schedule']:{width}}{100 * row['mean']:7.2f}  {_range(row['interval']):17}"
            + (f"{'-':>8}" if row["difference"] is None else f"{100 * difference['mean']:+8.2f}")
            + f"  {_range(difference['interval'], sign='+'):17}{accuracies}"
        )
    return lines


def _range(bounds: tuple[float, float] | None, *, sign: str = "") -> str:
    if bounds is None:
        return "-"
    return " to ".join(f"{100 * bound:{sign}.2f}" for bound in bounds)
