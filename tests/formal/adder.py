"""Proof that the FP32 adder computes IEEE 754 binary32 addition.

Claim: for every addend and every legal term, the total is that of ``add_binary32`` in
``spec/binary32.v``.

Assumption: the term is legal, as ``number_of_term`` in the same file defines it.
:mod:`tests.formal.fp32` proves that the normaliser makes no other terms.

Method: combinational equivalence checking, case by case. A case fixes the difference of the two
exponents (from -26 to 26, or beyond at either end), whether the signs are equal, and whether the
term is a subnormal number whose significand was shifted up (``moved``). The last case, ``special``,
holds all pairs with an infinity, a NaN or a zero term. Each pair of operands is in exactly one
case. To help the solver, the addend's exponent is replaced by the term's exponent plus the
difference, and its sign by the term's sign or the opposite one. The output ``same`` proves that
this changes no pair within the case.

Bound: none on values. One proof is for one width of the terms' significand.
"""

from collections.abc import Sequence
from pathlib import Path

from amaranth.back import verilog

from hbfp_hw.format import HBFPFormat
from hbfp_hw.rtl.adder import Adder
from hbfp_hw.rtl.normalise import term_layout
from tests.formal.equivalence import Verdict, bits, equivalence, with_fault

FAR = 27
"""Exponent difference that stands for itself and all larger ones."""

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
  // A pair outside the case is replaced by one inside, so that only the case is compared.
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
  // The number that the reduced term stands for.
  case_of again(which, x, y, , , , , number);
  add_binary32 add(x, number, total);
  assign same = 1;
endmodule
"""


QUICK = ("-27 equal", "-1 equal", "+0 equal", "+1 equal", "+3 differ", "+27 differ", "special")
"""Cases that the quick proof covers; all cases take minutes."""


def prove(
    folder: Path,
    mantissa_bits: int,
    block_size: int,
    cases: Sequence[str] = tuple(CASES),
    *,
    change: tuple[str, str] | None = None,
) -> Verdict:
    """Compare the adder with the specification.

    Parameters:
        folder: Working folder of Yosys and ABC.
        mantissa_bits, block_size: Format of both operands, which decides the width of the terms.
        cases: Names of the cases to prove.
        change: Text of the adder's Verilog to replace, and its replacement: a planted fault.
    """
    fmt = HBFPFormat(mantissa_bits, block_size)
    layout = term_layout(fmt, fmt)
    text = verilog.convert(Adder(layout), name="adder", emit_src=False, strip_internal_attrs=True)
    text = with_fault(text, change)
    width = layout["significand"].width
    top = TOP.format(width=width, term=layout.size - 1, far=FAR)
    chosen = {case: CASES[case] for case in cases}
    return equivalence(folder, text + top, ["binary32"], chosen, options="-x")
