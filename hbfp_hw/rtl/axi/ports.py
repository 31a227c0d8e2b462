"""Ports of AXI interfaces, with the names of the AXI specification in lower case."""

from typing import Any

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import Flow, In, Member, Out

from hbfp_hw.core.registers import ADDRESS_BITS, WORD_BITS, WORD_BYTES
from hbfp_hw.rtl.bits import is_value

LITE_PORTS: dict[str, Member] = {
    "awaddr": In(ADDRESS_BITS),
    "awprot": In(3),
    "awvalid": In(1),
    "awready": Out(1),
    "wdata": In(WORD_BITS),
    "wstrb": In(WORD_BYTES),
    "wvalid": In(1),
    "wready": Out(1),
    "bresp": Out(2),
    "bvalid": Out(1),
    "bready": In(1),
    "araddr": In(ADDRESS_BITS),
    "arprot": In(3),
    "arvalid": In(1),
    "arready": Out(1),
    "rdata": Out(WORD_BITS),
    "rresp": Out(2),
    "rvalid": Out(1),
    "rready": In(1),
}
"""Ports of AXI4-Lite, from the subordinate's point of view."""


def stream_ports(size: int, direction: Any) -> dict[str, Member]:
    """Return the ports of an AXI4-Stream; a beat has ``size`` bytes, ``direction`` is In or Out."""
    return {
        "tdata": direction(8 * size),
        "tkeep": direction(size),
        "tlast": direction(1),
        "tvalid": direction(1),
        "tready": Out(1) if direction is In else In(1),
    }


def prefixed(prefix: str, ports: dict[str, Member]) -> dict[str, Member]:
    """Return the ports with a prefix, as members of a top module."""
    return {f"{prefix}_{name}": member for name, member in ports.items()}


def connect_ports(m: Module, top: wiring.Component, prefix: str, part: wiring.Component) -> None:
    """Connect the prefixed ports of the top module to the part's ports of the same names."""
    for name in part.ports:
        outer, inner = getattr(top, f"{prefix}_{name}"), getattr(part, name)
        inwards = part.ports[name].flow is Flow.In
        m.d.comb += inner.eq(outer) if inwards else outer.eq(inner)


def part_of(m: Module, value: Value, number: Value, width: int, name: str) -> Signal:
    """Return part ``number`` of a value that is cut into parts of ``width`` bits.

    A number beyond the last part selects the last part.
    """
    parts = [value[start : start + width] for start in range(0, len(value), width)]
    chosen = Signal(width, name=name)
    m.d.comb += chosen.eq(parts[-1])
    for place, part in enumerate(parts[:-1]):
        with m.If(is_value(number, place)):
            m.d.comb += chosen.eq(part)
    return chosen


def coming_layout(values: int) -> data.StructLayout:
    """Return the layout of the signal that describes a stream's next item.

    Fields: ``last`` (the item is the last one of its packet) and ``keep`` (one bit for each value,
    set if the value belongs to the product).
    """
    return data.StructLayout({"last": unsigned(1), "keep": unsigned(values)})
