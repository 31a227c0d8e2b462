"""One point of a sweep, run in a child process: here, or in a worker of a cluster."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hbfp_hw import __version__

GRACE = 5.0
"""Seconds that a command has to end its own children, once it is asked to end."""

POLL_SECONDS = 0.2

LOG_BYTES = 1 << 16
"""What is kept of the end of a log."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to run a point.

    Members:
        key: Of the point.
        words: Command line.
        timeout: Seconds it may take.
        sweep: Name of the sweep's run, by which :func:`stop` ends it.
        version: That of hbfp_hw which must run it.
    """

    key: str
    words: tuple[str, ...]
    timeout: float
    sweep: str
    version: str = __version__


@dataclass(frozen=True)
class Outcome:
    """How a point ended.

    Members:
        state: ``done`` or ``failed``.
        status: Exit status; below zero the signal that ended it; None if it was not run to an end.
        result: The JSON object that it printed.
        log: What it said, with the logs that it named; the end of each.
        seconds: How long it took.
    """

    state: str
    status: int | None
    result: dict[str, Any] | None
    log: str
    seconds: float


class Stopped(Exception):
    """The sweep has been stopped."""


_stopped: set[str] = set()


def run_job(job: Job) -> Outcome:
    """Run a point to its end, or to its time limit.

    Raises:
        Stopped: If :func:`stop` was called for its sweep.
    """
    if job.version != __version__:
        message = f"Worker must have hbfp_hw {job.version}, not {__version__}"
        return Outcome("failed", None, None, message, 0.0)
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = _run(job, out, err)
        seconds = time.monotonic() - started
        log = _end_of(err)
        result = None
        if status is None:
            log += f"Stopped after its time limit of {job.timeout:g} s\n"
        elif status < 0:
            log += f"Ended by signal {-status}\n"
        else:
            out.seek(0)
            with contextlib.suppress(ValueError):
                result = json.load(out)
    if status == 0 and not isinstance(result, dict):
        log += "Printed no JSON object\n"
    if status == 0 and isinstance(result, dict):
        return Outcome("done", status, result, log, seconds)
    return Outcome("failed", status, result, log + _named_log(log), seconds)


def stop(sweep: str) -> None:
    """End all points of a sweep that run in this process, and start no more."""
    _stopped.add(sweep)


def _run(job: Job, out: IO[bytes], err: IO[bytes]) -> int | None:
    """Exit status, None after the time limit."""
    if job.sweep in _stopped:
        raise Stopped
    process = subprocess.Popen(
        [sys.executable, "-m", "hbfp_hw.sweep.child", *job.words],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )
    deadline = time.monotonic() + job.timeout
    try:
        while job.sweep not in _stopped:
            left = deadline - time.monotonic()
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(max(0.0, min(left, POLL_SECONDS)))
            if left <= 0:
                return None
        raise Stopped
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process: asked first, so that it ends its own children, which have other groups."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _end_of(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LOG_BYTES))
    return file.read().decode(errors="replace")


def _named_log(message: str) -> str:
    """End of the log that a message names, which may be on a machine of the cluster."""
    found = re.search(r"; see (/.+)$", message, re.MULTILINE)
    if found is None:
        return ""
    try:
        with Path(found[1]).open("rb") as file:
            return f"--- {found[1]}\n{_end_of(file)}"
    except OSError:
        return ""
