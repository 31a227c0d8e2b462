"""Breakdown of a design's transistors into the parts of its data path, by instance names."""

import re
from collections import Counter
from collections.abc import Mapping

from hbfp_hw.area.statistics import FLOP, TRANSISTORS, YosysReports

PARTS = ("multipliers", "tree", "exponent", "normalise", "accumulate", "convert")
"""Parts of a data path. Instances carry their names, some with a suffix (``convert_a``)."""

PART = re.compile(rf"({'|'.join(PARTS)})(_.*)?")
"""Instance name that belongs to a part, without or with a suffix."""


def part_of(path: tuple[str, ...]) -> str:
    """Return the part of an instance: the innermost one named in its path, else ``other``."""
    for name in reversed(path):
        if match := PART.fullmatch(name):
            return match[1]
    return "other"


def break_down(
    reports: YosysReports, top: str, root: str, flat: Mapping[str, int]
) -> dict[str, int]:
    """Return the transistors of each part; their sum is the count of the flat design.

    The gates of a part are those of modules synthesised alone. ``registers`` are the flops of the
    flat design; no other part includes flops. ``across_parts`` is the flat design minus all other
    parts, negative where flattening saves gates.

    Parameters:
        reports: Reports of the area script.
        top: Name of the top module.
        root: Instance name of the top module. If it names a part, as ``convert`` does, that part
            gets everything that is in no other part.
        flat: Gates and flops of the flat design by type.

    Raises:
        SynthesisError: A report is not as expected.
    """
    modules = reports.modules("modules.json")
    instances = _instances(reports)
    parts: Counter[str] = Counter()

    def count(module: str, path: tuple[str, ...]) -> int:
        """Add a module and everything below it to ``parts``. Return its transistors."""
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
    """Return, for each module, the module of each instance in it by the instance's name."""
    return {
        module: {name: cell["type"] for name, cell in content["cells"].items()}
        for module, content in reports.json("instances.json").get("modules", {}).items()
    }
