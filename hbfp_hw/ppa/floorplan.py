"""Floor plan of a netlist: size of the die, places of the ports, and the circuit to place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hbfp_hw.ppa.netlist import ONE, Netlist
from hbfp_hw.ppa.placer import Circuit

MOST_PINS = 2000
"""Most pins of a net that is placed and has a length; a clock with more flops is left out."""

UNITS_PER_UM = 100
"""Units of length of the placer per µm."""


@dataclass(frozen=True)
class Port:
    """One bit of a port, at a fixed place on the edge of the die.

    Members:
        name: Name of the port.
        net: Net at this bit.
        x, y: Place in µm.
    """

    name: str
    net: int
    x: float
    y: float


def to_units(length: float) -> int:
    """Return a length in µm as units of the placer, at least one."""
    return max(1, round(length * UNITS_PER_UM))


def make_circuit(
    netlist: Netlist, widths: Sequence[int], height: int, utilisation: float
) -> tuple[Circuit, list[Port]]:
    """Return the circuit that the placer gets, and the ports around its edge.

    Parameters:
        netlist: The netlist.
        widths: Width of each gate, in units of the placer.
        height: Height of a row in such units.
        utilisation: Area of the cells over that of the die, if the cells fit.
    """
    total = sum(widths) / utilisation
    rows = max(1, round(math.sqrt(total / height)))
    # With room for the widest cell beside a full share of a row, any order of cells fits.
    die = (math.ceil(max(total / rows, sum(widths) / rows + max(widths))), rows * height)
    bits = [
        (name, net)
        for ports in (netlist.inputs, netlist.outputs)
        for name, nets in ports.items()
        for net in nets
        if net > ONE
    ]
    places = [_on_edge(die, number / len(bits)) for number in range(len(bits))]
    ports = [
        Port(name, net, x / UNITS_PER_UM, y / UNITS_PER_UM)
        for (name, net), (x, y) in zip(bits, places, strict=True)
    ]
    nets = list(pins_by_net(netlist, ports).values())
    return Circuit(widths, height, die, places, nets), ports


def _on_edge(die: tuple[int, int], fraction: float) -> tuple[int, int]:
    """Return the place on the edge of the die after a fraction of it, from the lower left corner.

    The way goes along the lower, the right, the upper and the left edge.
    """
    width, height = die
    way = int(2 * (width + height) * fraction)
    if way < width:
        return way, 0
    if way < width + height:
        return width, way - width
    if way < 2 * width + height:
        return 2 * width + height - way, height
    return 0, 2 * (width + height) - way


def pins_by_net(netlist: Netlist, ports: Sequence[Port]) -> dict[int, list[int]]:
    """Return the gates and ports of each net that has a length; ports count after the gates."""
    found: dict[int, dict[int, None]] = {}
    for number, gate in enumerate(netlist.gates):
        for net in (*gate.inputs.values(), *gate.outputs.values()):
            if net > ONE:
                found.setdefault(net, {})[number] = None
    for number, port in enumerate(ports, len(netlist.gates)):
        found.setdefault(port.net, {})[number] = None
    return {net: list(pins) for net, pins in found.items() if 2 <= len(pins) <= MOST_PINS}
