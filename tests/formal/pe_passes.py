"""The passes of a PE add up to the exact dot product of two lanes: proven for all operands.

Each proof starts at the first pass of a block, with everything else in any state, and ends with the
PE at the first pass of the next block; so it holds for every block, whatever came before it. What
must come out is written down independently, as one product per lane.

Multipliers are hard on solvers, so the proof goes by three PEs side by side: one has both lanes,
and the others have one lane each and zeros in the other. After every pass the first one's sum is
that of the other two, and the others' are what Horner's rule says; after the last pass those are
their lanes' products; and so the first one's sum is the exact dot product. What was proven for a
cycle helps with the next one.
"""

from pathlib import Path

from hbfp_hw.engine import Variant
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.pe import PE
from tests.formal.prover import proves

LANES = 2
TOP = """
module top(input clk, output assumed, output ok, output signed [{top}:0] sum, exact);
  // Two blocks of any mantissas that their widths allow; they stay while they are offered.
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

// One lane after every pass: products of the parts of its magnitudes, by Horner's rule.
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
"""Those that take seconds; wide mantissas take a minute or more."""


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
"""Sum of a lane's magnitudes after each pass, in terms of the one before."""


def prove(
    folder: Path,
    variant: Variant,
    widths: tuple[int, int],
    *,
    change: tuple[str, str] | None = None,
) -> tuple[bool, str]:
    """Whether the PE, with one text changed for another, is proven right, and the log."""
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
    start = {f"{pe}.start": 1 for pe in inside.values()} if mixed else {}
    return proves(
        folder,
        verilog + top,
        taps=taps | {"first": "pe.pe.start" if mixed else "1'1"},
        start=start | {"cycle": 0},
        steps=passes + 2,
    )
