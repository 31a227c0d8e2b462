"""Proof that a mutant computes the same as its design."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys
from tests.mutation.netlist import PORT, WIDTH, Mutant

SECONDS = 5
"""Time limit of one proof."""

HOLDS = "SAT proof finished - no model found: SUCCESS!"

CUT = """\
design -reset
read_verilog -sv {key}.mutants.v
hierarchy -check -top \\{top}
proc
flatten
opt_expr
opt_merge
opt_clean
expose -cut t:$memrd* %co1 w:* %i
expose t:$memrd* t:$memwr* %u %ci1 w:* %i
delete t:$mem*
expose -dff -evert-dff
setundef -zero
rename -top gate
design -save cut
"""
"""A design without registers: what they hold is an input, and what they take an output.

Memories are taken out in the same way.
"""

PROOF = f"""\
design -load cut
copy gate gold
delete -input gold/{PORT} gate/{PORT}
cd gold
connect -set {PORT} {WIDTH}'d0
cd gate
connect -set {PORT} {WIDTH}'d{{number}}
cd
opt_expr
opt_clean
miter -equiv -flatten gold gate both
hierarchy -top both
opt_expr
opt_merge
opt_expr
opt_merge
opt_clean
log mutant {{number}}
sat -timeout {SECONDS} -prove trigger 0 both
"""


def proven(mutants: Sequence[Mutant], tops: Mapping[str, str], folder: Path) -> set[int]:
    """Numbers of the mutants that are equivalent: in every state, and whatever the inputs, they
    give the same outputs and the same next state.

    First the changed module is looked at alone, which is quick. Where that does not do, as what
    matters can depend on where its inputs come from, the whole design is.

    Parameters:
        mutants: Those in question.
        tops: Top module of each design that is small enough to be looked at as a whole.
        folder: Where :func:`~tests.mutation.netlist.mutate` worked.
    """
    held = _proven([(each.design, each.module, each.number) for each in mutants], folder)
    left = [each for each in mutants if each.number not in held and each.design in tops]
    return held | _proven([(each.design, tops[each.design], each.number) for each in left], folder)


def _proven(claims: Sequence[tuple[str, str, int]], folder: Path) -> set[int]:
    """Proven ones of mutants, each given by its design, the module to look at, and its number."""
    script = ""
    for (key, top), group in groupby(sorted(claims), lambda claim: claim[:2]):
        script += CUT.format(key=key, top=top)
        script += "".join(PROOF.format(number=number) for _, _, number in group)
    log = folder / "proofs.log"
    log.unlink(missing_ok=True)
    run_yosys(script, folder, log, timeout=1200)
    parts = re.split(r"^mutant ", log.read_text(), flags=re.MULTILINE)[1:]
    return {int(part.split()[0]) for part in parts if HOLDS in part}
