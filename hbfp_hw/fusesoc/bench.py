"""A test bench in SystemVerilog for any unit whose ports are streams, without Python.

Two copies of the unit get the same payloads, one without stalls and one with stalls on every
stream. Both must give the same results, hold every payload until it is taken, and show no unknown
bit. What the results must be, the tests of ``hbfp test`` know.
"""

from typing import Any

from hbfp_hw.design import clock_of

TRANSFERS = 200
"""Results that are compared."""

TIMEOUT = 50 * TRANSFERS
"""Cycles in which they must come."""

RANDOM = """
function automatic [31:0] {bench}_next(input [31:0] state); // the same in every simulator
  begin
    {bench}_next = state ^ (state << 13);
    {bench}_next = {bench}_next ^ ({bench}_next >> 17);
    {bench}_next = {bench}_next ^ ({bench}_next << 5);
  end
endfunction
"""

SOURCE = """
module {bench}_source #(parameter WIDTH = 1, SEED = 1, STALLS = 0) (
    input wire clk, input wire rst,
    output reg [WIDTH-1:0] payload, output reg valid, input wire ready
);
  integer word;
  reg [31:0] data, pause;
  reg [32*((WIDTH+31)/32)-1:0] drawn;
  task draw;
    begin
      for (word = 0; word < (WIDTH+31)/32; word = word + 1) begin
        data = {bench}_next(data);
        drawn[32*word +: 32] = data;
      end
    end
  endtask
  initial begin
    data = SEED;
    pause = SEED;
    valid = 0;
    draw;
    payload = drawn[WIDTH-1:0];
  end
  always @(posedge clk)
    if (rst) valid <= 0;
    else if (!valid || ready) begin
      pause <= {bench}_next(pause);
      valid <= STALLS == 0 || pause[16];
      if (valid) begin
        draw;
        payload <= drawn[WIDTH-1:0];
      end
    end
endmodule
"""

SINK = """
module {bench}_sink #(parameter WIDTH = 1, SEED = 1, STALLS = 0) (
    input wire clk, input wire rst,
    input wire [WIDTH-1:0] payload, input wire valid, output reg ready, output reg done
);
  reg [WIDTH-1:0] taken [0:{transfers}-1];
  reg [WIDTH-1:0] held;
  reg holding;
  integer count;
  reg [31:0] pause;
  initial begin pause = SEED; count = 0; ready = 0; done = 0; holding = 0; end
  always @(posedge clk)
    if (!rst) begin
      if (valid === 1'bx || (valid && ^payload === 1'bx)) $fatal(1, "an unknown bit");
      if (holding && !(valid && payload === held)) $fatal(1, "a payload was not held");
      holding <= valid && !ready;
      held <= payload;
      if (valid && ready && !done) begin
        taken[count] <= payload;
        count <= count + 1;
        done <= count == {transfers} - 1;
      end
      pause <= {bench}_next(pause);
      ready <= STALLS == 0 || pause[16];
    end
endmodule
"""

SIDE = """
module {bench}_side #(parameter STALLS = 0) (input wire clk, input wire rst, output wire done);
{wires}
{ends}
  {name} unit ({connections});
endmodule
"""

BENCH = """
module {bench};
  reg clk = 0, rst = 0;
  wire free_done, stalled_done;
  integer cycle, result;
  always #5 clk = ~clk;
  {bench}_side #(.STALLS(0)) free (.clk(clk), .rst(rst), .done(free_done));
  {bench}_side #(.STALLS(1)) stalled (.clk(clk), .rst(rst), .done(stalled_done));
  initial begin
    #1 rst = 1; // a change, so that Icarus evaluates what depends on it
    repeat (4) @(negedge clk);
    rst = 0;
    for (cycle = 0; cycle < {timeout} && !(free_done && stalled_done); cycle = cycle + 1)
      @(negedge clk);
    if (!(free_done && stalled_done)) $fatal(1, "too few results");
    for (result = 0; result < {transfers}; result = result + 1)
      if (free.sink_{output}.taken[result] !== stalled.sink_{output}.taken[result])
        $fatal(1, "result %0d depends on stalls", result);
    $display("{bench}: {transfers} results, passed");
    $finish;
  end
endmodule
"""


def bench_verilog(description: dict[str, Any], bench: str) -> str:
    """The test bench of a design that is described as in its ``.json``, with one output stream.

    Parameters:
        bench: Name of its top module.
    """
    streams = description["streams"]
    (output,) = (name for name, stream in streams.items() if stream["direction"] == "out")
    wires, ends = [], []
    connections = [".clk(clk), .rst(rst)"] if clock_of(description) else []
    for number, (name, stream) in enumerate(streams.items()):
        width = stream["payload_bits"]
        wires.append(
            f"  wire [{width - 1}:0] {name}__payload;\n  wire {name}__valid, {name}__ready;"
        )
        kind, done = ("sink", ", .done(done)") if name == output else ("source", "")
        ends.append(
            f"  {bench}_{kind} #(.WIDTH({width}), .SEED({10 * number + 1}), .STALLS(STALLS))\n"
            f"    {kind}_{name} (.clk(clk), .rst(rst), .payload({name}__payload),\n"
            f"      .valid({name}__valid), .ready({name}__ready){done});"
        )
        connections += [
            f".{name}__{part}({name}__{part})" for part in ("payload", "valid", "ready")
        ]
    return f"// Written by hbfp_hw.\n{RANDOM}{SOURCE}{SINK}{SIDE}{BENCH}".format(
        name=description["name"],
        bench=bench,
        output=output,
        transfers=TRANSFERS,
        timeout=TIMEOUT,
        wires="\n".join(wires),
        ends="\n".join(ends),
        connections=", ".join(connections),
    )
