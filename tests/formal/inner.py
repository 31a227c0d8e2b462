"""Inner signals of emitted Verilog: found by what they do, since some have no name of their own."""

import re


class Taps:
    """Wires of a harness that show inner signals of a unit.

    Parameters:
        verilog: The emitted text, in which the unit's parts are modules named by their paths.

    Members:
        wires: Name of each wire, and the inner signal in the flattened design.
    """

    def __init__(self, verilog: str):
        self._verilog = verilog
        self.wires: dict[str, str] = {}
        self._widths: dict[str, int] = {}

    def add(self, wire: str, part: str, signal: str, width: int = 1) -> None:
        """Show a signal of a part.

        Parameters:
            signal: Its name, or a pattern of the part's text whose only group is the name.
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
        """The wires, which nothing drives before they are connected."""
        return "\n".join(f"  wire [{top - 1}:0] {name};" for name, top in self._widths.items())
