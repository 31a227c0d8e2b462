"""And-inverter graphs in the binary AIGER format, which Yosys writes and ABC reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Graph:
    """An and-inverter graph with latches.

    A literal is twice the number of a variable, plus one if it is inverted. Variable 0 is the
    constant 0; then come the inputs, the latches and the gates. All latches start at 0.

    Members:
        inputs: Names of the inputs; empty for an input that Yosys added for an undriven signal.
        latches: Literal of the next state of each latch.
        outputs: Literals of the outputs.
        gates: Literals of the two operands of each AND gate, in order.
        symbols: Symbol table of the file: names of inputs and outputs.
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
        """Return the graph with some inputs fixed. Nothing depends on these inputs any more."""
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
        counts = [len(self.inputs), len(self.latches), len(self.outputs), len(self.gates)]
        head = " ".join(map(str, ["aig", first - 1 + len(self.gates), *counts]))
        ends = (b"\n%d" % end for end in (*self.latches, *self.outputs))
        body = bytearray(head.encode() + b"".join(ends) + b"\n")
        for variable, (left, right) in enumerate(self.gates, first):
            _encode(body, 2 * variable - left)
            _encode(body, left - right)
        path.write_bytes(bytes(body) + self.symbols)


def _decode(body: bytes, place: int) -> tuple[int, int]:
    """Read a number of seven bits per byte, lowest first; return it and the position after it."""
    value = shift = 0
    while body[place] & 0x80:
        value |= (body[place] & 0x7F) << shift
        shift += 7
        place += 1
    return value | body[place] << shift, place + 1


def _encode(body: bytearray, value: int) -> None:
    """Append a number of seven bits per byte, lowest first."""
    while value >= 0x80:
        body.append(value & 0x7F | 0x80)
        value >>= 7
    body.append(value)
