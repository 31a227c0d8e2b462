"""Survivors that no proof reached, and why nothing that can come in shows them."""

import re

RANGE = "only bits below 2^-149 show it; with exponents of 7 bits, sums have none below 2^-138"

EXPLAINED = {
    r"pe_native: const1 \S+\.cell accumulate\.term\[10\]": (
        "the highest bit of a significand; only a zero term lacks it, and would be 2^-154 with it,"
        " which no sum shows; ABC proves it of normaliser and adder by themselves"
    ),
    r"gemm: inv hbfp_gemm_\S+_convert_\S+ lane_\d+\.value\[31\] .*": (
        "the signs of a lane of both operands, whose products stay the same"
    ),
    r"pe_mixed_sm: const0 \S+\.cell\.normalise \$or\S+ wire lost\$9\[0\]": RANGE,
    r"pe_mixed_sm: cnot0 \S+\.cell\.normalise \$and\S+ by \[6\] wire \$19\[8\]": RANGE,
    r"gemm: \w+ \S+ dispatcher\.descriptor__2\[([12]?\d|3[01])\] wire descriptor__2\[\d+\]": (
        "a bit of the seed, which goes to the start values, where nothing is converted"
    ),
    r"gemm: inv \S+\.sequencer \$add\S+\.A\[2\] wire \$21\[2\]": (
        "the passes of a block, added to the row that is read while start values are being read;"
        " in an array of two rows that is row 1, and at least 1 is added besides, which is enough"
    ),
    r"core: const0 \S+ \$reduce_or\$core\.v:338\$\d+\.A\[([2-9]|[12]\d|3[01])\] .*": (
        "a reserved bit of interrupt_status, which the register file keeps at 0"
    ),
    r"core: \w+ \w+ registers\.control\[(?!0\])\d+\] .*": (
        "a reserved bit, which the register file keeps at 0"
    ),
}
"""Reasons, by patterns of the names of mutants."""


def reason(name: str) -> str | None:
    """Why the mutant of this name is equivalent, if that is written down."""
    return next((why for what, why in EXPLAINED.items() if re.fullmatch(what, name)), None)
