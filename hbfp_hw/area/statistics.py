"""Reader of Yosys' reports, which raises an error for anything unexpected in them."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict

from hbfp_hw.area.yosys import SynthesisError

TRANSISTORS = {
    "$_NOT_": 2,
    "$_NAND_": 4,
    "$_NOR_": 4,
    "$_AOI3_": 6,
    "$_OAI3_": 6,
    "$_AOI4_": 8,
    "$_OAI4_": 8,
    "$_DFF_P_": 16,
}
"""Transistors of each gate in static CMOS; every count is checked against Yosys' own estimate."""

FLOP = "$_DFF_P_"
"""Type of every flop in a mapped design: positive edge, no enable, no reset."""

Cells = dict[str, int]
"""Number of cells of each type."""


class ModuleStatistics(TypedDict, total=False):
    """Statistics of one module in Yosys' JSON, where any of them may be missing or invalid."""

    num_cells: int
    num_submodules: int
    num_cells_by_type: Cells
    estimated_num_transistors: str
    area: float


class YosysReports:
    """Reports of one run of Yosys.

    Every method that reads raises :class:`.SynthesisError` for a report that is missing or not as
    expected.

    Parameters:
        folder: Folder with the reports.
        log: Log of the run, which every error names.
    """

    def __init__(self, folder: Path, log: Path):
        self._folder = folder
        self._log = log

    def error(self, what: str) -> SynthesisError:
        """Return an error that names the log."""
        return SynthesisError(what, log=self._log)

    def json(self, name: str) -> Any:
        """Return the content of a JSON file."""
        try:
            return json.loads((self._folder / name).read_bytes())
        except (OSError, ValueError):
            raise self.error(f"Yosys gave no {name} that can be read") from None

    def text(self, name: str) -> str:
        """Return the content of a text file."""
        try:
            return (self._folder / name).read_text(encoding="utf-8")
        except OSError:
            raise self.error(f"Yosys gave no {name}") from None

    def modules(self, name: str) -> dict[str, ModuleStatistics]:
        """Return the statistics of each module by its name, without Yosys' leading backslash."""
        modules = self.json(name).get("modules")
        if not isinstance(modules, dict) or not modules:
            raise self.error(f"{name} has no module")
        return {key.removeprefix("\\"): module for key, module in modules.items()}

    def cells(self, module: ModuleStatistics, *, known: Iterable[str] | None = None) -> Cells:
        """Return the cells of a module by type.

        Parameters:
            known: Types that may occur; all by default.
        """
        found = module.get("num_cells_by_type", {} if module.get("num_cells") == 0 else None)
        if not isinstance(found, dict):
            raise self.error("A statistic is missing: num_cells_by_type")
        cells = {key.removeprefix("\\"): value for key, value in found.items()}
        if not all(isinstance(count, int) for count in cells.values()):
            raise self.error("A count of cells is not a number")
        if sum(cells.values()) != module.get("num_cells", 0) + module.get("num_submodules", 0):
            raise self.error("The cells by type do not add up to their number")
        if known is not None and (unknown := sorted(set(cells) - set(known))):
            raise self.error(f"Cells of unknown type: {', '.join(unknown)}")
        return cells

    def transistors(self, module: ModuleStatistics, cells: Cells, below: int = 0) -> int:
        """Return the transistors of a module's own cells, checked against Yosys' estimate.

        Parameters:
            module: Statistics of the module.
            cells: Its own gates and flops by type, each a key of :data:`TRANSISTORS`.
            below: Transistors of the modules inside it, which the estimate includes.
        """
        estimate = module.get("estimated_num_transistors")
        if not isinstance(estimate, str):
            raise self.error("A statistic is missing: estimated_num_transistors")
        if not re.fullmatch(r"\d+", estimate):
            raise self.error(f"The transistor estimate is not whole: {estimate!r}")
        counted = sum(TRANSISTORS[kind] * count for kind, count in cells.items())
        if counted + below != int(estimate):
            raise self.error(
                f"The cells have {counted + below} transistors, but the estimate is {estimate}"
            )
        return counted

    def area(self, module: ModuleStatistics, cells: Cells) -> float:
        """Return the area of a module in library units, or raise if a cell is not mapped.

        Parameters:
            cells: Cells of the module by type.
        """
        if unmapped := sorted(kind for kind in cells if kind.startswith("$")):
            raise self.error(f"Cells that the library does not have: {', '.join(unmapped)}")
        area = module.get("area")
        if not isinstance(area, int | float):
            raise self.error("A statistic is missing: area")
        return float(area)

    def depth(self, name: str, top: str) -> int:
        """Return the number of gates on the longest path of the top module, from ``ltp``."""
        pattern = rf"Longest topological path in {re.escape(top)} \(length=(\d+)\):"
        found = re.findall(pattern, text := self.text(name))
        if len(found) != 1 or "Detected loop" in text:
            raise self.error("Yosys found no longest path")
        return int(found[0])

    def memory_bits(self, name: str) -> int:
        """Return the bits of all memories in the list that the area script dumps."""
        text = self.text(name)
        widths, sizes = (
            [int(bits) for bits in re.findall(rf"\n +parameter \\{key} (\d+)\n", text)]
            for key in ("WIDTH", "SIZE")
        )
        if not len(widths) == len(sizes) == len(re.findall(r"\n +cell \$mem", f"\n{text}")):
            raise self.error("A memory has no size")
        return sum(width * size for width, size in zip(widths, sizes, strict=True))
