"""Equivalence of two modules for all inputs, by Yosys and ABC in processes of their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hbfp_hw.area.yosys import run_yosys
from hbfp_hw.helpers.processes import run_process
from tests.formal.aiger import Graph

SPEC = Path(__file__).parent / "spec"
# Found and not imported: the package has all libraries loaded after it share their symbols.
PYOSYS = find_spec("pyosys")
assert PYOSYS
ABC = Path(str(PYOSYS.origin)).with_name("yosys-abc")

CONFLICTS = 100_000
"""Conflicts after which ABC gives a node up and turns to the next."""

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
    """Result of a proof.

    Members:
        proven: Cases in which both modules give the same outputs for all inputs.
        refuted: Counter-examples of the others, as ABC words them.
        undecided: Cases that took too long.
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
        folder: Where to work.
        verilog: Both modules and what they instantiate, besides the specifications.
        specs: Specifications in ``spec/``.
        cases: For each case the inputs, bits of vectors by ``name[k]``, that have one value in it.
        options: Of ABC's ``&cec``, to try first: the faster ones give no counter-example.
        seconds: Limit of one case, of which ABC takes notice now and then.
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
    """Have ABC compare the graphs of each case."""
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
    """The bits of a vector input that has one value in a case."""
    return {f"{name}[{k}]": value >> k & 1 for k in range(width)}


def changed(text: str, change: tuple[str, str] | None) -> str:
    """The text with the first of one text replaced by another, which makes a fault."""
    if change is None:
        return text
    assert change[0] in text
    return text.replace(*change, 1)
