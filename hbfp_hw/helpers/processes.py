"""Child processes with a time limit and a log that is kept."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hbfp_hw.helpers.locks import Poll

POLL_SECONDS = 0.2
"""Seconds between two polls of a running process."""

GUARD = ("/bin/sh", "-c", "read -r _; kill -s KILL 0")
"""Command that waits for the end of its input, then kills its process group and itself."""

SHOW_LOGS = "HBFP_SHOW_LOGS"
"""Environment variable. If it is set, ``hbfp`` prints the end of a failed tool's log."""


class ToolError(RuntimeError):
    """An external tool, such as a simulator, failed or is missing.

    Parameters:
        message: Text of the error, without the log.
        log: Log of the tool, if there is one. The error's text names it.

    Members:
        message, log: As given.
    """

    def __init__(self, message: str, *, log: Path | None = None):
        super().__init__(message if log is None else f"{message}; see {log}")
        self.message, self.log = message, log


def run_process(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    timeout: float = 600.0,
    poll: Poll = None,
    name: str | None = None,
) -> None:
    """Run a command that must succeed. The parameters are those of :func:`exit_status`.

    Raises:
        ToolError: The time limit is reached, or the exit status is not 0.
    """
    name = name or Path(command[0]).name
    status = exit_status(command, cwd=cwd, log=log, env=env, timeout=timeout, poll=poll, name=name)
    if status != 0:
        raise ToolError(f"{name} failed ({_describe(status)})", log=log)


def exit_status(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    log: Path,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600.0,
    poll: Poll = None,
    name: str | None = None,
) -> int:
    """Run a command in a process group of its own, and return its exit status.

    No process of the group outlives the command, or this program, even if either is killed.

    Parameters:
        command: Program and arguments. The program reads nothing from standard input.
        cwd: Folder to run it in.
        log: File to which standard error is appended, and standard output unless ``output`` is
            given.
        output: File for standard output alone, overwritten.
        env: Environment, by default that of this program.
        timeout: Seconds after which the whole process group is killed.
        poll: Called a few times a second while the process runs.
        name: Name of the command in errors, by default that of the program.

    Returns:
        The exit status, or minus the number of the signal that ended the process.

    Raises:
        ToolError: The time limit is reached.
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
            # After a normal end too, because background processes of the command would stay.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(guard.pid, signal.SIGKILL)
            process.wait()
    return process.returncode


def _start_guard() -> subprocess.Popen[bytes]:
    """Start the leader of a new process group, which kills the group when this program ends.

    Its standard input is a pipe, which is closed when this program closes it or ends, even if it is
    killed. Linux' own signal for this (PR_SET_PDEATHSIG) does not reach grandchildren, and it is
    sent as soon as the calling thread ends.
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
