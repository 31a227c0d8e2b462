"""Runs of training side by side, each worker a process of its own on one thread."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from hbfp_hw.training.errors import Diverged, WorkerEnded
from hbfp_hw.training.settings import Settings

if TYPE_CHECKING:
    from hbfp_hw.training.trainer import Run

CHECKPOINT, LOG = "checkpoint.pt", "log.jsonl"
"""Files in the folder of a run."""

PATIENCE = 5.0
"""Seconds in which a worker ends by itself."""

Progress = Callable[[int, int], None]
"""Called with the steps done and those of all runs."""


class Work(Protocol):
    """What a worker does; it is sent to another process.

    Members:
        steps: How often it calls ``progress``.
    """

    @property
    def steps(self) -> int: ...

    def run(self, progress: Callable[[], None]) -> list[dict[str, Any]]:
        """Do it; records of what came out."""


@dataclass(frozen=True)
class Job:
    """A run, and where its data come from and its results go.

    Members:
        settings: What decides the run.
        data: Folder of a user's data set.
        folder: For checkpoint and log.
        resume: Whether to go on from the checkpoint.
    """

    settings: Settings
    data: Path | None = None
    folder: Path | None = None
    resume: bool = False

    @property
    def steps(self) -> int:
        """Epochs."""
        return self.settings.epochs

    def run(
        self, progress: Callable[[], None], watch: Callable[["Run"], None] = lambda run: None
    ) -> list[dict[str, Any]]:
        """Train; a record of every epoch. Parameters are those of :func:`.trainer.train`."""
        # PyTorch is loaded only where something is trained.
        from hbfp_hw.torch import NotFiniteError
        from hbfp_hw.training.datasets import load_dataset
        from hbfp_hw.training.trainer import train

        dataset = load_dataset(self.settings.dataset, self.data)
        try:
            return train(
                *(self.settings, dataset, self.folder),
                resume=self.resume,
                progress=progress,
                watch=watch,
            )
        except NotFiniteError as error:
            run = f"schedule {self.settings.schedule}, seed {self.settings.seed}"
            raise Diverged(f"{error} ({run})") from None


def run_jobs(
    jobs: Sequence[Work], *, workers: int, progress: Progress = lambda done, total: None
) -> list[list[dict[str, Any]]]:
    """Records of every run, in the order of the jobs.

    The first run that fails ends all others; their checkpoints stay.

    Parameters:
        jobs: The runs.
        workers: Processes; one is this process itself.
        progress: Called after every step of any run, for training every epoch.

    Raises:
        Diverged: A run has NaN or infinity.
        BadCheckpoint: A checkpoint is not one of its run.
        ValueError: A data set is not what it must be.
        OSError: A file cannot be read or written.
        WorkerEnded: A worker ended before its run did.
    """
    done, total = 0, sum(job.steps for job in jobs)

    def advance() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    if workers == 1 or len(jobs) == 1:
        return [job.run(advance) for job in jobs]
    results: list[list[dict[str, Any]]] = [[] for _ in jobs]
    waiting = list(enumerate(jobs))[::-1]
    pool = [_Worker() for _ in range(min(workers, len(jobs)))]
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
                results[worker.number] = message
                if waiting:
                    worker.start(*waiting.pop())
                else:
                    del busy[worker.channel]
    finally:
        for worker in pool:
            worker.end()
    return results


class _Worker:
    """A process that runs one job after the other.

    Members:
        channel: Gives None after a step, then the records of the run, or what it raised.
        number: Of the job it runs.
    """

    def __init__(self) -> None:
        # A fork would inherit the locks of this process's threads.
        context = multiprocessing.get_context("spawn")
        self.channel, other = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(other,), daemon=True)
        self.process.start()
        other.close()
        self.number = -1

    def start(self, number: int, job: Work) -> None:
        self.number = number
        self.channel.send(job)

    def receive(self) -> list[dict[str, Any]] | None:
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


def _work(channel: Connection) -> None:
    """Run jobs until the other end is closed."""
    # A terminal interrupts all its processes; the parent then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        while True:
            job = channel.recv()
            try:
                channel.send(job.run(lambda: channel.send(None)))
            except Exception as error:
                channel.send(error)
    except (EOFError, BrokenPipeError):
        pass


def _end(number: int, _frame: FrameType | None) -> None:
    """End as an exception does, so that a checkpoint which is being written leaves no part."""
    raise SystemExit(128 + number)


def _end_with_parent() -> None:
    """End this process at once when its parent was killed, not only after the epoch it is in."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)
