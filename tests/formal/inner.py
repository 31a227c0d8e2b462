"""Inner signals of emitted Verilog, found by name or by the expression that uses them."""

import re


class Taps:
    """Wires of a harness that are connected to inner signals of a unit.

    Parameters:
        verilog: Emitted Verilog, in which the modules of the unit's parts are named by their paths.

    Members:
        wires: Inner signal of the flattened design for each wire.
    """

    def __init__(self, verilog: str):
        self._verilog = verilog
        self.wires: dict[str, str] = {}
        self._widths: dict[str, int] = {}

    def add(self, wire: str, part: str, signal: str, width: int = 1) -> None:
        """Add a wire for a signal of a part.

        Parameters:
            wire: Name of the wire.
            part: Path of the part in the unit.
            signal: Name of the signal, or a regular expression on the part's text whose only group
                is the name; for signals that have no fixed name.
            width: Bits of the signal.
        """
        if "(" in signal:
            (signal,) = set(re.findall(signal, self._text(part)))
        self.wires[wire] = f"\\unit.{part}.{signal.removeprefix(chr(92))}"
        self._widths[wire] = width

    def _text(self, part: str) -> str:
        path = re.escape(part)
        found = re.search(rf"(?ms)^module \S*\.{path} .*?^endmodule", self._verilog)
        assert found, part
        return found[0]

    @property
    def declarations(self) -> str:
        """Declarations of the wires, which have no driver in the harness."""
        return "\n".join(f"  wire [{top - 1}:0] {name};" for name, top in self._widths.items())
