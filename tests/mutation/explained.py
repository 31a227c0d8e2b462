"""Survivors without a proof, and why no vector can show them: nearly all are equivalent."""

import re

EXPLAINED = {
    r"pe_native: const1 \S+\.cell accumulate\.term\[10\]": (
        "the highest bit of a significand, which only a zero term lacks; with it, the term would be"
        " 2^-154, which changes no sum; ABC proves this for normaliser and adder alone, but on a"
        " slow machine not within the time limit"
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
}
"""Reasons, by regular expressions for the names of mutants."""


def reason(name: str) -> str | None:
    """Return the reason why no vector can show a mutant, or None if none is written down."""
    return next((why for what, why in EXPLAINED.items() if re.fullmatch(what, name)), None)
