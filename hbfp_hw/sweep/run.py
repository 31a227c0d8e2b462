"""A run of a sweep: run the points that the store lacks, and store each outcome at once."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Protocol

from hbfp_hw.sweep.execute import PointOutcome, SweepJob
from hbfp_hw.sweep.spec import SweepSpec
from hbfp_hw.sweep.store import PointRecord, Store


class Executor(Protocol):
    """A function that runs jobs, such as :func:`~hbfp_hw.sweep.local.run_locally`."""

    def __call__(self, jobs: list[SweepJob], /) -> Iterator[tuple[str, PointOutcome]]: ...


def run_sweep(
    spec: SweepSpec,
    store: Store,
    execute: Executor,
    *,
    retry_failed: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[PointRecord]:
    """Run the points that the store lacks.

    Parameters:
        spec: The sweep.
        store: Store with earlier results, which receives the new ones.
        execute: Function that runs the jobs.
        retry_failed: Whether to run failed points again.
        progress: Called with the numbers of finished and of all points, first at the start.

    Returns:
        The record of every point, in the order of the sweep.
    """
    known = store.records()
    if retry_failed:
        known = {key: record for key, record in known.items() if record.state == "done"}
    lacking = {point.key: point for point in spec.points if point.key not in known}
    done, total = len(spec.points) - len(lacking), len(spec.points)
    progress(done, total)
    if lacking:
        sweep = uuid.uuid4().hex
        jobs = [SweepJob(key, point.words, spec.timeout, sweep) for key, point in lacking.items()]
        with closing(execute(jobs)) as outcomes:  # type: ignore[type-var]
            for key, outcome in outcomes:
                known[key] = store.add(lacking[key], outcome)
                done += 1
                progress(done, total)
    return [known[point.key] for point in spec.points]
