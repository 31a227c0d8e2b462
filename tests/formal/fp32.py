"""Proof that the normaliser rounds an exact sum once to FP32.

Claim: for all sums, exponents and NaN flags, the term is legal, and the number that it stands for
is the exact value rounded once, as ``round_binary32`` in ``spec/binary32.v`` defines it.

Assumption: the sum is not the most negative code of its width, which no dot product gives.

Method: combinational equivalence checking.

Bound: none on values; one proof is for one pair of formats.
"""

from pathlib import Path

from amaranth.back import verilog

from hbfp_hw.format import HBFPFormat
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.rtl.normalise import Normaliser, term_layout
from tests.formal.equivalence import Verdict, equivalence, with_fault

TOP = """
module gate(input [{top}:0] sum, input [{e}:0] exponent, input nan,
  output legal, output [31:0] number);
  wire known = sum != {{1'b1, {{{top}{{1'b0}}}}}};
  wire [{term}:0] term;
  wire right;
  wire [31:0] found;
  normaliser unit(.product({{nan, exponent, sum}}), .term(term));
  wire [23:0] significand = {{term[{width}-1:0], {{24 - {width}{{1'b0}}}}}};
  number_of_term decode(significand, term[{width} +: 9], term[{width} + 9], term[{width} + 10],
    term[{width} + 11], right, found);
  assign legal = right || !known;
  assign number = known ? found : 0;
endmodule
module gold(input signed [{top}:0] sum, input signed [{e}:0] exponent, input nan,
  output legal, output [31:0] number);
  wire known = sum != {{1'b1, {{{top}{{1'b0}}}}}};
  wire [{top}:0] size = sum < 0 ? -sum : sum;
  wire signed [{e} + 2:0] weight = exponent - {fraction};
  wire [31:0] rounded;
  round_binary32 #({top}, {e} + 3) rounder(sum < 0, size[{top}-1:0], weight, rounded);
  assign number = !known ? 0 : nan ? 32'h7fc00000 : rounded;
  assign legal = 1;
endmodule
"""


def prove(
    folder: Path,
    widths: tuple[int, int],
    block_size: int,
    exponent_bits: int = 10,
    *,
    change: tuple[str, str] | None = None,
) -> Verdict:
    """Compare the number of a normaliser's term with the specification.

    Parameters:
        folder: Working folder of Yosys and ABC.
        widths: Mantissa bits of both operands.
        block_size, exponent_bits: Sizes of both formats.
        change: Text of the Verilog to replace, and its replacement: a planted fault.
    """
    a, b = (HBFPFormat(bits, block_size, exponent_bits) for bits in widths)
    unit = Normaliser(a, b)
    text = verilog.convert(unit, name="normaliser", emit_src=False, strip_internal_attrs=True)
    text = with_fault(text, change)
    layout = term_layout(a, b)
    top = TOP.format(
        top=max_sum(a, b).bit_length(),
        e=exponent_bits,
        term=layout.size - 1,
        width=layout["significand"].width,
        fraction=a.fraction_bits + b.fraction_bits,
    )
    return equivalence(folder, text + top, ["binary32"], {"all": {}}, options="-x")
