"""A shell of registers around a design, so that its wide ports need no pins.

One pin shifts the inputs in, and one pin shifts out a fold of the outputs, in which every bit
counts. Every port has a register on its other side. Between two registers of the shell is one XOR
at most, so that no path of its own limits the clock.
"""

from collections.abc import Sequence

from hbfp_hw.generation.description import DesignDescription, Port

SHELL = "hbfp_fit_shell"
"""Name of the shell's module."""

UNIT = "unit"
"""Name of the design's instance in it."""


def shell_verilog(description: DesignDescription) -> str:
    """The shell of a design that is described as in its ``.json``.

    Its cost is a flop for each input bit; for each output bit two flops and a lookup table.
    """
    clock = description.clock
    ports = [port for port in description.ports if port.name != clock]
    inputs = [port for port in ports if port.direction == "in"]
    outputs = [port for port in ports if port.direction == "out"]
    connections = [*_slices("shifted", inputs), *_slices("out", outputs)]
    if clock is not None:
        connections.insert(0, f".{clock}(clk)")
    last_in, last_out = (sum(port.width for port in side) - 1 for side in (inputs, outputs))
    return f"""\
module {SHELL}(input clk, input serial_in, output serial_out);
  reg [{last_in}:0] shifted;
  wire [{last_out}:0] out;
  reg [{last_out}:0] taken;
  reg [{last_out}:0] folded;
  assign serial_out = folded[{last_out}];
  always @(posedge clk) begin
    shifted <= {{shifted, serial_in}};
    taken <= out;
    folded <= {{folded, 1'b0}} ^ taken;
  end
  {description.name} {UNIT}({", ".join(connections)});
endmodule
"""


def _slices(vector: str, ports: Sequence[Port]) -> list[str]:
    connections = []
    offset = 0
    for port in ports:
        connections.append(f".{port.name}({vector}[{offset} +: {port.width}])")
        offset += port.width
    return connections
