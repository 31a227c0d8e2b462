"""The interface of a study, and the function that runs any study."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from hbfp_hw.explore.records import Summary
from hbfp_hw.format import check_integer
from hbfp_hw.helpers.files import write_whole
from hbfp_hw.helpers.worker_pool import PoolJob, Progress, run_jobs
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.run_files import CHECKPOINT

SETTINGS, POINTS = "settings.json", "points.jsonl"
"""Names of the file with a study's settings, and of the files with each network's points."""


class Study(Protocol):
    """Everything that decides the results of a study.

    Members:
        name: Name of the study on the command line.
    """

    name: ClassVar[str]

    def as_dict(self) -> dict[str, object]:
        """Return the settings of the study as plain values."""

    def jobs(
        self, data: Path | None, folder: Path | None, *, resume: bool
    ) -> Sequence[PoolJob[list[Any]]]:
        """Return the jobs that compute the study's points, one for each network.

        Parameters:
            data: Folder of the user's data set.
            folder: Folder for points and checkpoints; None to write neither.
            resume: Whether to continue from the folder's points and checkpoints.
        """

    def summarise(self, results: Sequence[list[Any]]) -> Summary:
        """Return the result of the study as plain data, from the points of each network."""


def explore(
    study: Study,
    *,
    data: Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
    workers: int = 1,
    progress: Progress = lambda done, total: None,
) -> Summary:
    """Run a study and return its result; equal studies give equal results.

    Parameters:
        study: The study to run.
        data: Folder of the user's data set.
        folder: Folder that keeps every finished point, and checkpoints; None to write nothing.
        resume: Whether to continue an interrupted study in the folder.
        workers: Number of processes.
        progress: Called with the numbers of finished and of all steps.

    Raises:
        BadCheckpoint: The folder belongs to another study.
        Diverged: A network gives NaN or infinity.
        ValueError: The data set is not valid, or the network cannot take its samples.
        OSError: A file cannot be read or written.
        WorkerEnded: A worker process ended before its job did.
    """
    if folder is not None:
        _claim(folder, study, resume=resume)
    jobs = study.jobs(data, folder, resume=resume)
    return study.summarise(run_jobs(jobs, workers=workers, progress=progress))


def _claim(folder: Path, study: Study, *, resume: bool) -> None:
    """Write the study's settings to its folder, or check those that are there."""
    path, own = folder / SETTINGS, {"study": study.name, **study.as_dict()}
    own = json.loads(json.dumps(own))  # with lists in place of tuples, as in the file
    if path.exists():
        if not resume:
            raise BadCheckpoint(
                f"Folder must be one without a study, unless that is resumed, not '{folder}'"
            )
        _compare(folder, own, _read(path))
    elif any(folder.glob(f"*/{CHECKPOINT}")):
        raise BadCheckpoint(f"Folder must be one without checkpoints of others, not '{folder}'")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(own, indent=1) + "\n").encode())


def _read(path: Path) -> dict[str, object]:
    try:
        kept = json.loads(path.read_bytes())
        if isinstance(kept, dict):
            return kept
    except ValueError:
        pass
    raise BadCheckpoint(f"Settings must be those of a study, not '{path}'")


def _compare(folder: Path, own: dict[str, object], kept: dict[str, object]) -> None:
    """Raise unless the folder's settings are the study's own."""
    for name in {**own, **kept}:
        if own.get(name) != kept.get(name):
            raise BadCheckpoint(
                f"Folder must hold a study whose setting {name!r} is {own.get(name)!r}, "
                f"not {kept.get(name)!r}: '{folder}'"
            )


def check_list(thing: str, values: object, low: int, high: int) -> None:
    """Raise unless the values are distinct integers from ``low`` to ``high``, one at least.

    Raises:
        TypeError: The values are not a tuple of integers.
        ValueError: The tuple is empty, or a value is out of range or occurs twice.
    """
    if not isinstance(values, tuple):
        raise TypeError(f"{thing} must be a tuple of integers, not {values!r}")
    for value in values:
        check_integer(thing, value, low, high)
    if not values or len(set(values)) != len(values):
        raise ValueError(f"{thing} must be different ones, not {list(values)!r}")
