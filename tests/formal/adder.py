"""The FP32 adder is IEEE 754 addition: proven for all numbers and all terms.

The proof goes case by case. A case is one difference of the exponents, from -26 to 26 or beyond at
either end, with equal or different signs, and with a term that was moved up or not (of negative
differences there are none with one that was); and one more is whatever has an infinity, a NaN or a
term that is zero. So each pair of operands is in exactly one case. For the solver's sake the
addend's exponent is replaced by the term's plus the difference, and its sign by the term's or the
other one; that this changes nothing in the case is proven with it.
"""

from collections.abc import Sequence
from pathlib import Path

from amaranth.back import verilog

from hbfp_hw.format import HBFPFormat
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.normalise import term_layout
from tests.formal.equivalence import Verdict, bits, changed, equivalence

FAR = 27
"""The difference that stands for itself and all beyond."""

CASES = {
    f"{difference:+d} {'differ' if subtract else 'equal'}{' moved' * moved}": bits(
        "which", difference % 64 | subtract << 6 | moved << 8, 9
    )
    for difference in range(-FAR, FAR + 1)
    for subtract in (0, 1)
    for moved in ((0, 1) if difference > 0 else (0,))
} | {"special": bits("which", 1 << 7, 9)}

TOP = """
module case_of(input [8:0] which, input [31:0] addend, input [{term}:0] term,
  output held, same, output [31:0] x, output [{term}:0] y, output [31:0] number);
  wire [23:0] significand = {{term[{width}-1:0], {{24 - {width}{{1'b0}}}}}};
  wire signed [8:0] field = term[{width} +: 9];
  wire sign = term[{width} + 9], infinite = term[{width} + 10], nan = term[{width} + 11];
  wire legal;
  number_of_term decode(significand, field, sign, infinite, nan, legal, number);

  wire signed [5:0] named = which[5:0];
  wire signed [9:0] exponent = addend[30:23] == 0 ? 1 : addend[30:23];
  wire signed [9:0] difference = exponent - field;
  wire signed [9:0] limited = difference > {far} ? {far}
    : difference < -{far} ? -{far} : difference;
  wire special = infinite || nan || significand == 0 || &addend[30:23];
  assign held = legal && special == which[7]
    && (special || limited == named && (field < 1) == which[8] && (addend[31] ^ sign) == which[6]);

  wire far = named == {far} || named == -{far};
  wire signed [9:0] placed = far ? exponent : field + named;
  wire [31:0] moved = {{sign ^ which[6], addend[30:23] == 0 ? 8'b0 : placed[7:0], addend[22:0]}};
  // Outside the case, one pair that is in it.
  wire [7:0] raised = named > 0 ? named + !which[8] : 1, lowered = named < 0 ? 1 - named : 1;
  wire [8:0] outside = which[8] ? 0 : lowered;
  assign x = which[7] ? (held ? addend : 0) : held ? moved : {{which[6], raised, 23'b0}};
  assign y = held ? term : which[7] ? 0 : {{3'b0, outside, 1'b1, {{{width}-1{{1'b0}}}}}};
  assign same = !held || x == addend;
endmodule
module gate(input [8:0] which, input [31:0] addend, input [{term}:0] term,
  output same, output [31:0] total);
  wire held;
  wire [31:0] x, number;
  wire [{term}:0] y;
  case_of reduce(which, addend, term, held, same, x, y, number);
  adder unit(.addend(x), .term(y), .total(total));
endmodule
module gold(input [8:0] which, input [31:0] addend, input [{term}:0] term,
  output same, output [31:0] total);
  wire held, ignored;
  wire [31:0] x, outside, number, unused;
  wire [{term}:0] y;
  case_of reduce(which, addend, term, held, ignored, x, y, outside);
  // The number of the term as it was reduced.
  case_of again(which, x, y, , , , , number);
  add_binary32 add(x, number, total);
  assign same = 1;
endmodule
"""


QUICK = ("-27 equal", "-1 equal", "+0 equal", "+1 equal", "+3 differ", "+27 differ", "special")
"""Cases that tests prove; the others take minutes."""


def prove(
    folder: Path,
    mantissa_bits: int,
    block_size: int,
    cases: Sequence[str] = tuple(CASES),
    *,
    change: tuple[str, str] | None = None,
) -> Verdict:
    """Compare the adder for the terms of a format's dot products."""
    fmt = HBFPFormat(mantissa_bits, block_size)
    layout = term_layout(fmt, fmt)
    text = verilog.convert(Adder(layout), name="adder", emit_src=False, strip_internal_attrs=True)
    text = changed(text, change)
    width = layout["significand"].width
    top = TOP.format(width=width, term=layout.size - 1, far=FAR)
    chosen = {case: CASES[case] for case in cases}
    return equivalence(folder, text + top, ["binary32"], chosen, options="-x")
