"""A self-checking test bench for any unit, in Verilog-2001 and without Python.

Two copies of the unit get the same payloads, one without stalls and one with stalls on every
stream. Both must return the results of the golden model, hold every payload until it is taken, and
show no unknown bit, although what they are not given is unknown.
"""

import re
from collections.abc import Mapping
from enum import Enum

from hbfp_hw.fusesoc.bench_ends import (
    access_values,
    channel_end,
    channel_values,
    registers_end,
)
from hbfp_hw.fusesoc.bench_modules import REGISTERS, SINK, SOURCE
from hbfp_hw.fusesoc.channels import Traffic
from hbfp_hw.generation.description import DesignDescription

CYCLES = 1000
"""Cycles that a bench takes at most, besides those for each transfer."""

CYCLES_PER_TRANSFER = 50

RESETS = {"clk": "rst", "aclk": "aresetn"}
"""Reset ports by the clock ports that they stand beside."""

INVERTED = str.maketrans("01", "10")
"""For texts that assign the reset, to which no other number may belong."""


ASSERT, DEASSERT, WAIT = "rst = 1; ", "rst = 0; ", "repeat (4) @(negedge clk); "


class Reset(Enum):
    """How a bench resets the design: the declared value of the reset, and what follows."""

    NEVER = " = 0", ""
    """Never: registers keep the values of their declarations."""
    DECLARED = " = 1", WAIT + DEASSERT
    """Asserted by the declaration of the signal."""
    ASSIGNED = "", ASSERT + WAIT + DEASSERT
    """Asserted by an assignment at time 0."""
    LATE = " = 0", WAIT + ASSERT + WAIT + DEASSERT
    """Asserted after some cycles."""
    UNKNOWN = "", WAIT + ASSERT + WAIT + DEASSERT
    """Unknown for some cycles, then asserted."""


SIDE = """
module BENCH_side #(parameter STALLS = 0) (
    input wire clk, input wire rst, input wire hold, output wire done
);
BODY
  UNIT unit (CONNECTIONS);
endmodule
"""

TOP = """
module BENCH;
  reg clk = 0;
  reg rstDECLARED;
  reg hold = 1; // nothing is sent or looked at
  integer cycle;
SIDES
  wire done = DONE;
  always #5 clk = ~clk;
  initial begin
    RESET
    repeat (2) @(negedge clk);
    hold = 0;
    for (cycle = 0; cycle < TIMEOUT && !done; cycle = cycle + 1) @(negedge clk);
    if (!done) $fatal(1, "too few results");
    repeat (100) @(negedge clk);
    $display("BENCH: RESULTS results, passed");
    $finish;
  end
endmodule
"""


def bench_verilog(
    description: DesignDescription, traffic: Traffic, bench: str, reset: Reset = Reset.DECLARED
) -> str:
    """The test bench of a design that is described as in its ``.json``.

    Parameters:
        traffic: What the design gets, and what must come out.
        bench: Name of its top module.
        reset: How the design is reset.
    """
    clock = description.clock
    sides = ["free", *(["stalled"] if traffic.stalls else [])]
    declared, sequence = reset.value
    if clock == "aclk":
        # This reset is active low.
        declared, sequence = (text.translate(INVERTED) for text in (declared, sequence))
    outputs = [channel for channel in traffic.channels if channel.output]
    transfers = len(traffic.accesses) + sum(channel.count for channel in traffic.channels)
    top = {
        "DECLARED": declared,
        "SIDES": "\n".join(
            f"  wire {side}_done;\n  BENCH_side #(.STALLS({number})) {side}"
            f" (.clk(clk), .rst(rst), .hold(hold), .done({side}_done));"
            for number, side in enumerate(sides)
        ),
        "DONE": " && ".join(f"{side}_done" for side in sides),
        "RESET": sequence,
        "TIMEOUT": str(CYCLES + CYCLES_PER_TRANSFER * transfers),
        "RESULTS": str(sum(channel.count for channel in outputs)),
    }
    bodies, connections = [], [f".{clock}(clk)", f".{RESETS[clock]}(rst)"] if clock else []
    for number, channel in enumerate(traffic.channels):
        body, ports = channel_end(channel, 10 * number + 1)
        bodies.append(body)
        connections += ports
    done = [f"{channel.name}_done" for channel in outputs]
    bodies.append(f"  wire results = {' & '.join(done)};")
    if traffic.accesses:
        body, ports = registers_end(description, len(traffic.accesses))
        bodies.append(body)
        connections += ports
        done.append("registers_done")
    bodies.append(f"  assign done = {' & '.join(done)};")
    side = {
        "BODY": "\n".join(bodies),
        "UNIT": description.name,
        "CONNECTIONS": ", ".join(connections),
    }
    parts = [SOURCE, SINK, *map(channel_values, traffic.channels)]
    if traffic.accesses:
        parts += [REGISTERS, access_values(traffic.accesses)]
    parts += [_filled(SIDE, side), _filled(TOP, top)]
    return "// Written by hbfp_hw.\n" + "".join(parts).replace("BENCH", bench)


def _filled(template: str, texts: Mapping[str, str]) -> str:
    """A template with its words in capitals replaced."""
    return re.sub("|".join(texts), lambda match: texts[match[0]], template)
