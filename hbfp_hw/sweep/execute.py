"""One point of a sweep, run in a child process: here, or in a worker of a cluster."""

import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hbfp_hw import __version__
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate import ToolError

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
        log: The log that it named, if it failed, and what it said: the end of each.
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
    with tempfile.TemporaryDirectory(prefix="hbfp-point-") as name:
        folder = Path(name)
        out, err = folder / "out", folder / "err"
        status = _run(job, out, err)
        seconds = time.monotonic() - started
        log, result = _end_of(err), _json(out)
    if status == 0 and result is not None:
        return Outcome("done", status, result, log, seconds)
    log = _named_log(log) + log
    if status is None:
        log += f"stopped after its time limit of {job.timeout:g} s\n"
    elif status < 0:
        log += f"ended by signal {-status}\n"
    elif status == 0:
        log += "printed no JSON object\n"
    return Outcome("failed", status, result, log, seconds)


def stop(sweep: str) -> None:
    """End all points of a sweep that run in this process, and start no more."""
    _stopped.add(sweep)


def _run(job: Job, out: Path, err: Path) -> int | None:
    """Exit status, None after the time limit."""

    def check() -> None:
        if job.sweep in _stopped:
            raise Stopped

    check()
    command = [sys.executable, "-m", "hbfp_hw.sweep.child", str(out), *job.words]
    try:
        return run_process(
            command, cwd=Path.cwd(), log=err, timeout=job.timeout, check=False, poll=check
        )
    except ToolError:
        return None


def _json(path: Path) -> dict[str, Any] | None:
    """The JSON object that a file holds, if it does."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


def _end_of(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LOG_BYTES))
        return file.read().decode(errors="replace")


def _named_log(message: str) -> str:
    """End of the log that a message names, which may be on a machine of a cluster."""
    found = re.search(r"; see (/.+)$", message, re.MULTILINE)
    if found is None:
        return ""
    try:
        return f"{found[1]}:\n{_end_of(Path(found[1]))}\n"
    except OSError:
        return ""
