"""nextpnr, the place-and-route tool: the PyPI package, or the program on PATH."""

import importlib.metadata
import importlib.util
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.area.yosys import SynthesisError
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.processes import ToolError, run_process
from hbfp_hw.simulate.toolchain import SimulatorMissing, first_line

RUN_PACKAGE = "import sys; from {module} import {run}; sys.exit({run}(sys.argv[1:]))"
"""Python program that runs the PyPI package in a process of its own."""

UTILISATION = re.compile(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%", re.MULTILINE)
"""Line of nextpnr's log with a resource, how many are used, and how many the device has."""

ERROR = re.compile(r"^ERROR: (.*)$", re.MULTILINE)
"""Line of nextpnr's log with an error."""


class DoesNotFit(SynthesisError):
    """The device lacks resources; the message names them, with used and available counts."""


@dataclass(frozen=True)
class Nextpnr:
    """nextpnr for one family: the command that starts it, and its version."""

    command: tuple[str, ...]
    version: str

    def run(
        self,
        options: Sequence[str],
        folder: Path,
        log: Path,
        *,
        device: str,
        timeout: float,
        poll: Poll = None,
    ) -> None:
        """Run nextpnr in a folder.

        Parameters:
            options: Options of nextpnr.
            folder: Working folder.
            log: File that the output is appended to.
            device: Name of the device in error messages.
            timeout: Seconds allowed.
            poll: Called a few times a second while nextpnr runs.

        Raises:
            DoesNotFit: The device is too small.
            SynthesisError: nextpnr fails otherwise, or reaches the time limit.
        """
        before = log.stat().st_size if log.exists() else 0
        try:
            run_process(
                [*self.command, *options],
                name="nextpnr",
                cwd=folder,
                log=log,
                timeout=timeout,
                poll=poll,
            )
        except ToolError as error:
            text = log.read_bytes()[before:].decode(errors="replace")
            too_little = [
                f"{used} {resource} of {available}"
                for resource, used, available in UTILISATION.findall(text)
                if int(used) > int(available)
            ]
            if too_little:
                needs = ", ".join(dict.fromkeys(too_little))
                raise DoesNotFit(f"The design does not fit {device}: {needs}", log=log) from None
            if said := ERROR.search(text):
                raise SynthesisError(f"nextpnr failed ({said[1]})", log=log) from None
            raise SynthesisError(error.message, log=error.log) from None


def find_nextpnr(family: str) -> Nextpnr:
    """Return nextpnr for a family: the PyPI package if installed, else the program on PATH.

    Raises:
        SimulatorMissing: Neither exists.
    """
    package = f"yowasp-nextpnr-{family}"
    module = package.replace("-", "_")
    if importlib.util.find_spec(module) is not None:
        child = RUN_PACKAGE.format(module=module, run=f"run_nextpnr_{family}")
        return Nextpnr(
            (sys.executable, "-c", child), f"{package} {importlib.metadata.version(package)}"
        )
    program = shutil.which(f"nextpnr-{family}")
    if program is None:
        raise SimulatorMissing(
            f"nextpnr for {family} is not installed: run `pip install 'hbfp_hw[fit]'`, "
            f"or put nextpnr-{family} on PATH"
        )
    return Nextpnr((program,), first_line(program, "--version"))
