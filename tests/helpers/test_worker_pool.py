"""The worker pool: results in order, and the end of all jobs when one fails."""

import multiprocessing
import os
import signal

import pytest

from hbfp_hw.helpers.worker_pool import WorkerEnded, run_jobs
from tests.helpers.steps import Number, Steps


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers):
    steps = []
    results = run_jobs(
        [Number(3), Number(1, steps=0), Number(2)],
        workers=workers,
        progress=lambda *step: steps.append(step),
    )
    assert results == [3, 1, 2]
    assert steps == [(done, 4) for done in range(1, 5)]
    assert not multiprocessing.active_children()


def test_error_of_a_job_ends_the_others():
    jobs = [Steps(), Steps(ValueError("no such thing")), Steps(), Steps()]
    with pytest.raises(ValueError, match=r"^no such thing$"):
        run_jobs(jobs, workers=2)
    assert not multiprocessing.active_children()


def test_killed_worker_is_noticed():
    def kill(done, _):
        if done == 1:
            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)

    with pytest.raises(WorkerEnded, match=r"^A worker ended with exit code -9 in run \d$"):
        run_jobs([Steps(), Steps(), Steps()], workers=2, progress=kill)
    assert not multiprocessing.active_children()


def test_interrupt_ends_the_workers():
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_jobs([Steps(), Steps()], workers=2, progress=interrupt)
    assert not multiprocessing.active_children()
