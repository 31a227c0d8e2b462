"""Child processes with a time limit and a log that is kept."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

POLL_SECONDS = 0.2

GUARD = ("/bin/sh", "-c", "read -r _; kill -s KILL 0")
"""Waits for the end of its input, then ends its process group, itself with it."""


SHOW_LOGS = "HBFP_SHOW_LOGS"
"""Environment variable: set to anything, it makes ``hbfp`` print the end of a failed tool's log."""


class ToolError(RuntimeError):
    """A simulator, or one of the tools around it, failed or is missing.

    Parameters:
        message: What failed, without the log.
        log: Log of the tool, if there is one; the error's text names it.

    Members:
        message, log: The parameters.
    """

    def __init__(self, message: str, *, log: Path | None = None):
        super().__init__(message if log is None else f"{message}; see {log}")
        self.message, self.log = message, log


def run_process(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    log: Path,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600.0,
    check: bool = True,
    poll: Callable[[], None] | None = None,
    name: str | None = None,
) -> int:
    """Run ``command`` in its own process group, and append what it prints to ``log``.

    Nothing that the command starts outlives it, nor this program, even if that is killed.

    Parameters:
        log: File for standard error, and for standard output unless ``output`` is given.
        output: File for standard output alone, overwritten.
        timeout: Seconds after which the whole process group is killed.
        check: Whether an exit status other than 0 is an error.
        poll: Called a few times a second while the process runs.
        name: What errors call it; the name of the program by default.

    Raises:
        ToolError: If the time limit is reached, or on a bad exit status when ``check`` is
            set.
    """
    name = name or Path(command[0]).name
    deadline = time.monotonic() + timeout
    with (
        log.open("ab") as errors,
        contextlib.nullcontext(errors) if output is None else output.open("wb") as printed,
        _start_guard() as guard,
    ):
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=errors,
            process_group=guard.pid,
        )
        try:
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ToolError(
                        f"{name} was stopped after its time limit of {timeout:g} s", log=log
                    )
                if process.poll() is not None:
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(min(POLL_SECONDS, left))
                if poll is not None:
                    poll()
        finally:
            # Also after a normal end: nothing that the command started may outlive it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(guard.pid, signal.SIGKILL)
            process.wait()
    if check and process.returncode != 0:
        raise ToolError(f"{name} failed ({_describe(process.returncode)})", log=log)
    return process.returncode


def _start_guard() -> subprocess.Popen[bytes]:
    """Leader of a new process group, which it kills when this program ends, in whatever way.

    Its pipe is closed only when this program closes it or has gone. Linux' own signal for that
    (PR_SET_PDEATHSIG) would not reach grandchildren, and would come when the calling thread ends.
    """
    return subprocess.Popen(
        GUARD,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


def _describe(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"signal {-status}"
