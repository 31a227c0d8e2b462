"""Wrapper of registers around a design, which reduces its ports to three pins.

A design may have more port bits than an FPGA package has pins. A shift register behind one pin
feeds the design's inputs. Its outputs are registered and XORed into a second shift register, which
ends at another pin, so that synthesis can remove none of them. Every port connects to a register,
so every path of the design is timed between registers. The wrapper's own paths have at most one XOR
and hardly ever limit the clock.
"""

from collections.abc import Sequence

from hbfp_hw.generation.description import DesignDescription, Port

WRAPPER = "hbfp_fit_shell"
"""Name of the wrapper's module. Yosys breaks ties by name: another name would move the figures."""

UNIT = "unit"
"""Name of the design's instance in the wrapper."""


def wrapper_verilog(description: DesignDescription) -> str:
    """Return the Verilog of the wrapper of a design.

    The wrapper costs one flop per input bit, and two flops and a lookup table per output bit.

    Parameters:
        description: The design's description, as in its ``.json``.
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
module {WRAPPER}(input clk, input serial_in, output serial_out);
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
    """Return the connections of ports to successive bits of a vector."""
    connections = []
    offset = 0
    for port in ports:
        connections.append(f".{port.name}({vector}[{offset} +: {port.width}])")
        offset += port.width
    return connections
