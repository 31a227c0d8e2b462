"""Proof that small dot products are the exact sums of their definition.

Claim: for all blocks of legal mantissas, sum, exponent and NaN flag are those of ``block_dot`` in
``spec/block.v``.

Assumption: mantissas are legal, that is, not the most negative code of two's complement.

Method: combinational equivalence checking of the unit without pipeline registers.

Bound: none on values; block sizes of 1 to 4.
"""

from pathlib import Path

from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.golden.dot import max_sum
from hbfp_hw.rtl.dot import Dot
from tests.formal.equivalence import Verdict, equivalence, with_fault

TOP = """
module gate(input [{a}:0] a, input [{b}:0] b, output [{o}:0] o);
  wire legal;
  wire [{o}:0] found;
  block_dot #({sizes}) of(a, b, legal, , , );
  {name} unit(.i__payload({{b, a}}), .i__valid(1'b1), .i__ready(),
    .o__payload(found), .o__valid(), .o__ready(1'b1));
  assign o = legal ? found : 0;
endmodule
module gold(input [{a}:0] a, input [{b}:0] b, output [{o}:0] o);
  wire legal, nan;
  wire [{s}:0] sum;
  wire [{e}:0] exponent;
  block_dot #({sizes}) of(a, b, legal, sum, exponent, nan);
  assign o = legal ? {{nan, exponent, sum}} : 0;
endmodule
"""


def prove(
    folder: Path,
    widths: tuple[int, int],
    block_size: int,
    sign_magnitude: bool,
    *,
    change: tuple[str, str] | None = None,
) -> Verdict:
    """Compare a dot product with the specification.

    Parameters:
        folder: Working folder of Yosys and ABC.
        widths: Mantissa bits of both operands.
        block_size: Lanes of a block.
        sign_magnitude: Whether mantissas are in sign and magnitude; else in two's complement.
        change: Text of the Verilog to replace, and its replacement: a planted fault.
    """
    a, b = (HBFPFormat(bits, block_size) for bits in widths)
    design = cached_design(Dot(a, b, pipeline=0, sign_magnitude=sign_magnitude))
    text = with_fault(design.verilog, change)
    sum_bits = max_sum(a, b).bit_length() + 1
    sizes = f"{block_size}, {widths[0]}, {widths[1]}, 10, {sign_magnitude:d}, {sum_bits}"
    top = TOP.format(
        name=design.name,
        sizes=sizes,
        a=a.bits - 1,
        b=b.bits - 1,
        o=sum_bits + 11,
        s=sum_bits - 1,
        e=10,
    )
    return equivalence(folder, text + top, ["block"], {"all": {}})
