"""The standard cells of sky130_fd_sc_hd that are characterised, with their functions.

The choice serves adders, multipliers, shifters and their registers. ngspice checks each function on
every state of the inputs before a cell is measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PREFIX = "sky130_fd_sc_hd__"
"""Begin of the names of all cells of the library."""

AND, OR, XOR = "A & B", "A | B", "A ^ B"
MAJORITY = "(A & B) | (A & {0}) | (B & {0})"

GATES: Mapping[str, tuple[tuple[int, ...], Mapping[str, str]]] = {
    "inv": ((1, 2, 4, 6, 8, 12, 16), {"Y": "!A"}),
    "buf": ((1, 2, 4, 6, 8, 12, 16), {"X": "A"}),
    "nand2": ((1, 2, 4, 8), {"Y": f"!({AND})"}),
    "nor2": ((1, 2, 4, 8), {"Y": f"!({OR})"}),
    "nand2b": ((1, 2, 4), {"Y": "!(!A_N & B)"}),
    "nor2b": ((1, 2, 4), {"Y": "!(A | !B_N)"}),
    "and2b": ((1, 2), {"X": "!A_N & B"}),
    "or2b": ((1, 2), {"X": "A | !B_N"}),
    "nand3": ((1, 2, 4), {"Y": "!(A & B & C)"}),
    "nor3": ((1, 2, 4), {"Y": "!(A | B | C)"}),
    "nand4": ((1, 2), {"Y": "!(A & B & C & D)"}),
    "nor4": ((1,), {"Y": "!(A | B | C | D)"}),
    "and2": ((0, 1, 2, 4), {"X": AND}),
    "and3": ((1, 2, 4), {"X": "A & B & C"}),
    "and4": ((1, 2), {"X": "A & B & C & D"}),
    "or2": ((0, 1, 2, 4), {"X": OR}),
    "or3": ((1, 2, 4), {"X": "A | B | C"}),
    "or4": ((1,), {"X": "A | B | C | D"}),
    "a21oi": ((1, 2, 4), {"Y": "!((A1 & A2) | B1)"}),
    "o21ai": ((0, 1, 2, 4), {"Y": "!((A1 | A2) & B1)"}),
    "a21boi": ((0, 1, 2), {"Y": "!((A1 & A2) | !B1_N)"}),
    "o21bai": ((1, 2), {"Y": "!((A1 | A2) & !B1_N)"}),
    "a22oi": ((1, 2, 4), {"Y": "!((A1 & A2) | (B1 & B2))"}),
    "o22ai": ((1, 2), {"Y": "!((A1 | A2) & (B1 | B2))"}),
    "a31oi": ((1, 2), {"Y": "!((A1 & A2 & A3) | B1)"}),
    "o31ai": ((1,), {"Y": "!((A1 | A2 | A3) & B1)"}),
    "a211oi": ((1, 2), {"Y": "!((A1 & A2) | B1 | C1)"}),
    "o211ai": ((1, 2), {"Y": "!((A1 | A2) & B1 & C1)"}),
    "a221oi": ((1,), {"Y": "!((A1 & A2) | (B1 & B2) | C1)"}),
    "o221ai": ((1,), {"Y": "!((A1 | A2) & (B1 | B2) & C1)"}),
    "a21o": ((1, 2, 4), {"X": "(A1 & A2) | B1"}),
    "o21a": ((1, 2, 4), {"X": "(A1 | A2) & B1"}),
    "a22o": ((1, 2), {"X": "(A1 & A2) | (B1 & B2)"}),
    "xor2": ((1, 2, 4), {"X": XOR}),
    "xnor2": ((1, 2, 4), {"Y": f"!({XOR})"}),
    "mux2": ((1, 2, 4), {"X": "(A0 & !S) | (A1 & S)"}),
    "mux2i": ((1, 2), {"Y": "!((A0 & !S) | (A1 & S))"}),
    "maj3": ((1, 2), {"X": MAJORITY.format("C")}),
    "ha": ((1,), {"COUT": AND, "SUM": XOR}),
    "fa": ((1,), {"COUT": MAJORITY.format("CIN"), "SUM": "A ^ B ^ CIN"}),
}
"""Kinds of gates: their drive strengths, and the functions of their outputs."""

FLOPS: Mapping[str, tuple[int, ...]] = {"dfxtp": (1, 2, 4)}
"""Kinds of flops with the pins CLK, D and Q: their drive strengths."""


@dataclass(frozen=True)
class CellSpecification:
    """A cell to be characterised.

    Members:
        kind: Name without prefix and drive strength, such as "nand2".
        strength: Drive strength in its name; 0 is a weaker variant of 1.
        functions: Function of each output by name; empty for a flop.
    """

    kind: str
    strength: int
    functions: Mapping[str, str]

    @property
    def name(self) -> str:
        """Name in the library."""
        return f"{PREFIX}{self.kind}_{self.strength}"

    @property
    def drive(self) -> int:
        """Factor of the loads that the cell is measured with, 1 or more."""
        return max(self.strength, 1)


def all_cells() -> Iterator[CellSpecification]:
    """Return all cells to be characterised, gates first."""
    for kind, (strengths, functions) in GATES.items():
        for strength in strengths:
            yield CellSpecification(kind, strength, functions)
    for kind, strengths in FLOPS.items():
        for strength in strengths:
            yield CellSpecification(kind, strength, {})
