"""Yosys, of the PyPI package, in a process of its own."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.processes import ToolError, run_process

TIMEOUT = 1800.0
"""Default time limit of one synthesis, in seconds; the largest array of the catalog needs less."""

CHILD = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in open(sys.argv[1], encoding="utf-8").read().splitlines():
    libyosys.run_pass(command, design)
"""


class SynthesisError(ToolError):
    """Yosys failed, or what it said cannot be relied on; the message names the log."""


def yosys_version() -> str:
    """Version of the package that carries Yosys."""
    return version("pyosys")


def run_yosys(
    commands: str, folder: Path, log: Path, *, timeout: float = TIMEOUT, poll: Poll = None
) -> None:
    """Run commands, one a line, in a folder that has the files they name.

    An error ends Yosys' process, and so is kept out of this one.

    Parameters:
        poll: As of :func:`~hbfp_hw.helpers.processes.run_process`.

    Raises:
        SynthesisError: A command failed, or all took longer than ``timeout`` seconds.
    """
    write_text(folder / "script.ys", commands)
    # ABC works in the temporary folder too, and keeps a copy of the library there: not in a shared
    # one, nor in one whose name it cannot read.
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
