"""Delays of a netlist as a file in Standard Delay Format (SDF 3.0), for event-driven simulators."""

from collections import defaultdict

from hbfp_hw.ppa.glitches import Delays
from hbfp_hw.ppa.netlist import Netlist

HEADER = """\
(DELAYFILE
 (SDFVERSION "3.0")
 (DESIGN "{name}")
 (DIVIDER .)
 (TIMESCALE 1 ps)
"""


def sdf_text(netlist: Netlist, delays: Delays, *, step: float = 0.001) -> str:
    """Return the delays of all gates and flops in Standard Delay Format.

    The instance of gate number k is called ``gk``, because names of instances in a netlist may hold
    characters that simulators read differently.

    Parameters:
        netlist: The netlist.
        delays: Delays of the rising and the falling edge in ns by gate number, output pin and input
            pin.
        step: Step of time in ns that delays are rounded to, a multiple of 1 ps. An arc that is
            shorter takes one step, as in the gate simulation.
    """
    arcs: dict[int, list[str]] = defaultdict(list)
    for (number, output, pin), edges in delays.items():
        rise, fall = (max(1, round(edge / step)) * step * 1000 for edge in edges)
        arcs[number].append(f"    (IOPATH {pin} {output} ({rise:.0f}) ({fall:.0f}))")
    cells = [
        f' (CELL (CELLTYPE "{netlist.gates[number].cell.name}") (INSTANCE g{number})\n'
        "  (DELAY (ABSOLUTE\n" + "\n".join(lines) + "\n  ))\n )\n"
        for number, lines in sorted(arcs.items())
    ]
    return HEADER.format(name=netlist.name) + "".join(cells) + ")\n"
