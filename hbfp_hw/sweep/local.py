"""Execution of points side by side on this machine."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from hbfp_hw.sweep.execute import PointOutcome, SweepJob, run_job, stop


def run_locally(jobs: Sequence[SweepJob], *, workers: int) -> Iterator[tuple[str, PointOutcome]]:
    """Run the jobs of one sweep, each in a process of its own.

    When the iterator is closed, running points are ended.

    Parameters:
        jobs: Jobs to run.
        workers: Number of jobs that run at once.

    Yields:
        Key and outcome of each job, in the order in which the jobs end.
    """
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(run_job, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future].key, future.result()
        finally:
            for sweep in {job.sweep for job in jobs}:
                stop(sweep)
            pool.shutdown(cancel_futures=True)
