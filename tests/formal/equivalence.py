"""Combinational equivalence checking of two modules, by Yosys and ABC in processes of their own.

Yosys turns both modules into and-inverter graphs, and ABC (``&cec``) proves that their outputs are
equal for all inputs, or gives inputs for which they differ.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys
from hbfp_hw.helpers.processes import run_process
from tests.formal.aiger import Graph

SPEC = Path(__file__).parent / "spec"
# Not imported: the package makes all libraries loaded after it share their symbols.
PYOSYS = find_spec("pyosys")
assert PYOSYS
ABC = Path(str(PYOSYS.origin)).with_name("yosys-abc")

CONFLICTS = 100_000
"""Conflicts after which ABC gives up a node and goes on with the next."""

TO_GRAPH = """\
hierarchy -check -top {top}
proc
flatten
opt
techmap
opt_expr
opt_clean
aigmap
opt_clean -purge
write_aiger -symbols {top}.aig
"""


@dataclass(frozen=True)
class Verdict:
    """Result of an equivalence check.

    Members:
        proven: Cases in which the outputs are equal for all inputs.
        refuted: Counterexamples in ABC's words, for each case in which the outputs can differ.
        undecided: Cases that ABC gave up.
    """

    proven: list[str]
    refuted: dict[str, str]
    undecided: list[str]

    def __str__(self) -> str:
        lines = [f"{case}: {example}" for case, example in self.refuted.items()]
        return "\n".join([*lines, *(f"{case}: undecided" for case in self.undecided)])


def equivalence(
    folder: Path,
    verilog: str,
    specs: list[str],
    cases: Mapping[str, Mapping[str, int]],
    *,
    options: str = "",
    seconds: int = 600,
) -> Verdict:
    """Compare the modules ``gate`` and ``gold``, which have the same ports and no registers.

    Parameters:
        folder: Working folder of Yosys and ABC.
        verilog: Both modules and all that they instantiate, without the specifications.
        specs: Names of the specifications in ``spec/`` that they instantiate.
        cases: For each case, the values of the inputs that it fixes; bits of vectors are named
            ``name[k]``.
        options: Options of ABC's ``&cec`` to try first. Fast ones give no counterexample, so cases
            that they do not prove are run again without them.
        seconds: Time limit of one case, which ABC checks only now and then.
    """
    (folder / "design.v").write_text(verilog)
    sources = " ".join(str(SPEC / f"{spec}.v") for spec in specs)
    commands = [f"read_verilog -formal design.v {sources}", "design -save all"]
    for top in ("gate", "gold"):
        commands += ["design -load all", *TO_GRAPH.format(top=top).splitlines()]
    run_yosys("\n".join(commands) + "\n", folder, folder / "yosys.log", timeout=300)
    graphs = {top: Graph.read(folder / f"{top}.aig") for top in ("gate", "gold")}
    assert graphs["gate"].inputs == graphs["gold"].inputs
    for number, values in enumerate(cases.values()):
        for top, graph in graphs.items():
            graph.fixed(values).write(folder / f"{top}_{number}.aig")
    verdict = _compare(folder, list(cases), options, seconds)
    if options and len(verdict.proven) != len(cases):
        verdict = _compare(folder, list(cases), "", seconds)
    return verdict


def _compare(folder: Path, cases: list[str], options: str, seconds: int) -> Verdict:
    """Run ABC on the graphs of each case."""
    lines = []
    for number in range(len(cases)):
        lines += [
            f"echo case {number}",
            f"&read gate_{number}.aig",
            f"&cec {options} -C {CONFLICTS} -T {seconds} gold_{number}.aig",
        ]
    (folder / "cases.abc").write_text("\n".join(lines) + "\n")
    log = folder / "abc.log"
    log.unlink(missing_ok=True)
    run_process([ABC, "-f", "cases.abc"], cwd=folder, log=log, timeout=60 + seconds * len(cases))
    return _verdict(log.read_text(), cases)


def _verdict(log: str, cases: list[str]) -> Verdict:
    """Read the verdict from ABC's output."""
    parts = re.split(r"^case (\d+) *$", log, flags=re.MULTILINE)[1:]
    assert [int(number) for number in parts[::2]] == list(range(len(cases))), log
    verdict = Verdict([], {}, [])
    for case, text in zip(cases, parts[1::2], strict=True):
        if "Networks are equivalent." in text:
            verdict.proven.append(case)
        elif "Networks are NOT EQUIVALENT." in text:
            verdict.refuted[case] = text[text.find("INPUT:") :].strip()
        else:
            verdict.undecided.append(case)
    return verdict


def bits(name: str, value: int, width: int) -> dict[str, int]:
    """Return the bits of a vector input with a fixed value, by their names."""
    return {f"{name}[{k}]": value >> k & 1 for k in range(width)}


def with_fault(text: str, change: tuple[str, str] | None) -> str:
    """Return Verilog with a planted fault: the first occurrence of one text replaced by another.

    Parameters:
        change: The text and its replacement; None plants no fault.
    """
    if change is None:
        return text
    assert change[0] in text
    return text.replace(*change, 1)
