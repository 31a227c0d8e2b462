"""Transistors by part: each instance belongs to the innermost part in its path."""

import pytest

from hbfp_hw.area.breakdown import PARTS, part_of

INVERTER = "module inverter(input a, output y); assign y = ~a; endmodule\n"


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (("dot", "multipliers"), "multipliers"),
        (("dot_engine", "convert_a"), "convert"),
        (("dot_engine", "convert_a", "exponent"), "exponent"),
        (("accumulate",), "accumulate"),
        (("accumulate", "normalise"), "normalise"),
        (("array", "cell_0_1", "tree", "level_2"), "tree"),
        (("array", "cell_0_1"), "other"),
        (("gemm", "converter"), "other"),
        (("", "trees"), "other"),
    ],
)
def test_part_of_a_path(path, part):
    assert part_of(path) == part


def test_instances_of_one_module_count_where_they_are(measured):
    """The design has flops and inverters: in two parts, in a part of a part, and in no part."""
    figures = measured(
        INVERTER
        + """
        module pair(input [1:0] a, output [1:0] y);
          inverter exponent(.a(a[0]), .y(y[0]));
          inverter unnamed(.a(a[1]), .y(y[1]));
        endmodule
        module top(input clk, input [6:0] a, output [3:0] y, output reg [2:0] q);
          inverter multipliers(.a(a[0]), .y(y[0]));
          inverter rest(.a(a[1]), .y(y[1]));
          pair tree_0(.a(a[3:2]), .y(y[3:2]));
          always @(posedge clk) q <= a[6:4];
        endmodule
        """
    )
    assert figures["breakdown"] == dict.fromkeys(PARTS, 0) | {
        "multipliers": 2,
        "tree": 2,
        "exponent": 2,
        "other": 2,
        "registers": 3 * 16,
        "across_parts": 0,
    }


def test_transistors_saved_by_flattening_are_across_parts(measured):
    """Two inverters in a row vanish in the flat design."""
    figures = measured(
        INVERTER
        + """
        module top(input a, input b, output y, output z);
          wire w;
          inverter convert_a(.a(a), .y(w));
          inverter convert_b(.a(w), .y(y));
          assign z = ~(a & b);
        endmodule
        """
    )
    assert figures["transistors"] == 4
    assert figures["breakdown"]["convert"] == 4
    assert figures["breakdown"]["other"] == 4
    assert figures["breakdown"]["across_parts"] == -4


def test_the_top_module_is_a_part_too(measured):
    verilog = "module top(input a, output y); assign y = ~a; endmodule\n"
    assert measured(verilog, "convert")["breakdown"]["convert"] == 2
    assert measured(verilog, "dot")["breakdown"]["other"] == 2
