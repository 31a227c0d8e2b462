"""FPGA resources of designs so small that the expected numbers are known."""

import re

import pytest

from hbfp_hw.area.fpga import measure_fpga
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.yosys import SynthesisError

REGISTERS = VerilogSource.of_text(
    """
    module top(input clk, input [11:0] a, input [3:0] b, output reg [11:0] q, output y);
      always @(posedge clk) q <= a;
      assign y = ^b;
    endmodule
    """,
    "top",
)
MEMORY = VerilogSource.of_text(
    """
    module top(input clk, input w, input [8:0] i, input [15:0] d, input [8:0] o,
        output reg [15:0] q);
      reg [15:0] words [0:511];
      always @(posedge clk) begin
        if (w) words[i] <= d;
        q <= words[o];
      end
    endmodule
    """,
    "top",
)
MULTIPLIER = VerilogSource.of_text(
    "module top(input [8:0] a, b, output [17:0] y); assign y = a * b; endmodule", "top"
)


@pytest.mark.parametrize("family", ["ecp5", "ice40"])
def test_registers_and_one_table(cache, family):
    resources, _ = measure_fpga(REGISTERS, family)
    assert resources["family"] == family
    assert (resources["luts"], resources["carries"], resources["flops"]) == (1, 0, 12)
    assert resources["memories"] == 0
    assert sum(resources["cells"].values()) == 13


@pytest.mark.full(but=["ice40"])
@pytest.mark.parametrize("family", ["ecp5", "ice40"])
def test_memories_stay_memories(cache, family):
    resources, _ = measure_fpga(MEMORY, family)
    assert resources["memories"] > 0
    assert resources["flops"] < 100  # the memory has 8192 bits


@pytest.mark.full(but=["ice40"])
@pytest.mark.parametrize("family", ["ecp5", "ice40"])
def test_multipliers_are_tables(cache, family):
    resources, _ = measure_fpga(MULTIPLIER, family)
    assert resources["luts"] > 9 * 9 / 2
    assert resources["carries"] > 0


def test_unknown_family(cache):
    with pytest.raises(ValueError, match=r"^FPGA must be ecp5 or ice40, not 'xilinx'$"):
        measure_fpga(REGISTERS, "xilinx")


def test_unknown_cells(cache):
    source = VerilogSource.of_text(
        """
        (* blackbox *) module magic(input a, output y); endmodule
        module top(input a, output y); magic m(.a(a), .y(y)); endmodule
        """,
        "top",
    )
    message = rf"^Cells of unknown type: magic; see {re.escape(str(cache))}"
    with pytest.raises(SynthesisError, match=message):
        measure_fpga(source, "ice40")
