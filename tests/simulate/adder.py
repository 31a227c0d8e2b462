"""Small handwritten design with two input streams and one output stream."""

from hbfp_hw.generation.description import DesignDescription, Port, Stream
from hbfp_hw.generation.design import Design

BODY = """
module {name}(input clk, input rst,
  input a__valid, output a__ready, input [{top}:0] a__payload,
  input b__valid, output b__ready, input [{top}:0] b__payload,
  output y__valid, input y__ready, output [{top}:0] y__payload);
  reg full;
  reg [{top}:0] sum;
  wire take = a__valid & b__valid & (~full | y__ready);
  assign a__ready = take;
  assign b__ready = take;
  assign y__valid = full;
  assign y__payload = sum;
  always @(posedge clk)
    if (rst) full <= 1'b0;
    else begin
      if (take) begin full <= 1'b1; sum <= a__payload + b__payload; end
      else if (y__ready) full <= 1'b0;
    end
endmodule
"""
COMBINATIONAL = """
module {name}(
  input a__valid, output a__ready, input [{top}:0] a__payload,
  input b__valid, output b__ready, input [{top}:0] b__payload,
  output y__valid, input y__ready, output [{top}:0] y__payload);
  assign y__valid = a__valid & b__valid;
  assign a__ready = y__valid & y__ready;
  assign b__ready = y__valid & y__ready;
  assign y__payload = a__payload + b__payload;
endmodule
"""


def adder(width: int = 40, *, clocked: bool = True, name: str = "") -> Design:
    """Return an adder modulo 2^width, registered (one sum per cycle) or combinational."""
    name = name or f"adder_{'clocked' if clocked else 'combinational'}_w{width}"
    return design_of(name, BODY if clocked else COMBINATIONAL, width)


def design_of(name: str, template: str, width: int) -> Design:
    """Return the design of a Verilog template with the streams of the adder."""
    streams = {
        stream: Stream(direction, width)
        for stream, direction in (("a", "in"), ("b", "in"), ("y", "out"))
    }
    ports = [
        Port(f"{stream}__{part}", "in", width)
        for stream in streams
        for part in ("valid", "ready", "payload")
    ]
    if "clk" in template:
        ports += [Port(name, "in", 1) for name in ("clk", "rst")]
    lines = ["`verilator_config"]
    lines += [f'public_flat_rw -module "{name}" -var "{port.name}"' for port in ports]
    verilog = template.replace("{name}", name).replace("{top}", str(width - 1))
    description = DesignDescription(name, "adder", streams=streams, ports=ports)
    return Design(name, verilog, description, "\n".join(lines) + "\n")
