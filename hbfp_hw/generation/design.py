"""A generated design: Verilog text and what its users need to know about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLOCKS = ("clk", "aclk")
"""Names of clock ports; the second one is that of AXI."""


def clock_of(description: Mapping[str, Any]) -> str | None:
    """Name of the clock port of a design that is described as in its ``.json``, if it has one."""
    ports = {port["name"] for port in description["ports"]}
    return next((name for name in CLOCKS if name in ports), None)


@dataclass(frozen=True)
class Design:
    """One generated hardware design, held as text.

    Members:
        name: Top module and file stem, with its parameters (``hbfp_dot_m4_n64_e10``).
        verilog: Content of the ``.v`` file.
        description: Content of the ``.json`` file: parameters, ports, streams with the bit layout
            of their payloads, latency, throughput, and the versions of the tools.
        control: Content of the ``.vlt`` file, Verilator's control file: which ports a test bench
            may drive, and lint waivers that hold for this design's file only.
        other_files: Contents of further files, by their suffixes.
    """

    name: str
    verilog: str
    description: dict[str, Any]
    control: str
    other_files: Mapping[str, str] = field(default_factory=dict)
