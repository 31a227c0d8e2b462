"""The transistors of a cell, as a circuit for ngspice.

The netlists of the package have no areas of sources and drains, although their junctions are a
large part of a cell's own capacitance. They are estimated: layouts of standard cells put two
transistors of one kind that meet in a net side by side, so that they share one diffusion. This
gives the areas that an extraction of the layout finds for simple cells.
"""

import re
from collections import Counter
from dataclasses import dataclass

SUPPLIES = {"VGND": "0", "VNB": "0", "VPWR": "vdd", "VPB": "vdd"}
"""Nodes of the supply pins. The supply ``vdd`` is one source, so its current has all leakage."""

END = 0.26
"""Length in µm of a diffusion that one transistor has alone."""

SHARED = 0.27
"""Length in µm of a diffusion with a contact between two transistors."""

INNER = 0.21
"""Length in µm of a diffusion without a contact between two transistors in series."""

SIZE = re.compile(r"(?P<name>[wl])=(?P<value>[\d.e+]+)u")


@dataclass(frozen=True)
class Transistor:
    """A transistor.

    Members:
        drain, gate, source, bulk: Nets of the netlist.
        model: Name of the kind of transistor.
        width, length: Size of the channel in µm.
    """

    drain: str
    gate: str
    source: str
    bulk: str
    model: str
    width: float
    length: float

    @property
    def polarity(self) -> str:
        """Kind of the channel: "p" or "n"."""
        return "p" if "pfet" in self.model else "n"


@dataclass(frozen=True)
class Circuit:
    """The transistors of a cell.

    Members:
        pins: Signal pins, in the order of the netlist.
        transistors: Transistors in the order of the netlist.
    """

    pins: tuple[str, ...]
    transistors: tuple[Transistor, ...]

    def terminals(self) -> dict[str, int]:
        """Return the number of terminals of each net with a contact, gates among them."""
        counts = Counter(
            net for each in self.transistors for net in (each.drain, each.gate, each.source)
        )
        return {net: count for net, count in counts.items() if not self._in_series(net)}

    def _in_series(self, net: str) -> bool:
        """Return whether a net only joins two transistors, which needs no contact."""
        ends = sum((each.drain, each.source).count(net) for each in self.transistors)
        gates = any(each.gate == net for each in self.transistors)
        return ends == 2 and not gates and net not in self.pins and net not in SUPPLIES

    def lines(self) -> list[str]:
        """Return one line of an ngspice deck for each transistor.

        Nodes have the names of the nets; supply pins are ``0`` and ``vdd``.
        """
        terminals = Counter(
            (each.polarity, net) for each in self.transistors for net in (each.drain, each.source)
        )
        placed: Counter[tuple[str, str]] = Counter()
        lines = []
        for number, each in enumerate(self.transistors):
            lengths = []
            for net in (each.drain, each.source):
                key = (each.polarity, net)
                placed[key] += 1
                single = placed[key] == terminals[key] and terminals[key] % 2 == 1
                inner = self._in_series(net)
                lengths.append(END if single else INNER / 2 if inner else SHARED / 2)
            nodes = [
                SUPPLIES.get(net, net) for net in (each.drain, each.gate, each.source, each.bulk)
            ]
            lines.append(
                f"m{number} {' '.join(nodes)} {each.model}__model w={each.width:g}u"
                f" l={each.length:g}u {_diffusion(each.width, *lengths)}"
            )
        return lines


def parse_circuit(text: str) -> Circuit:
    """Return the circuit of a SPICE netlist that has one cell.

    Raises:
        ValueError: The netlist has something else than one cell of transistors.
    """
    lines = [line for line in re.sub(r"\n\+", " ", text).splitlines() if line and line[0] != "*"]
    words = [line.split() for line in lines]
    if not (words and words[0][0] == ".subckt" and words[-1] == [".ends"]):
        raise ValueError("Netlist of a cell must be one .subckt")
    transistors = []
    for line, (name, *rest) in zip(lines[1:-1], words[1:-1], strict=True):
        sizes = {match["name"]: float(match["value"]) / 1e6 for match in SIZE.finditer(line)}
        if name[0] not in "xX" or "fet" not in rest[4] or sizes.keys() != {"w", "l"}:
            raise ValueError(f"Netlist of a cell must have transistors alone, not {line!r}")
        drain, gate, source, bulk, model = rest[:5]
        size = (sizes["w"], sizes["l"])
        transistors.append(Transistor(drain, gate, source, bulk, model, *size))
    pins = tuple(pin for pin in words[0][2:] if pin not in SUPPLIES)
    return Circuit(pins, tuple(transistors))


def _diffusion(width: float, drain: float, source: float) -> str:
    """Return areas and perimeters of drain and source, from their lengths in µm.

    A perimeter includes the edge at the channel, as the models expect, and for a whole diffusion
    the edge across from it.
    """
    words = []
    for name, length in (("d", drain), ("s", source)):
        edges = 2 if length == END else 1
        words.append(f"a{name}={width * length:.4f}p p{name}={edges * width + 2 * length:.4f}u")
    return " ".join(words)
