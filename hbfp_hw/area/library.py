"""Cell libraries: Liberty files, checked to have the cells that the area measure needs."""

import errno
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from hbfp_hw.area.scripts import PROBE, PROBE_VERILOG
from hbfp_hw.area.statistics import YosysReports
from hbfp_hw.area.yosys import SynthesisError, run_yosys, yosys_version
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.result_cache import Record, cached_result

DEFAULT = "cells.lib"
"""File name of the package's own library."""

PROBE_SECONDS = 120.0
"""Time limit of the check of a library."""


@dataclass(frozen=True)
class Library:
    """A Liberty file.

    Members:
        name: File name, without folders.
        content: Bytes of the file.
        nand_area: Area of its smallest 2-input NAND in the library's units: one gate equivalent.
    """

    name: str
    content: bytes
    nand_area: float

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def load_library(path: Path | None = None, *, cached: bool = True, poll: Poll = None) -> Library:
    """Load a Liberty file and check with Yosys that designs can be mapped to it.

    Parameters:
        path: The file; None stands for the package's own.
        cached: Whether an earlier check of the same file may be used.
        poll: Called a few times a second while Yosys runs.

    Raises:
        ValueError: The file cannot be read, or lacks an inverter, a 2-input NAND or a D flip-flop.
    """
    if path is None:
        content = files("hbfp_hw.area").joinpath(DEFAULT).read_bytes()
    else:
        try:
            if path.exists() and not path.is_file():  # reading a pipe might never end
                raise OSError(errno.EINVAL, "Not a regular file")
            content = path.read_bytes()
        except OSError as error:
            raise ValueError(
                f"Liberty file must be a file that can be read, not '{path}': {error.strerror}"
            ) from None

    def probe(folder: Path, log: Path) -> Record:
        (folder / "cells.lib").write_bytes(content)
        write_text(folder / "probe.v", PROBE_VERILOG)
        try:
            run_yosys(PROBE, folder, log, timeout=PROBE_SECONDS, poll=poll)
            return _read_probe(YosysReports(folder, log))
        except SynthesisError:
            raise ValueError(
                "Liberty file must have an inverter, a 2-input NAND and a D flip-flop, "
                f"each with its area, not '{path or DEFAULT}'; see {log}"
            ) from None

    key = (PROBE, PROBE_VERILOG, hashlib.sha256(content).hexdigest(), yosys_version())
    record, _ = cached_result("library", key, probe, cached=cached, poll=poll)
    return Library(DEFAULT if path is None else path.name, content, record["nand_area"])


def _read_probe(reports: YosysReports) -> Record:
    """Return the area of the NAND; raise if the library has no NAND or no flop with an area."""
    modules = reports.modules("probe.json")
    areas = {}
    for name in ("nand2", "flop"):
        cells = reports.cells(modules.get(name, {}))
        areas[name] = reports.area(modules[name], cells)
        if areas[name] <= 0 or (name == "nand2" and sum(cells.values()) != 1):
            raise reports.error(f"The library has no cell for a {name}")
    return {"nand_area": areas["nand2"]}
