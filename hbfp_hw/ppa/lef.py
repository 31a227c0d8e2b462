"""Sizes of standard cells from LEF files, and a check of the areas in a Liberty file against them.

Some Liberty files have wrong areas: the one of Debian's package qflow-tech-osu018 gives 23 µm² for
a gate of 32 µm², and 0 for a latch. The LEF file has the size that the layout really takes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.ppa.liberty import CellLibrary

MACRO = re.compile(
    r"^\s*MACRO\s+(?P<name>\S+)\s*$(?P<body>.*?)^\s*END\s+(?P=name)\s*$", re.MULTILINE | re.DOTALL
)
SIZE = re.compile(r"^\s*SIZE\s+([\d.]+)\s+BY\s+([\d.]+)\s*;", re.MULTILINE)

TOLERANCE = 0.005
"""Largest relative difference between two areas that are equal but for rounding."""

SHOWN = 3
"""Largest number of cells that an error names."""


@dataclass(frozen=True)
class MacroSize:
    """Width and height of a cell's layout in µm."""

    width: float
    height: float

    @property
    def area(self) -> float:
        """Area in µm²."""
        return self.width * self.height


@dataclass(frozen=True)
class AreaContradiction:
    """A cell whose area in a Liberty file is not the size of its layout.

    Members:
        cell: Name of the cell.
        liberty: Area of the Liberty file in µm².
        lef: Area of the LEF file in µm².
    """

    cell: str
    liberty: float
    lef: float

    def __str__(self) -> str:
        return f"{self.cell} ({self.liberty:g} instead of {self.lef:g})"


def parse_lef(text: str) -> dict[str, MacroSize]:
    """Return the size of each macro of a LEF file's text that states one."""
    sizes = {}
    for macro in MACRO.finditer(text):
        if size := SIZE.search(macro["body"]):
            sizes[macro["name"]] = MacroSize(float(size[1]), float(size[2]))
    return sizes


def read_lef(path: Path) -> dict[str, MacroSize]:
    """Return the size of each macro of a LEF file.

    Raises:
        ValueError: The file cannot be read, or has no macro with a size.
    """
    try:
        sizes = parse_lef(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise ValueError(
            f"LEF file must be a file that can be read, not '{path}': {error.strerror}"
        ) from None
    if not sizes:
        raise ValueError(f"LEF file must have macros with a size; '{path}' has none")
    return sizes


def check_areas(library: CellLibrary, lef: Mapping[str, MacroSize]) -> list[AreaContradiction]:
    """Return the cells whose area in a library differs from the size of their layout.

    Cells that the LEF file lacks are not compared.

    Raises:
        ValueError: The LEF file has no cell of the library.
    """
    common = [cell for name, cell in library.cells.items() if name in lef]
    if not common:
        raise ValueError(f"LEF file must have cells of library {library.name}; it has none of them")
    return [
        AreaContradiction(cell.name, cell.area, lef[cell.name].area)
        for cell in common
        if abs(cell.area - lef[cell.name].area) > TOLERANCE * lef[cell.name].area
    ]


def describe_contradictions(found: Sequence[AreaContradiction]) -> str:
    """Return an error of one line about the cells that :func:`check_areas` found, one or more."""
    names = ", ".join(str(each) for each in found[:SHOWN])
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"Areas of a Liberty file must be the sizes in its LEF file, in µm²: {names}{more}"
