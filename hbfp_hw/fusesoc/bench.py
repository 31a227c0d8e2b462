"""Self-checking test bench for any unit, which runs without Python.

It is Verilog-2001, except for the system task ``$fatal`` of SystemVerilog.

Two copies of the unit get the same payloads, one without stalls and one with stalls on every
stream. Both must give the results of the golden model and hold every payload until the handshake.
Their outputs must have no unknown bit, although inputs that they must ignore are unknown.
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
"""Most cycles of a bench, besides :data:`CYCLES_PER_TRANSFER` for each of its transfers."""

CYCLES_PER_TRANSFER = 50

RESETS = {"clk": "rst", "aclk": "aresetn"}
"""Reset port that goes with each clock port."""

INVERTED = str.maketrans("01", "10")
"""Inverts the reset in a text whose only digits are values of the reset."""

ASSERT, DEASSERT, WAIT = "rst = 1; ", "rst = 0; ", "repeat (4) @(negedge clk); "


class Reset(Enum):
    """Reset sequences of a bench: declared value of the reset signal, and statements after it."""

    NEVER = " = 0", ""
    """No reset: registers keep the values of their declarations."""
    DECLARED = " = 1", WAIT + DEASSERT
    """Reset asserted in the declaration of the signal."""
    ASSIGNED = "", ASSERT + WAIT + DEASSERT
    """Reset asserted by an assignment at time 0."""
    LATE = " = 0", WAIT + ASSERT + WAIT + DEASSERT
    """Reset asserted after some cycles."""
    UNKNOWN = "", WAIT + ASSERT + WAIT + DEASSERT
    """Reset unknown for some cycles, then asserted."""


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
  reg hold = 1; // while it is 1, no payload is sent or compared
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
    """Return the Verilog of a test bench.

    Parameters:
        description: Description of the design.
        traffic: Payloads that the design gets, and those that it must give.
        bench: Name of the top module of the bench.
        reset: Reset sequence.
    """
    clock = description.clock
    sides = ["free", *(["stalled"] if traffic.stalls else [])]
    declared, sequence = reset.value
    if clock == "aclk":
        # The reset of AXI is active low.
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
    """Return a template with its keywords, words in capitals, replaced by texts."""
    return re.sub("|".join(texts), lambda match: texts[match[0]], template)
