"""Work of a co-simulation as files: the job that all workers read, and what each writes.

A folder holds one co-simulation: ``job.json``, per worker the number of vectors done
(``progress-<worker>``), and per task and worker a tally (``task-<task>-<worker>.json``) with the
arrays of its differences (``.npz``).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hbfp_hw.cosim.compare import Tally
from hbfp_hw.cosim.difference import Difference
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.helpers.files import write_text

JOB = "job.json"


@dataclass(frozen=True)
class CosimJob:
    """Work of all workers of a co-simulation.

    Members:
        library: Path of the compiled design.
        description: Description of the design.
        vectors_name: Class of the vectors, as ``module:Class``.
        tasks: Values of the constant ports, for each task. All tasks have the same vectors.
        workers: Number of workers.
        vectors: Vectors of each task.
        seed: Seed of vectors and stalls.
        stalls: Probability that a stream stalls in a cycle.
        stop_at_first: Whether a task ends with the first batch that has a mismatch.
    """

    library: str
    description: DesignDescription
    vectors_name: str
    tasks: list[list[int]]
    workers: int
    vectors: int
    seed: int
    stalls: float
    stop_at_first: bool

    @property
    def shares_tasks(self) -> bool:
        """True if each worker has whole tasks, False if all share the batches of the one task."""
        return len(self.tasks) > 1

    def tasks_of(self, worker: int) -> Iterator[int]:
        """Iterate over the numbers of the tasks that a worker takes part in."""
        return iter(range(worker, len(self.tasks), self.workers) if self.shares_tasks else [0])

    def batches_of(self, worker: int, batch_size: int) -> range:
        """Return the numbers of the batches that a worker compares in each of its tasks."""
        batches = -(-self.vectors // batch_size)
        return range(batches) if self.shares_tasks else range(worker, batches, self.workers)

    def save(self, folder: Path) -> None:
        """Write the job to its file in ``folder``."""
        content = vars(self) | {"description": self.description.to_json()}
        write_text(folder / JOB, json.dumps(content))

    @classmethod
    def load(cls, path: Path) -> "CosimJob":
        """Read a job from its file."""
        content = json.loads(path.read_text(encoding="utf-8"))
        description = DesignDescription.from_json(content.pop("description"))
        return cls(**content, description=description)


def write_progress(folder: Path, worker: int, vectors: int) -> None:
    """Record the vectors that a worker has compared so far."""
    write_text(folder / f"progress-{worker}", str(vectors))


def read_progress(folder: Path) -> int:
    """Return the vectors that all workers have compared so far."""
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("progress-*")]
    return sum(int(text or 0) for text in texts)


def write_tally(folder: Path, task: int, worker: int, tally: Tally) -> None:
    """Write a worker's tally of one task."""
    path = folder / f"task-{task}-{worker}.json"
    arrays: dict[str, Any] = {}
    for number, difference in enumerate(tally.differences):
        arrays |= difference.arrays(f"{number}.")
    if arrays:
        np.savez_compressed(path.with_suffix(".npz"), **arrays)
    summaries = [difference.summary() for difference in tally.differences]
    write_text(path, json.dumps(vars(tally) | {"differences": summaries}))


def read_tallies(folder: Path, task: int) -> list[Tally]:
    """Return the tallies that the workers wrote for one task."""
    tallies = []
    for path in folder.glob(f"task-{task}-*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        differences = []
        if summaries := content["differences"]:
            with np.load(path.with_suffix(".npz")) as file:
                differences = [
                    Difference.restore(summary, file, f"{number}.")
                    for number, summary in enumerate(summaries)
                ]
        tallies.append(Tally(**(content | {"differences": differences})))
    return tallies


def remove_files(folder: Path) -> None:
    """Remove everything that a co-simulation wrote to its folder, but for its log."""
    for path in (*folder.glob("task-*"), *folder.glob("progress-*"), folder / JOB):
        path.unlink(missing_ok=True)
