"""Description of a design: the content of its ``.json``, as typed records."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing it loads Amaranth, which a reader of a .json does not need
    from hbfp_hw.rtl.fields import Field

Content = Mapping[str, Any]
"""Content of a JSON object."""

CLOCKS = ("clk", "aclk")
"""Names of clock ports; ``aclk`` is that of AXI."""


@dataclass(frozen=True)
class Port:
    """One port of the top module.

    Members:
        name: Name in the Verilog.
        direction: "in" or "out".
        width: Bits.
        fields: Layout of a port without a handshake, if the unit describes its ports, as ``array``
            does; otherwise None.
        delay: Cycles from a pass at ``a__0`` and ``b__0`` of the array to the value of this port
            that belongs to the pass. A port that serves all rows has the value for row 0 then. None
            if ``fields`` is None.
        row_delay: Further cycles for each row, 1 for a port that serves all rows, otherwise 0. None
            if ``fields`` is None.
    """

    name: str
    direction: str
    width: int
    fields: "Sequence[Field] | None" = None
    delay: int | None = None
    row_delay: int | None = None


@dataclass(frozen=True)
class Stream:
    """One valid/ready stream.

    Members:
        direction: "in" or "out", the direction of the payload.
        payload_bits: Bits of the payload.
        fields: Layout of the payload.
    """

    direction: str
    payload_bits: int
    fields: "Sequence[Field]" = ()


@dataclass(frozen=True)
class DesignDescription:
    """Everything that a user of the Verilog needs to know about a design.

    Members:
        name: Top module and file stem.
        unit: Name of the unit.
        parameters: Every parameter that shapes the hardware, as plain values.
        latency: Cycles from the last operand to the result, without stalls.
        throughput: Transfers per cycle of each stream, without stalls.
        ports: Ports of the top module, in the order of the Verilog.
        streams: Streams by their names.
        more: Entries that only this unit has: ``interfaces``, ``registers`` and ``mode_word`` of
            the core.
        tools: Versions of the packages that generated the design.
    """

    name: str
    unit: str
    parameters: Content = field(default_factory=dict)
    latency: int = 0
    throughput: int = 1
    ports: Sequence[Port] = ()
    streams: Mapping[str, Stream] = field(default_factory=dict)
    more: Content = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> str | None:
        """Name of the clock port; None for a combinational design."""
        names = {port.name for port in self.ports}
        return next((name for name in CLOCKS if name in names), None)

    def to_json(self) -> dict[str, object]:
        """Return the content of the ``.json``, as plain data in the order of the file."""
        return {
            "name": self.name,
            "unit": self.unit,
            "parameters": dict(self.parameters),
            "latency": self.latency,
            "throughput": self.throughput,
            "ports": [_without_none(asdict(port)) for port in self.ports],
            "streams": {name: asdict(stream) for name, stream in self.streams.items()},
            **self.more,
            "tools": dict(self.tools),
        }

    @classmethod
    def from_json(cls, content: Content) -> "DesignDescription":
        """Return the description with this content, the inverse of :meth:`to_json`."""
        given = dict(content)
        ports = [Port(**port) for port in given.pop("ports")]
        streams = {name: Stream(**stream) for name, stream in given.pop("streams").items()}
        names = ("name", "unit", "parameters", "latency", "throughput", "tools")
        known = {name: given.pop(name) for name in names}
        return cls(**known, ports=ports, streams=streams, more=given)


def _without_none(content: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in content.items() if value is not None}
