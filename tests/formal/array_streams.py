"""Proof that a 2 x 2 array gives each sum once, unchanged and in its cycle.

Claim, in every cycle: ``done`` of a column is asserted exactly ``RESULT_DELAY`` cycles (plus row
and column) after the last step of a product; ``y`` is then the accumulator of that row, else 0; two
rows never give a result at once; and an accumulator starts from ``c`` exactly ``START_DELAY``
cycles after a product's first block.

Assumptions: steps enter as the engine's operand buffers drive them. Row 1 gets the control of row 0
one cycle later, and products end at least two cycles apart. The FP32 adder of the cells is cut out:
its output is free, so that sums take any value in any cycle.

Method: property-directed reachability (ABC ``pdr``), which finds an inductive invariant.

Bound: none in time; one array of the smallest size with both rows and columns.
"""

from pathlib import Path

from hbfp_hw.engine import RESULT_DELAY, START_DELAY, Variant
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.verilog import part_names
from hbfp_hw.rtl.array import Array
from tests.formal.equivalence import with_fault
from tests.formal.inner import Taps
from tests.formal.streams import check

ROWS = COLUMNS = 2
CELLS = [(row, column) for row in range(ROWS) for column in range(COLUMNS)]

TOP = """
module top(input clk, input [16:0] a0, a1, input [11:0] b0, b1, input [31:0] c0, c1{ports});
  // Control is, from bit 0 up: clear, shift, complete, first, last.
  reg [4:0] row1 = 0;
  reg ended = 0;
  wire ends = a0[14] && a0[16] && !ended;
  wire [4:0] row0 = {{ends, a0[15:12]}};
  // Bit k: a last block, or a first block, entered row 0 k cycles ago.
  reg [7:1] last = 0, first = 0;
  always @(posedge clk) begin
    row1 <= row0;
    ended <= ends;
    last <= {{last, ends}};
    first <= {{first, a0[14] && a0[15]}};
  end
  {declarations}
  wire [31:0] y0, y1;
  wire done0, done1;
  {name} unit(.clk(clk), .rst(1'b0), .a__0({{row0, a0[11:0]}}), .a__1({{row1, a1[11:0]}}),
    .b__0(b0), .b__1(b1), .c__0(c0), .c__1(c1),
    .y__0(y0), .y__1(y1), .done__0(done0), .done__1(done1));
  {checks}
endmodule
"""


def prove(folder: Path, *, change: tuple[str, str] | None = None) -> str:
    """Prove the claim; return "proven", or what the solver found instead."""
    array = Array(Variant.NATIVE, ROWS, COLUMNS, 1, 5)
    design = cached_design(array)
    verilog = with_fault(design.verilog, change)
    taps = Taps(verilog)
    for row, column in CELLS:
        for signal in ("accumulator", "addend"):
            taps.add(f"{signal}{row}{column}", f"cell_{row}_{column}", signal, 32)
    wrong = []
    for column in range(COLUMNS):
        ends = [f"last[{RESULT_DELAY + row + column}]" for row in range(ROWS)]
        sums = [f"accumulator{row}{column}" for row in range(ROWS)]
        wrong += [
            " && ".join(ends),
            f"done{column} != ({' || '.join(ends)})",
            f"y{column} != ({ends[0]} ? {sums[0]} : {ends[1]} ? {sums[1]} : 0)",
        ]
    for row, column in CELLS:
        begins = f"first[{START_DELAY + row + column}]"
        start = f"c{column} : accumulator{row}{column}"
        wrong.append(f"addend{row}{column} != ({begins} ? {start})")
    top = TOP.format(
        name=design.name,
        ports="".join(f", output wrong_{k}" for k in range(len(wrong))),
        declarations=taps.declarations,
        checks="\n".join(f"  assign wrong_{k} = {test};" for k, test in enumerate(wrong)),
    )
    cuts = [f"\\{part_names(array)[array.fmt.cell_name]}.accumulate"]
    return check(folder, verilog + top, cuts=cuts, taps=taps.wires, reduce="lcorr")
