"""Induction with a written invariant, on the graph of emitted Verilog.

An engine is too large for a solver that must find its invariant by itself. So the invariant is
written down, as facts about inner signals and outputs. The proof shows that all facts hold after
reset, and that each holds in the cycle after one in which all hold. The claim about the unit is one
of the facts, so it holds in every cycle.
"""

import re
from pathlib import Path

from hbfp_hw.helpers.processes import run_process
from tests.formal.aiger import Graph
from tests.formal.equivalence import ABC

CONFLICTS = 10_000_000
"""Conflicts after which ABC gives up a fact."""

SEARCHES = ("sim3 -F 300 -W 8 -R 12", "bmc3 -F 30 -T 60")
"""ABC's searches for a counterexample: random simulation (twelve times 512 runs of 300 cycles), and
bounded model checking of the first 30 cycles."""


def unproven(folder: Path, *, patience: int = 1) -> str:
    """Prove that no output of the model in a folder is ever 1; return what is not proven, or "".

    Parameters:
        folder: Folder with ``top.aig``; ABC works there.
        patience: Cycles of the induction step of the last output, which stands for a deadlock. The
            step of all other outputs is one cycle.
    """
    # Registers that are always equal are merged, such as the copies of memories.
    log = folder / "reduce.log"
    reduce = "read_aiger top.aig; strash; lcorr; dc2; write_aiger reduced.aig"
    run_process([ABC, "-c", reduce], cwd=folder, log=log, timeout=300)
    graph = Graph.read(folder / "reduced.aig")
    goals = induction(graph, patience)
    goals.write(folder / "induction.aig")
    log = folder / "induction.log"
    solve = f"&read induction.aig; &sat -C {CONFLICTS} -v"
    run_process([ABC, "-c", solve], cwd=folder, log=log, timeout=3600)
    text = log.read_text()
    # ABC skips outputs that are constant, and stops at the first that can be 1.
    found = re.search(r"^Unsat calls +(\d+)", text, re.MULTILINE)
    proven = int(found[1]) if found else 0
    open_goals = sum(end != 0 for end in goals.outputs) - proven
    return f"{open_goals} goals not proven" if open_goals or not proven else ""


def induction(graph: Graph, patience: int) -> Graph:
    """Return a combinational graph with one output per goal: base and step of each fact.

    An output that can be 1 is a goal that does not hold.
    """
    inputs, latches = len(graph.inputs), len(graph.latches)
    unrolled = Unrolled((patience + 1) * inputs + latches)
    given = [unrolled.literals(cycle * inputs, inputs) for cycle in range(patience + 1)]
    ends, state = [], [0] * latches
    for cycle in range(patience):
        state, base = unrolled.cycle(graph, given[cycle], state)
        ends += base[-1:] if cycle else base
    state = unrolled.literals((patience + 1) * inputs, latches)
    good = 1
    for cycle in range(patience + 1):
        state, wrong = unrolled.cycle(graph, given[cycle], state)
        if cycle == 0:
            for fact in wrong:
                good = unrolled.both(good, fact ^ 1)
        elif cycle == 1:
            ends += [unrolled.both(good, fact) for fact in wrong[: -1 if patience > 1 else None]]
    if patience > 1:
        ends.append(unrolled.both(good, wrong[-1]))
    return Graph([""] * unrolled.inputs, [], ends, unrolled.gates, b"")


class Unrolled:
    """Combinational graph that grows cycle by cycle; equal gates are merged.

    Members:
        inputs: Number of inputs.
        gates: Literals of the operands of each AND gate.
    """

    def __init__(self, inputs: int):
        self.inputs = inputs
        self.gates: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}

    def literals(self, first: int, count: int) -> list[int]:
        """Return the literals of consecutive inputs."""
        return [2 * (first + k) + 2 for k in range(count)]

    def both(self, left: int, right: int) -> int:
        """Return the literal of the AND of two literals."""
        left, right = max(left, right), min(left, right)
        if right == 0 or left == right ^ 1:
            return 0
        if right == 1 or left == right:
            return left
        if (left, right) not in self._known:
            self.gates.append((left, right))
            self._known[left, right] = 2 * (self.inputs + len(self.gates))
        return self._known[left, right]

    def cycle(
        self, graph: Graph, inputs: list[int], state: list[int]
    ) -> tuple[list[int], list[int]]:
        """Add one cycle of a graph with latches; return the literals of next state and outputs."""
        known = [0, *inputs, *state]

        def literal(old: int) -> int:
            return known[old >> 1] ^ old & 1

        for left, right in graph.gates:
            known.append(self.both(literal(left), literal(right)))
        return [literal(end) for end in graph.latches], [literal(end) for end in graph.outputs]


def counterexample(folder: Path) -> str:
    """Search for an output of the model in a folder that becomes 1 soon after reset.

    Returns:
        "wrong in cycle k", or that no counterexample was found.
    """
    for search in SEARCHES:
        log = folder / f"{search.split()[0]}.log"
        command = f"read_aiger top.aig; strash; {search}"
        run_process([ABC, "-c", command], cwd=folder, log=log, timeout=300)
        if found := re.search(r"was asserted in frame (\d+)", log.read_text()):
            return f"wrong in cycle {found[1]}"
    return "no counterexample found"
