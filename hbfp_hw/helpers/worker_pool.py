"""Pool of worker processes that run jobs in parallel.

The pool knows nothing of what a job computes: a job is any object that can be pickled and has the
members of :class:`PoolJob`.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, Generic, Protocol, TypeVar

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)

PATIENCE = 5.0
"""Seconds that a worker has to end by itself before it is killed."""

Progress = Callable[[int, int], None]
"""Called with the steps done so far and the steps of all jobs."""


class WorkerEnded(RuntimeError):
    """A worker process ended before its job did."""


class PoolJob(Protocol[Result_co]):
    """The work of one call of :meth:`run`, pickled and sent to a worker.

    Members:
        steps: Number of times that :meth:`run` calls ``progress``.
    """

    @property
    def steps(self) -> int: ...

    def run(self, progress: Callable[[], None]) -> Result_co:
        """Do the work and return its result, which is pickled too."""


def run_jobs(
    jobs: Sequence[PoolJob[Result]],
    *,
    workers: int,
    progress: Progress = lambda done, total: None,
) -> list[Result]:
    """Run jobs and return their results in the order of the jobs.

    The first job that raises an exception ends all others, and the exception is raised here.

    Parameters:
        jobs: Jobs to run.
        workers: Number of processes, 1 or more. With one worker or one job, the jobs run in this
            process.
        progress: Called after every step of any job.

    Raises:
        WorkerEnded: A worker process ended before its job did.
    """
    done, total = 0, sum(job.steps for job in jobs)

    def advance() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    if workers == 1 or len(jobs) == 1:
        return [job.run(advance) for job in jobs]
    results: dict[int, Result] = {}
    waiting = list(enumerate(jobs))[::-1]
    pool: list[_Worker[Result]] = [_Worker() for _ in range(min(workers, len(jobs)))]
    try:
        for worker in pool:
            worker.start(*waiting.pop())
        busy = {worker.channel: worker for worker in pool}
        while busy:
            for channel in wait(list(busy)):
                worker = busy[channel]  # type: ignore[index]
                message = worker.receive()
                if message is None:
                    advance()
                    continue
                (results[worker.number],) = message
                if waiting:
                    worker.start(*waiting.pop())
                else:
                    del busy[worker.channel]
    finally:
        for worker in pool:
            worker.end()
    return [results[number] for number in range(len(jobs))]


class _Worker(Generic[Result]):
    """A process that runs one job after the other.

    Members:
        channel: Receives None after each step of the job, then a 1-tuple with its result or the
            exception that it raised.
        number: Number of the job that the process runs.
    """

    def __init__(self) -> None:
        # A fork would inherit the locks of this process's threads.
        context = multiprocessing.get_context("spawn")
        self.channel, other = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(other,), daemon=True)
        self.process.start()
        other.close()
        self.number = -1

    def start(self, number: int, job: PoolJob[Result]) -> None:
        self.number = number
        self.channel.send(job)

    def receive(self) -> tuple[Result] | None:
        try:
            message = self.channel.recv()
        except (EOFError, ConnectionResetError):  # the latter if it had not yet read its job
            self.process.join()
            raise WorkerEnded(
                f"A worker ended with exit code {self.process.exitcode} in run {self.number}"
            ) from None
        if isinstance(message, Exception):
            raise message
        return message

    def end(self) -> None:
        self.process.terminate()
        self.process.join()
        self.channel.close()


def _work(channel: "Connection[Any, Any]") -> None:
    """Run the jobs that arrive until the other end of the channel is closed."""
    # Ctrl-C interrupts all processes of a terminal; the parent then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        while True:
            job = channel.recv()
            try:
                channel.send((job.run(lambda: channel.send(None)),))
            except Exception as error:
                channel.send(error)
    except (EOFError, BrokenPipeError):
        pass


def _end(number: int, _frame: FrameType | None) -> None:
    """Raise ``SystemExit``, so that a half-written file is removed on the way out."""
    raise SystemExit(128 + number)


def _end_with_parent() -> None:
    """End this process as soon as its parent is gone, instead of after its current step."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)
