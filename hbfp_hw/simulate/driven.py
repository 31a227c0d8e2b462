"""Generated Verilog module around a design; the C++ loop drives the ports of this module.

The module registers the inputs of the design, so that all of the design's logic depends on the
clock, as in a larger design, and Verilator evaluates it once per cycle. Logic that depends on
top-level ports would be evaluated at both clock edges, because these may change at any time.
"""

import dataclasses
from collections.abc import Sequence

from hbfp_hw.generation.description import DesignDescription, Stream
from hbfp_hw.generation.design import Design

PARTS = ("valid", "ready", "payload")


def driven_streams(description: DesignDescription) -> dict[str, Stream]:
    """Return the streams that the loop drives, by name.

    A port that belongs to no stream counts as a stream that transfers in every cycle: its
    ``valid`` and ``ready`` are constant.
    """
    streams = dict(description.streams)
    known = {"clk", "rst", *(f"{name}__{part}" for name in streams for part in PARTS)}
    for port in description.ports:
        if port.name not in known:
            streams[port.name] = Stream(port.direction, port.width)
    return streams


def is_clocked(description: DesignDescription) -> bool:
    """Return whether a design has a clock, and thus a reset."""
    return any(port.name == "clk" for port in description.ports)


def wrap(design: Design, constants: Sequence[str] = ()) -> Design:
    """Wrap the design in a module whose ports are clock, reset and streams.

    Parameters:
        design: The design.
        constants: Names of inputs of up to 64 bits that the description of the design does not
            list; a run holds each at one value.
    """
    clocked = is_clocked(design.description)
    ports = ["input clk", "input rst"] if clocked else []
    inputs = {"rst": 1} if clocked else {}
    connections = {"clk": "clk", "rst": "rst"} if clocked else {}
    body = []
    for name, stream in driven_streams(design.description).items():
        incoming = stream.direction == "in"
        bare = name not in design.description.streams
        for part in PARTS:
            port = f"{name}__{part}"
            width = stream.payload_bits if part == "payload" else 1
            inward = incoming == (part != "ready")
            ports.append(f"{'input' if inward else 'output'} [{width - 1}:0] {port}")
            if bare and part != "payload":
                body += [] if inward else [f"assign {port} = 1'b1;"]
                continue
            if inward:
                inputs[port] = width
            connections[name if bare else port] = port
    for name in constants:
        ports.append(f"input [63:0] {name}")
        inputs[name] = 64
        connections[name] = name
    if clocked:
        body += [f"reg [{width - 1}:0] now_{port};" for port, width in inputs.items()]
        body += ["always @(posedge clk) begin"]
        body += [f"  now_{port} <= {port};" for port in inputs]
        body += ["end"]
    wires = ", ".join(
        f".{port}({f'now_{wire}' if clocked and wire in inputs else wire})"
        for port, wire in connections.items()
    )
    # A constant has 64 bits here; its port may be narrower.
    body += ["/* verilator lint_off WIDTHTRUNC */", f"{design.name} dut ({wires});"]
    name = f"{design.name}_driven"
    text = "\n".join(
        [design.verilog.rstrip(), f"module {name}({', '.join(ports)});"]
        + [f"  {line}" for line in body]
        + ["endmodule", ""]
    )
    control = design.control.replace(f'"*{design.name}.v"', f'"*{name}.v"')
    return dataclasses.replace(design, name=name, verilog=text, control=control)


def ports_header(design: Design, constants: Sequence[str] = ()) -> str:
    """Return the C++ header that names the ports of the wrapped design for ``loop.cpp``."""
    lists: dict[str, list[str]] = {"in": [], "out": []}
    streams = driven_streams(design.description)
    for index, (name, stream) in enumerate(streams.items()):
        ports = (_in_cpp(f"{name}__{part}") for part in PARTS)
        lists[stream.direction].append(f"DO({index}, {', '.join(ports)})")
    held = (f"DO({index}, {_in_cpp(name)})" for index, name in enumerate(constants))
    return (
        f"#define HAS_CLOCK {int(is_clocked(design.description))}\n"
        f"#define STREAM_COUNT {len(streams)}\n"
        f"#define SOURCES(DO) {' '.join(lists['in'])}\n"
        f"#define SINKS(DO) {' '.join(lists['out'])}\n"
        f"#define CONSTANTS(DO) {' '.join(held)}\n"
    )


def _in_cpp(port: str) -> str:
    """Return Verilator's C++ name of a port: it writes two underscores as ___05F."""
    return port.replace("__", "___05F")
