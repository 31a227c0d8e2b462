"""Survivors without a proof, and why no vector can show them: nearly all are equivalent."""

import re

RANGE = "it changes only bits below 2^-149; with 7-bit exponents, sums have none below 2^-138"

EXPLAINED = {
    r"pe_native: const1 \S+\.cell accumulate\.term\[10\]": (
        "the highest bit of a significand, which only a zero term lacks; with it, the term would be"
        " 2^-154, which changes no sum; ABC proves this for normaliser and adder alone"
    ),
    r"gemm: inv hbfp_gemm_\S+_convert_\S+ lane_\d+\.value\[31\] .*": (
        "it inverts the signs of a lane in both operands, so that the products stay the same"
    ),
    r"gemm: inv \S+_cell_\S+ \$procmux\$\d+\.A\[0\] wire a\$10\[0\]": (
        "the value that a register keeps while enable is deasserted; an array ties enable high"
    ),
    r"core: cnot1 hbfp_core_\w+ \$procmux\$\d+\.A\[34\] by \[30\]": (
        "it depends on bit 30 of a cycle counter, which is 1 only after 2^30 cycles, more than any"
        " simulation has; it is not equivalent"
    ),
    r"core: \w+ hbfp_core_\w+ launcher\.mode\[1[67]\] (by \[\d+\] )?wire layer\[[01]\]": (
        "the launcher only checks that the layer exists, which with four layers its upper bits say;"
        " the mode table takes the layer from the register, not from the launcher"
    ),
    r"pe_mixed_sm: const0 \S+\.cell\.normalise \$or\S+ wire lost\$9\[0\]": RANGE,
    r"pe_mixed_sm: cnot0 \S+\.cell\.normalise \$and\S+ by \[6\] wire \$19\[8\]": RANGE,
    r"gemm: \w+ \S+ dispatcher\.descriptor__2\[([12]?\d|3[01])\] wire descriptor__2\[\d+\]": (
        "a bit of the seed at the reader of start values, which converts nothing"
    ),
    r"gemm: inv \S+\.sequencer \$add\S+\.A\[2\] wire \$21\[2\]": (
        "the passes of a block, in a sum that must reach the number of rows; with two rows, the"
        " other terms reach it by themselves"
    ),
    r"core: const0 \S+ \$reduce_or\$core\.v:338\$\d+\.A\[([2-9]|[12]\d|3[01])\] .*": (
        "a reserved bit of interrupt_status, which the register file keeps at 0"
    ),
    r"core: \w+ \w+ registers\.control\[(?!0\])\d+\] .*": (
        "a reserved bit, which the register file keeps at 0"
    ),
}
"""Reasons, by regular expressions for the names of mutants."""


def reason(name: str) -> str | None:
    """Return the reason why no vector can show a mutant, or None if none is written down."""
    return next((why for what, why in EXPLAINED.items() if re.fullmatch(what, name)), None)
