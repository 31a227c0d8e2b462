"""And-inverter graphs in AIGER files: what Yosys writes and ABC reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Graph:
    """A graph in the binary form of AIGER.

    A literal is twice a variable, plus one if inverted; variable 0 is the constant 0, the inputs
    come next, then the latches, all of which start at 0.

    Members:
        inputs: Names of the inputs; none if Yosys made one of what nothing drives.
        latches: Literals of what each latch holds next.
        outputs: Literals of the outputs.
        gates: Literals of both operands of each AND, in order.
        symbols: Names of inputs and outputs as they stand in the file.
    """

    inputs: list[str]
    latches: list[int]
    outputs: list[int]
    gates: list[tuple[int, int]]
    symbols: bytes

    @classmethod
    def read(cls, path: Path) -> "Graph":
        """Read a binary AIGER file with symbols."""
        head, _, rest = path.read_bytes().partition(b"\n")
        kind, top, inputs, latches, outputs, gates = head.split()[:6]
        assert kind == b"aig", head
        ends = rest.split(b"\n", int(latches) + int(outputs))
        body = ends.pop()
        pairs, place = [], 0
        for variable in range(int(inputs) + int(latches) + 1, int(top) + 1):
            first, place = _decode(body, place)
            second, place = _decode(body, place)
            pairs.append((2 * variable - first, 2 * variable - first - second))
        assert len(pairs) == int(gates)
        symbols = body[place:]
        names = dict(re.findall(rb"^i(\d+) (\S+)$", symbols, re.MULTILINE))
        return cls(
            [names.get(b"%d" % k, b"").decode() for k in range(int(inputs))],
            [int(end) for end in ends[: int(latches)]],
            [int(end) for end in ends[int(latches) :]],
            pairs,
            symbols,
        )

    def fixed(self, values: Mapping[str, int]) -> "Graph":
        """The graph with inputs at constants; they stay inputs, but nothing depends on them."""
        constants = {
            2 * k + 2: values[name] for k, name in enumerate(self.inputs) if name in values
        }

        def literal(old: int) -> int:
            return constants[old & ~1] ^ old & 1 if old & ~1 in constants else old

        pairs = [(literal(first), literal(second)) for first, second in self.gates]
        gates = [(max(pair), min(pair)) for pair in pairs]
        latches, outputs = ([literal(end) for end in ends] for ends in (self.latches, self.outputs))
        return Graph(self.inputs, latches, outputs, gates, self.symbols)

    def write(self, path: Path) -> None:
        """Write a binary AIGER file."""
        first = len(self.inputs) + len(self.latches) + 1
        parts = (self.inputs, self.latches, self.outputs, self.gates)
        head = " ".join(map(str, ["aig", first - 1 + len(self.gates), *map(len, parts)]))
        ends = (b"\n%d" % end for end in (*self.latches, *self.outputs))
        body = bytearray(head.encode() + b"".join(ends) + b"\n")
        for variable, (left, right) in enumerate(self.gates, first):
            _encode(body, 2 * variable - left)
            _encode(body, left - right)
        path.write_bytes(bytes(body) + self.symbols)


def _decode(body: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and the place behind it."""
    value = shift = 0
    while body[place] & 0x80:
        value |= (body[place] & 0x7F) << shift
        shift += 7
        place += 1
    return value | body[place] << shift, place + 1


def _encode(body: bytearray, value: int) -> None:
    while value >= 0x80:
        body.append(value & 0x7F | 0x80)
        value >>= 7
    body.append(value)
