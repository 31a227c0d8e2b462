"""Facts about emitted Verilog that hold in every cycle, proven together by induction.

Streams of a whole engine are too much for a solver that looks for its invariant by itself. So the
invariant is written down: facts about inner signals, which hold after a reset, and of which none
can fail in the cycle after one in which all hold. What a unit promises is one of them.
"""

import re
from pathlib import Path

from hbfp_hw.helpers.processes import run_process
from tests.formal.aiger import Graph
from tests.formal.equivalence import ABC

CONFLICTS = 10_000_000
"""Conflicts after which ABC gives a fact up."""

SEARCHES = ("sim3 -F 300 -W 8 -R 12", "bmc3 -F 30 -T 60")
"""Random simulation, twelve times 512 runs of 300 cycles; all ways to fail within 30 cycles."""


def holds(folder: Path, *, patience: int = 1) -> str:
    """Whether no output of the model in a folder can ever be 1: nothing, or what is not proven.

    Parameters:
        patience: Cycles after which the last output is looked at, where all were 0; the others are
            after one.
    """
    # Registers that are always equal become one, as copies of memories are.
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
    # ABC passes over outputs that are constant, and stops at the first that can be 1.
    found = re.search(r"^Unsat calls +(\d+)", text, re.MULTILINE)
    proven = int(found[1]) if found else 0
    open_goals = sum(end != 0 for end in goals.outputs) - proven
    return f"{open_goals} goals not proven" if open_goals or not proven else ""


def induction(graph: Graph, patience: int) -> Graph:
    """Some cycles as one graph without registers: an output per fact for the base and the step."""
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
    """A graph without registers that grows cycle by cycle; equal gates are one."""

    def __init__(self, inputs: int):
        self.inputs = inputs
        self.gates: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}

    def literals(self, first: int, count: int) -> list[int]:
        """Literals of inputs in a row."""
        return [2 * (first + k) + 2 for k in range(count)]

    def both(self, left: int, right: int) -> int:
        """The AND of two literals."""
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
        """The next state and the outputs of a graph with registers."""
        known = [0, *inputs, *state]

        def literal(old: int) -> int:
            return known[old >> 1] ^ old & 1

        for left, right in graph.gates:
            known.append(self.both(literal(left), literal(right)))
        return [literal(end) for end in graph.latches], [literal(end) for end in graph.outputs]


def counterexample(folder: Path) -> str:
    """A way from reset to an output of the model in a folder that is 1, if one is found soon."""
    for search in SEARCHES:
        log = folder / f"{search.split()[0]}.log"
        command = f"read_aiger top.aig; strash; {search}"
        run_process([ABC, "-c", command], cwd=folder, log=log, timeout=300)
        if found := re.search(r"was asserted in frame (\d+)", log.read_text()):
            return f"wrong in cycle {found[1]}"
    return "no counter-example found"
