"""nextpnr, which places and routes: of the PyPI package, or of the system."""

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

CHILD = "import sys; from {module} import {run}; sys.exit({run}(sys.argv[1:]))"

USE = re.compile(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%", re.MULTILINE)
"""A line of nextpnr's log: resource, used, available."""

ERROR = re.compile(r"^ERROR: (.*)$", re.MULTILINE)


class DoesNotFit(SynthesisError):
    """The device has too little of something that the design needs."""


@dataclass(frozen=True)
class Nextpnr:
    """nextpnr for a family: the words that start it, and its version."""

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
        """Place and route what is in a folder.

        Parameters:
            device: Name of the device in errors.

        Raises:
            DoesNotFit: The device is too small.
            SynthesisError: nextpnr fails otherwise, or takes longer than ``timeout`` seconds.
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
                for resource, used, available in USE.findall(text)
                if int(used) > int(available)
            ]
            if too_little:
                needs = ", ".join(dict.fromkeys(too_little))
                raise DoesNotFit(f"The design does not fit {device}: {needs}; see {log}") from None
            if said := ERROR.search(text):
                raise SynthesisError(f"nextpnr failed ({said[1]}); see {log}") from None
            raise SynthesisError(str(error)) from None


def find_nextpnr(family: str) -> Nextpnr:
    """The PyPI package's nextpnr for a family, else the one on PATH.

    Raises:
        SimulatorMissing: There is neither.
    """
    package = f"yowasp-nextpnr-{family}"
    module = package.replace("-", "_")
    if importlib.util.find_spec(module) is not None:
        child = CHILD.format(module=module, run=f"run_nextpnr_{family}")
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
