"""Yosys, from the PyPI package pyosys, run in a child process."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.processes import ToolError, run_process

TIMEOUT = 1800.0
"""Default time limit of one synthesis in seconds, enough for the largest array of the catalog."""

CHILD = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in open(sys.argv[1], encoding="utf-8").read().splitlines():
    libyosys.run_pass(command, design)
"""
"""Python program that runs the commands of a file, one per line."""


class SynthesisError(ToolError):
    """Yosys failed, or its report is not as expected; the message names the log."""


def yosys_version() -> str:
    """Return the version of pyosys, which names the release of Yosys."""
    return version("pyosys")


def run_yosys(
    commands: str, folder: Path, log: Path, *, timeout: float = TIMEOUT, poll: Poll = None
) -> None:
    """Run Yosys commands in a folder that holds the files they name.

    Yosys exits on an error, so it runs in a child process: this program goes on.

    Parameters:
        commands: Commands, one per line.
        folder: Working folder of the commands.
        log: File that the output is appended to.
        timeout: Seconds allowed for all commands together.
        poll: Called a few times a second while Yosys runs; if it raises, Yosys is stopped.

    Raises:
        SynthesisError: A command failed, or the time limit was reached.
    """
    write_text(folder / "script.ys", commands)
    # ABC writes a copy of the library into TMPDIR. The system's folder is shared, and its name may
    # have characters that ABC cannot read.
    try:
        run_process(
            [sys.executable, "-c", CHILD, "script.ys"],
            name="Yosys",
            cwd=folder,
            log=log,
            env=os.environ | {"TMPDIR": "."},
            timeout=timeout,
            poll=poll,
        )
    except ToolError as error:
        raise SynthesisError(error.message, log=error.log) from None
