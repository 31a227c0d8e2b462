"""Proof that a mutant is equivalent: its outputs never differ from those of its design.

Both are put side by side as one circuit that starts from reset and has common inputs. ABC proves by
property-directed reachability (``pdr``) that no output ever differs, for all times.
"""

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
"""Yosys commands that write a design with all its mutants as an AIGER file."""

CHECK = """\
miter gold_{number}.aig gate_{number}.aig
strash
scorr
write_aiger rest_{number}.aig
pdr
"""
"""ABC commands that prove that a mutant and its design never differ in an output."""


def proven(
    mutants: Sequence[Mutant], tops: Mapping[str, str], folder: Path, seconds: float
) -> set[int]:
    """Return the numbers of the mutants that are proven equivalent.

    The changed module is tried alone first, which is quick. A mutant may be equivalent only for the
    inputs that the module gets in its design; then the whole design is tried.

    Parameters:
        mutants: Mutants to try.
        tops: Top module of each design that is small enough to be tried as a whole.
        folder: Folder in which :func:`~tests.mutation.netlist.mutate` worked.
        seconds: Time limit of one proof.
    """
    claims = [(each.design, each.module.removeprefix("\\"), each.number) for each in mutants]
    held = _proven(claims, folder, seconds)
    left = [each for each in mutants if each.number not in held and each.design in tops]
    return held | _proven(
        [(each.design, tops[each.design], each.number) for each in left], folder, seconds
    )


def _proven(claims: Sequence[tuple[str, str, int]], folder: Path, seconds: float) -> set[int]:
    """Return the numbers of the proven claims.

    Parameters:
        claims: Key of the design, module to compare, and number of the mutant.
    """
    if not claims:
        return set()
    groups = [
        (place, [number for _, _, number in group])
        for place, group in groupby(sorted(claims), lambda claim: claim[:2])
    ]
    script = ""
    for key in sorted({key for key, _, _ in claims}):
        # Initial values are those after reset.
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
    """Return True if ABC proves the claim within the time limit."""
    script, log = folder / f"check_{number}.abc", folder / f"check_{number}.log"
    script.write_text(CHECK.format(number=number))
    log.unlink(missing_ok=True)
    try:
        run_process([ABC, "-f", script.name], cwd=folder, log=log, timeout=seconds)
    except ToolError:
        return False  # the time limit
    return "Property proved." in log.read_text() or outputs_are_zero(folder / f"rest_{number}.aig")
