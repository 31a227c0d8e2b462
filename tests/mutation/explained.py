"""Survivors that no proof reached, and why nothing that can come in shows them."""

import re

RANGE = "only bits below 2^-149 show it; with exponents of 7 bits, sums have none below 2^-138"

EXPLAINED = {
    r"convert: const1 hbfp_convert_m4_n3_e6_r3_p0 \$and\$convert\.v:503\$207\.B\[0\] .*": (
        "only the code 3 of the rounding mode shows it, which is none"
    ),
    r"core: \w+ \w+ registers\.control\[(?!0\])\d+\] .*": (
        "a reserved bit, which the register file keeps at 0"
    ),
    r"pe_mixed_sm: const0 \S+\.cell\.normalise \$or\S+ wire lost\$9\[0\]": RANGE,
    r"pe_mixed_sm: cnot0 \S+\.cell\.normalise \$and\S+ by \[6\] wire \$19\[8\]": RANGE,
}
"""Reasons, by patterns of the names of mutants."""


def reason(name: str) -> str | None:
    """Why the mutant of this name is equivalent, if that is written down."""
    return next((why for what, why in EXPLAINED.items() if re.fullmatch(what, name)), None)
