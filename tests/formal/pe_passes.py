"""Proof that the passes of a PE add up to the exact dot product of two lanes.

Claim: for all operands of the given widths, the PE takes the block after the right number of
passes, and the sum is then the exact dot product.

Assumptions: mantissas are legal. The proof starts at the first pass of a block with every other
register in any state, and ends with the PE at the first pass of the next block. So it holds for
every block, whatever came before it.

Method: bounded SAT over the cycles of one block (Yosys ``sat``). Multipliers are hard for SAT, so
three PEs run side by side: one with both lanes, two with one lane each and zeros in the other.
After each pass, the sum of the first PE is that of the other two, and each of these is what
Horner's rule gives for the digits so far; after the last pass these are the products of their
lanes. The solver uses each cycle's result for the next cycle.

Bound: none on values or time, as the end of a block is the start of the next; two lanes.
"""

from pathlib import Path

from hbfp_hw.engine import Variant
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.pe import PE
from tests.formal.prover import prove_cycles

LANES = 2
TOP = """
module top(input clk, output assumed, output ok, output signed [{top}:0] sum, exact);
  // Two blocks of any mantissas of their widths, constant until the PE takes them.
  (* anyconst *) wire signed [{most}:0] a0, a1, b0, b1;
  (* anyconst *) wire [9:0] exponent_a, exponent_b;
  assign assumed = a0 >= -{most_a} && a0 <= {most_a} && a1 >= -{most_a} && a1 <= {most_a}
                && b0 >= -{most_b} && b0 <= {most_b} && b1 >= -{most_b} && b1 <= {most_b};
  wire signed [{top}:0] exact0 = a0 * b0, exact1 = a1 * b1;
  assign exact = exact0 + exact1;

  reg [2:0] cycle;
  reg signed [{top}:0] result;
  always @(posedge clk) begin
    cycle <= cycle + 1;
    result <= sum;
  end
  wire taken, taken0, taken1, first;
  wire [{top} + 13:0] product, product0, product1;  // with exponents and NaN flags
  wire signed [{top}:0] sum0 = product0[{top}:0], sum1 = product1[{top}:0];
  assign sum = product[{top}:0];
  wire ok_taken = cycle >= {passes} || taken == (cycle == {passes} - 1);
  wire ok_first = cycle > {passes} || first == (cycle == 0 || cycle == {passes});
  wire ok_pass = cycle < 1 || cycle > {passes} || sum == sum0 + sum1;
  wire ok_parts0, ok_parts1;
  parts parts0(cycle, a0, b0, sum0, ok_parts0);
  parts parts1(cycle, a1, b1, sum1, ok_parts1);
  wire ok_lanes = cycle != {passes} || sum0 == exact0 && sum1 == exact1;
  wire ok_result = cycle != {passes} + 1 || result == exact;
  assign ok = ok_taken && ok_first && ok_pass && ok_parts0 && ok_parts1 && ok_lanes && ok_result;

  localparam [{most}:0] NONE = 0;
  one_pe pe(clk, {{{wide} exponent_b, b1, b0, exponent_a, a1, a0}}, taken);
  one_pe pe0(clk, {{{wide} exponent_b, NONE, b0, exponent_a, NONE, a0}}, taken0);
  one_pe pe1(clk, {{{wide} exponent_b, b1, NONE, exponent_a, a1, NONE}}, taken1);
endmodule

// One lane after each pass: products of the digits of its magnitudes, by Horner's rule.
module parts(input [2:0] cycle, input signed [{most}:0] a, b, input signed [{top}:0] sum,
  output ok);
  wire [{most}:0] size_a = a < 0 ? -a : a, size_b = b < 0 ? -b : b;
  wire [{top}:0] high_a = size_a >> 3, low_a = size_a[2:0];
  wire [{top}:0] high_b = size_b >> 3, low_b = size_b[2:0];
  wire [{top}:0] {parts};
  wire negative = (a < 0) != (b < 0);
  assign ok = {checks};
endmodule

module one_pe(input clk, input [{payload}:0] payload, output taken);
  {name} pe(.clk(clk), .rst(1'b0),
    .i__payload(payload), .i__valid(1'b1), .i__ready(taken),
    .i_marker__payload(34'b0), .i_marker__valid(1'b1), .i_marker__ready(),
    .o__payload(), .o__valid(), .o__ready(1'b1));
endmodule
"""

CASES = [
    *((Variant.MIXED, widths) for widths in ((4, 4), (4, 6), (6, 4), (6, 6))),
    (Variant.NARROW, (4, 4)),
]
QUICK = [(Variant.MIXED, (4, 4)), (Variant.NARROW, (4, 4))]
"""Cases that take seconds; wide mantissas take a minute or more."""

PARTS = {
    (4, 4): ["low_a * low_b"],
    (4, 6): ["low_a * high_b", "8 * part1 + low_a * low_b"],
    (6, 4): ["high_a * low_b", "8 * part1 + low_a * low_b"],
    (6, 6): [
        "high_a * high_b",
        "8 * part1 + high_a * low_b",
        "part2 + low_a * high_b",
        "8 * part3 + low_a * low_b",
    ],
}
"""Sum of a lane after each pass, as an expression of the sum after the pass before."""


def prove(
    folder: Path,
    variant: Variant,
    widths: tuple[int, int],
    *,
    change: tuple[str, str] | None = None,
) -> tuple[bool, str]:
    """Prove the claim; return whether it holds, and Yosys' log.

    Parameters:
        folder: Working folder of Yosys.
        widths: Mantissa bits of both operands.
        change: Text of the Verilog to replace everywhere, and its replacement: a planted fault.
    """
    pe = PE(variant, LANES)
    design = cached_design(pe)
    verilog = design.verilog
    if change is not None:
        verilog = verilog.replace(*change)
        assert verilog != design.verilog
    wide = [width == 6 for width in widths]
    passes = variant.passes(*wide)
    mixed = variant is Variant.MIXED
    bits = pe.fmt.blocks.mantissa_bits
    top = TOP.format(
        name=design.name,
        most=bits - 1,
        top=2 * bits - 1,
        most_a=2 ** (widths[0] - 1) - 1,
        most_b=2 ** (widths[1] - 1) - 1,
        passes=passes,
        parts=", ".join(f"part{k} = {part}" for k, part in enumerate(PARTS[widths], 1)),
        checks=" && ".join(
            f"(cycle != {k} || sum == (negative ? -part{k} : part{k}))"
            for k in range(1, passes + 1)
        ),
        payload=design.description.streams["i"].payload_bits - 1,
        wide="" if variant is Variant.NARROW else f"1'd{wide[1]:d}, 1'd{wide[0]:d},",
    )
    inside = {"": "pe.pe", "0": "pe0.pe", "1": "pe1.pe"}
    taps = {f"product{k}": f"{pe}.cell.product" for k, pe in inside.items()}
    start = {f"{pe}.first_pass": 1 for pe in inside.values()} if mixed else {}
    return prove_cycles(
        folder,
        verilog + top,
        taps=taps | {"first": "pe.pe.first_pass" if mixed else "1'1"},
        start=start | {"cycle": 0},
        steps=passes + 2,
    )
