"""Proof that small converters give the blocks that the format defines.

Claim: for all FP32 values, seeds and steps, and each code of the rounding mode, the block is that
of ``block_convert`` in ``spec/convert.v``.

Method: combinational equivalence checking, one case per rounding mode.

Bound: none on values; block sizes of 2 to 4.
"""

from collections.abc import Sequence
from pathlib import Path

from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl.convert import Convert
from tests.formal.equivalence import Verdict, bits, equivalence, with_fault

TOP = """
module gate(input [{values}:0] values, input [31:0] seed, step, input [1:0] rounding,
  output [{o}:0] block);
  {name} unit(.i__payload({{rounding, step, seed, values}}), .i__valid(1'b1), .i__ready(),
    .o__payload(block), .o__valid(), .o__ready(1'b1));
endmodule
module gold(input [{values}:0] values, input [31:0] seed, step, input [1:0] rounding,
  output [{o}:0] block);
  block_convert #({sizes}) of(values, seed, step, rounding, block);
endmodule
"""

CASES = {"nearest": 0, "stochastic": 1, "truncate": 2, "unused code": 3}
"""Codes of the rounding modes. The specification truncates for the unused code."""


def prove(
    folder: Path,
    fmt: HBFPFormat,
    random_bits: int,
    sign_magnitude: bool,
    modes: Sequence[str],
    *,
    change: tuple[str, str] | None = None,
) -> Verdict:
    """Compare a converter that has all rounding modes with the specification.

    Parameters:
        folder: Working folder of Yosys and ABC.
        fmt: Format of the blocks.
        random_bits: Random bits of stochastic rounding, 1 to 16.
        sign_magnitude: Whether the mantissas are written in sign and magnitude.
        modes: Names of the rounding modes to prove, keys of :data:`CASES`.
        change: Text of the Verilog to replace, and its replacement: a planted fault.
    """
    design = cached_design(
        Convert(fmt, random_bits=random_bits, sign_magnitude=sign_magnitude, pipeline=0)
    )
    text = with_fault(design.verilog, change)
    top = TOP.format(
        name=design.name,
        values=32 * fmt.block_size - 1,
        o=fmt.bits - 1,
        sizes=f"{fmt.block_size}, {fmt.mantissa_bits}, {fmt.exponent_bits}, {random_bits},"
        f" {sign_magnitude:d}",
    )
    cases = {mode: bits("rounding", CASES[mode], 2) for mode in modes}
    return equivalence(folder, text + top, ["convert"], cases)
