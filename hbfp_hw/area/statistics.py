"""What Yosys' reports say; whatever is not as expected is an error, never a guess."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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
"""Transistors of each cell of static CMOS logic, as Yosys counts them; it is checked to agree."""

FLOP = "$_DFF_P_"

Cells = dict[str, int]


class YosysReports:
    """The reports in a folder, whose errors name the log of the run that wrote them."""

    def __init__(self, folder: Path, log: Path):
        self._folder = folder
        self._log = log

    def error(self, what: str) -> SynthesisError:
        """The error that a report is not what it must be."""
        return SynthesisError(what, log=self._log)

    def json(self, name: str) -> Any:
        """Content of a JSON file."""
        try:
            return json.loads((self._folder / name).read_bytes())
        except (OSError, ValueError):
            raise self.error(f"Yosys gave no {name} that can be read") from None

    def text(self, name: str) -> str:
        """Content of a text file."""
        try:
            return (self._folder / name).read_text(encoding="utf-8")
        except OSError:
            raise self.error(f"Yosys gave no {name}") from None

    def modules(self, name: str) -> dict[str, dict[str, Any]]:
        """Statistics of each module by its plain name."""
        modules = self.json(name).get("modules")
        if not isinstance(modules, dict) or not modules:
            raise self.error(f"{name} has no module")
        return {key.removeprefix("\\"): module for key, module in modules.items()}

    def cells(self, module: Mapping[str, Any], *, known: Iterable[str] | None = None) -> Cells:
        """Cells of a module by type, which all must be among those that are ``known``, if given."""
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

    def transistors(self, module: Mapping[str, Any], cells: Cells, below: int = 0) -> int:
        """Transistors of a module's cells, to which its estimate must agree.

        Parameters:
            below: Transistors of the modules in it, which its estimate includes.
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

    def area(self, module: Mapping[str, Any], cells: Cells) -> float:
        """The area of a module, all of whose cells must be of the library."""
        if unmapped := sorted(kind for kind in cells if kind.startswith("$")):
            raise self.error(f"Cells that the library does not have: {', '.join(unmapped)}")
        area = module.get("area")
        if not isinstance(area, int | float):
            raise self.error("A statistic is missing: area")
        return float(area)

    def depth(self, name: str, top: str) -> int:
        """Gates on the longest path of the top module."""
        pattern = rf"Longest topological path in {re.escape(top)} \(length=(\d+)\):"
        found = re.findall(pattern, text := self.text(name))
        if len(found) != 1 or "Detected loop" in text:
            raise self.error("Yosys found no longest path")
        return int(found[0])

    def memory_bits(self, name: str) -> int:
        """Bits of all memory cells that were set apart, from their listing."""
        text = self.text(name)
        widths, sizes = (
            [int(bits) for bits in re.findall(rf"\n +parameter \\{key} (\d+)\n", text)]
            for key in ("WIDTH", "SIZE")
        )
        if not len(widths) == len(sizes) == len(re.findall(r"\n +cell \$mem", f"\n{text}")):
            raise self.error("A memory has no size")
        return sum(width * size for width, size in zip(widths, sizes, strict=True))
