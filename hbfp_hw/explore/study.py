"""What all studies have in common."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from hbfp_hw.format import check_integer
from hbfp_hw.helpers.files import write_whole
from hbfp_hw.helpers.worker_pool import PoolJob, Progress, run_jobs
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.run_files import CHECKPOINT

Data = dict[str, Any]

SETTINGS, POINTS = "settings.json", "points.jsonl"
"""What a folder is a study of, and the points of one of its networks."""


class Study(Protocol):
    """A study: everything that decides its results.

    Members:
        name: Its name on the command line.
    """

    name: ClassVar[str]

    def as_dict(self) -> Data:
        """The study as plain values."""

    def jobs(self, data: Path | None, folder: Path | None, *, resume: bool) -> Sequence[PoolJob]:
        """What there is to compute.

        Parameters:
            data: Folder of a user's data set.
            folder: Keeps points and checkpoints.
            resume: Whether to go on from there.
        """

    def summarise(self, results: Sequence[list[Data]]) -> Data:
        """The result of the study as plain data, from what each work returned."""


def explore(
    study: Study,
    *,
    data: Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
    workers: int = 1,
    progress: Progress = lambda done, total: None,
) -> Data:
    """Make a study; the same study gives the same result.

    Parameters:
        study: What to compute.
        data: Folder of a user's data set.
        folder: Keeps every finished point, and checkpoints.
        resume: Whether to go on from there.
        workers: Processes.
        progress: Called with the steps done and those of all.

    Raises:
        BadCheckpoint: The folder is not one of this study.
        Diverged: A network has NaN or infinity.
        ValueError: The data set is not what it must be, or the network cannot take it.
        OSError: A file cannot be read or written.
        WorkerEnded: A worker ended before its work did.
    """
    if folder is not None:
        _claim(folder, study, resume=resume)
    jobs = study.jobs(data, folder, resume=resume)
    return study.summarise(run_jobs(jobs, workers=workers, progress=progress))


def _claim(folder: Path, study: Study, *, resume: bool) -> None:
    """Say in the folder what it is a study of, unless it is one already."""
    path, own = folder / SETTINGS, {"study": study.name, **study.as_dict()}
    own = json.loads(json.dumps(own))  # as it is read back
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


def _read(path: Path) -> Data:
    try:
        kept = json.loads(path.read_bytes())
        if isinstance(kept, dict):
            return kept
    except ValueError:
        pass
    raise BadCheckpoint(f"Settings must be those of a study, not '{path}'")


def _compare(folder: Path, own: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    for name in {**own, **kept}:
        if own.get(name) != kept.get(name):
            raise BadCheckpoint(
                f"Folder must be of a study with {name} {own.get(name)!r}, "
                f"not {kept.get(name)!r}: '{folder}'"
            )


def check_list(thing: str, values: object, low: int, high: int) -> None:
    """Raise unless these are different integers in a range.

    Raises:
        TypeError: They are no tuple of integers.
        ValueError: There is none, one is out of range, or one is given twice.
    """
    if not isinstance(values, tuple):
        raise TypeError(f"{thing} must be a tuple of integers, not {values!r}")
    for value in values:
        check_integer(thing, value, low, high)
    if not values or len(set(values)) != len(values):
        raise ValueError(f"{thing} must be different ones, not {list(values)!r}")
