"""One point of a sweep, run as ``python -m hbfp_hw`` here or in a worker of a cluster."""

import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw import __version__
from hbfp_hw.helpers.files import read_end
from hbfp_hw.helpers.processes import SHOW_LOGS, ToolError, exit_status

LOG_BYTES = 1 << 17
"""Most bytes kept of the end of a point's log."""


@dataclass(frozen=True)
class SweepJob:
    """Everything that a worker needs to run a point.

    Members:
        key: Key of the point.
        words: Command line, without ``hbfp``.
        timeout: Seconds that the point may take.
        sweep: Identifier of this run of the sweep, by which :func:`stop` ends the point.
        version: Version of hbfp_hw that must run the point.
    """

    key: str
    words: tuple[str, ...]
    timeout: float
    sweep: str
    version: str = __version__


@dataclass(frozen=True)
class PointOutcome:
    """Outcome of one point's run.

    Members:
        state: ``done`` or ``failed``.
        status: Exit status; negative for the signal that ended the process; None if the point was
            stopped at its time limit, or not started.
        result: The JSON object that the command printed, if it printed one.
        log: End of standard error; for a failure of a tool also the end of the tool's own log.
        seconds: Run time in seconds.
    """

    state: str
    status: int | None
    result: dict[str, object] | None
    log: str
    seconds: float


class Stopped(Exception):
    """The point was ended, because its sweep was stopped."""


_stopped: set[str] = set()


def run_job(job: SweepJob) -> PointOutcome:
    """Run a point to its end or to its time limit.

    Raises:
        Stopped: :func:`stop` was called for its sweep.
    """
    if job.version != __version__:
        message = f"Worker must have hbfp_hw {job.version}, not {__version__}"
        return PointOutcome("failed", None, None, message, 0.0)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hbfp-point-") as name:
        folder = Path(name)
        out, err = folder / "out", folder / "err"
        status = _run(job, out, err)
        seconds = time.monotonic() - started
        log, result = read_end(err, LOG_BYTES), _read_json(out)
    if status == 0 and result is not None:
        return PointOutcome("done", status, result, log, seconds)
    if status is None:
        log += f"stopped after its time limit of {job.timeout:g} s\n"
    elif status < 0:
        log += f"ended by signal {-status}\n"
    elif status == 0:
        log += "printed no JSON object\n"
    return PointOutcome("failed", status, result, log, seconds)


def stop(sweep: str) -> None:
    """End all points of a sweep that run in this process, and refuse to start further ones."""
    _stopped.add(sweep)


def _run(job: SweepJob, out: Path, err: Path) -> int | None:
    """Run the process of a point. Return its exit status, or None after the time limit."""

    def check() -> None:
        if job.sweep in _stopped:
            raise Stopped

    check()
    try:
        return exit_status(
            [sys.executable, "-m", "hbfp_hw", *job.words],
            cwd=Path.cwd(),
            log=err,
            output=out,
            # The tool's own log may be on another machine of the cluster, or soon be removed.
            env=os.environ | {SHOW_LOGS: "1"},
            timeout=job.timeout,
            poll=check,
        )
    except ToolError:
        return None


def _read_json(path: Path) -> dict[str, object] | None:
    """Return the JSON object in a file; None if the file has none."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None
