"""Effort levels: the ABC scripts that map a unit for area, for delay, or for a mixture of both."""

from dataclasses import dataclass

BALANCE = "if -g -K 6 -C 8; strash; "
"""Balance the sums of products in cuts of six inputs: the delay falls and the area grows."""

BUFFER = "topo; buffer -c; topo"
"""Buffer nets of high fan-out. Here and below ``-c`` counts the wire loads of the library."""

SIZE = "; stime -p -c; upsize -c {D}; dnsize -c {D}"
"""Enlarge cells on the critical path and shrink the others. ``{D}`` is the target delay."""

REPORT = "; topo; stime -p -c"
"""Print the delay."""


@dataclass(frozen=True)
class Effort:
    """An effort level.

    Members:
        name: Name of the level.
        summary: Trade-off of the level in a few words.
        slack: Part of the shortest possible delay of a stage by which it may be longer, so that
            ranks need fewer flops.
        map: ABC commands that map the logic to cells.
        size: ABC commands that choose the sizes of the cells afterwards.
    """

    name: str
    summary: str
    slack: float
    map: str
    size: str

    @property
    def first(self) -> str:
        """ABC commands that map the logic without sizing, which is enough to place ranks."""
        return self.map + REPORT

    @property
    def final(self) -> str:
        """ABC commands that map the logic and size the cells."""
        return self.map + self.size + REPORT


AREA = "strash; dc2; amap -m"


def _fast(rounds: int) -> str:
    """Return the commands that map for delay after some rounds of balancing."""
    return f"strash; {BALANCE * rounds}dch; map -B 0.9; {BUFFER}"


EFFORTS = {
    effort.name: effort
    for effort in (
        Effort("area", "least area, no sizing", 0.1, AREA, ""),
        Effort("sized", "least area, then sizing", 0.1, f"{AREA}; {BUFFER}", SIZE),
        Effort(
            "balanced",
            "between area and delay",
            0.1,
            f"strash; {BALANCE}dch; amap; {BUFFER}",
            SIZE,
        ),
        Effort("fast", "mapping for delay", 0.1, _fast(1), SIZE),
        Effort("fastest", "three rounds of balancing, mapping for delay", 0.05, _fast(3), SIZE),
    )
}
"""Effort levels by name, from the smallest area to the shortest delay."""


def effort_of(name: str) -> Effort:
    """Return the effort level of this name.

    Raises:
        ValueError: There is no such level.
    """
    if name not in EFFORTS:
        raise ValueError(f"Effort must be one of {', '.join(EFFORTS)}, not {name!r}")
    return EFFORTS[name]


def abc_script(commands: str) -> str:
    """Return the option of Yosys' ``abc`` that runs these commands, in which commas are spaces."""
    return f'-script "+{";".join(c.strip() for c in commands.split(";")).replace(" ", ",")}"'
