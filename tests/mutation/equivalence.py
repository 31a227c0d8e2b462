"""Proof that a mutant computes the same as its design."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys
from hbfp_hw.helpers.processes import ToolError, run_process
from tests.formal.aiger import Graph
from tests.formal.equivalence import ABC, bits
from tests.formal.streams import outputs_are_zero
from tests.mutation.netlist import INITIAL, PORT, WIDTH, Mutant

READ = """\
design -reset
read_verilog -sv {key}.reset.v
proc
design -save {key}
"""

GATES = """\
design -load {key}
hierarchy -check -top \\{top}
flatten
opt_expr
opt_clean
memory
async2sync
techmap
simplemap
setundef -zero -init
setundef -zero
opt_expr
opt_merge
opt_clean
aigmap
opt_clean -purge
setundef -zero
write_aiger -zinit -symbols {file}
"""
"""A design as gates and registers, its mutants in it."""

CHECK = """\
miter gold_{number}.aig gate_{number}.aig
strash
scorr
write_aiger rest_{number}.aig
pdr
"""
"""Whether a mutant and its design, side by side, ever differ in an output."""


def proven(
    mutants: Sequence[Mutant], tops: Mapping[str, str], folder: Path, seconds: float
) -> set[int]:
    """Numbers of the mutants that are equivalent: whatever comes in from a reset on, the same
    comes out in every cycle.

    First the changed module is looked at alone, which is quick. Where that does not do, as what
    matters can depend on where its inputs come from, the whole design is.

    Parameters:
        mutants: Those in question.
        tops: Top module of each design that is small enough to be looked at as a whole.
        folder: Where :func:`~tests.mutation.netlist.mutate` worked.
        seconds: Time limit of one proof.
    """
    claims = [(each.design, each.module.removeprefix("\\"), each.number) for each in mutants]
    held = _proven(claims, folder, seconds)
    left = [each for each in mutants if each.number not in held and each.design in tops]
    return held | _proven(
        [(each.design, tops[each.design], each.number) for each in left], folder, seconds
    )


def _proven(claims: Sequence[tuple[str, str, int]], folder: Path, seconds: float) -> set[int]:
    """Proven ones of mutants, each given by its design, the module to look at, and its number."""
    if not claims:
        return set()
    groups = [
        (place, [number for _, _, number in group])
        for place, group in groupby(sorted(claims), lambda claim: claim[:2])
    ]
    script = ""
    for key in sorted({key for key, _, _ in claims}):
        # Registers start as after a reset.
        text = INITIAL.sub(r"\1~\2", (folder / f"{key}.mutants.v").read_text())
        (folder / f"{key}.reset.v").write_text(text)
        script += READ.format(key=key)
    for index, ((key, top), _) in enumerate(groups):
        script += GATES.format(key=key, top=top, file=f"{index}.aig")
    run_yosys(script, folder, folder / "gates.log", timeout=1200)
    held = set()
    for index, (_, numbers) in enumerate(groups):
        graph = Graph.read(folder / f"{index}.aig")
        for number in numbers:
            for side, chosen in (("gold", 0), ("gate", number)):
                graph.fixed(bits(PORT, chosen, WIDTH)).write(folder / f"{side}_{number}.aig")
            if _never_differ(number, folder, seconds):
                held.add(number)
    return held


def _never_differ(number: int, folder: Path, seconds: float) -> bool:
    script, log = folder / f"check_{number}.abc", folder / f"check_{number}.log"
    script.write_text(CHECK.format(number=number))
    log.unlink(missing_ok=True)
    try:
        run_process([ABC, "-f", script.name], cwd=folder, log=log, timeout=seconds)
    except ToolError:
        return False  # it takes too long
    return "Property proved." in log.read_text() or outputs_are_zero(folder / f"rest_{number}.aig")
