"""Where a design's transistors are: its modules, by the names of their instances."""

import re
from collections import Counter
from collections.abc import Mapping

from hbfp_hw.area.statistics import FLOP, TRANSISTORS, YosysReports

PARTS = ("multipliers", "tree", "exponent", "normalise", "accumulate", "convert")
"""Parts of a data path: names of instances, which a suffix may follow (``convert_a``)."""

PART = re.compile(rf"({'|'.join(PARTS)})(_.*)?")


def part_of(path: tuple[str, ...]) -> str:
    """Part that an instance belongs to: the innermost one in its path, else ``other``."""
    for name in reversed(path):
        if match := PART.fullmatch(name):
            return match[1]
    return "other"


def break_down(
    reports: YosysReports, top: str, root: str, flat: Mapping[str, int]
) -> dict[str, int]:
    """Transistors of each part of a design, which add up to those of the flat design.

    Each module is synthesised by itself. What that adds to the flat design, or takes from it, is
    ``across_parts``. Flops are counted where the flat design has them, and not in the parts.

    Parameters:
        top: Name of the top module.
        root: What the top module is, as if it were the name of an instance.
        flat: Cells of the flat design.
    """
    modules = reports.modules("modules.json")
    instances = _instances(reports)
    parts: Counter[str] = Counter()

    def count(module: str, path: tuple[str, ...]) -> int:
        """Add a module and all below it to the parts, and give its transistors."""
        if module not in modules:
            raise reports.error(f"A statistic is missing: module {module}")
        cells = reports.cells(modules[module], known={*TRANSISTORS, *modules})
        gates = {kind: number for kind, number in cells.items() if kind in TRANSISTORS}
        inner = instances.get(module, {})
        if {**gates, **Counter(inner.values())} != cells:
            raise reports.error(f"The instances in {module} are not those of its statistics")
        below = sum(count(kind, (*path, name)) for name, kind in inner.items())
        own = reports.transistors(modules[module], gates, below)
        parts[part_of(path)] += own - TRANSISTORS[FLOP] * gates.get(FLOP, 0)
        return own + below

    count(top, (root,))
    registers = TRANSISTORS[FLOP] * flat.get(FLOP, 0)
    transistors = sum(TRANSISTORS[kind] * number for kind, number in flat.items())
    return {
        **{part: parts[part] for part in (*PARTS, "other")},
        "registers": registers,
        "across_parts": transistors - registers - parts.total(),
    }


def _instances(reports: YosysReports) -> dict[str, dict[str, str]]:
    """The modules in each module, by the names of their instances."""
    return {
        module: {name: cell["type"] for name, cell in content["cells"].items()}
        for module, content in reports.json("instances.json").get("modules", {}).items()
    }
