"""Ranks of registers in a combinational netlist: the fewest flops for a given delay of a stage.

A stage is what lies between two ranks. Each gate gets a number of a stage, which never falls along
a path. The delays decide which gates must lie before a rank and which ones behind it; among the
places that remain, a smallest cut has the fewest nets, each of which costs one flop.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.min_cut import UNLIMITED, CutGraph
from hbfp_hw.ppa.netlist import Netlist

SEARCH_STEPS = 16
"""Bisections in the search for the shortest delay of a stage."""


@dataclass(frozen=True)
class Stages:
    """The stages of the gates of a netlist.

    Members:
        stage: Stage of each gate, 0 to the number of ranks.
        delay: Delay in ns that no stage exceeds.
        flops: Flops in each rank.
    """

    stage: NDArray[np.int64]
    delay: float
    flops: Sequence[int]


def place_ranks(
    netlist: Netlist,
    delays: Mapping[tuple[int, str, str], tuple[float, float]],
    ranks: int,
    slack: float = 0.0,
) -> Stages:
    """Return stages of nearly equal delay with few flops between them.

    Parameters:
        netlist: Netlist without flops.
        delays: Delays of each gate in ns, as in :class:`.Timing`.
        ranks: Number of ranks.
        slack: Part of the shortest possible delay by which a stage may be longer, so that the ranks
            need fewer flops.
    """
    graph = _Gates(netlist, delays)
    low, high = max(graph.delay, default=0.0), sum(graph.delay)
    high = max(graph.earliest(high, [0] * len(graph.delay), 0)[1], default=0.0)
    for _ in range(SEARCH_STEPS):
        middle = (low + high) / 2
        stages, _ = graph.earliest(middle, [0] * len(graph.delay), 0)
        if max(stages, default=0) <= ranks:
            high = middle
        else:
            low = middle
    limit = high * (1 + slack)
    latest = graph.latest(limit, ranks)
    stage = [ranks] * len(graph.delay)
    flops = []
    for rank in range(1, ranks + 1):
        earliest, _ = graph.earliest(limit, stage, rank - 1)
        before = [stage[gate] < rank - 1 or latest[gate] < rank for gate in range(len(stage))]
        behind = [at >= rank for at in earliest]
        for gate in graph.cut(before, behind):
            stage[gate] = min(stage[gate], rank - 1)
        flops.append(graph.crossing(stage, rank))
    return Stages(np.array(stage, np.int64), limit, flops)


class _Gates:
    """The gates of a netlist as a graph.

    Members:
        delay: Delay of each gate in ns.
        order: Gates, each one after those that drive it.
        sources: Gates that drive each gate.
        nets: For each net that a gate reads, except for constants: the gate that drives it, or None
            for an input, and the gates that read it. A reader None stands for an output.
    """

    def __init__(
        self, netlist: Netlist, delays: Mapping[tuple[int, str, str], tuple[float, float]]
    ):
        self.delay = [0.0] * len(netlist.gates)
        for (gate, _, _), edges in delays.items():
            self.delay[gate] = max(self.delay[gate], sum(edges) / 2)
        self.order = netlist.order
        drivers = netlist.drivers
        self.sources = [
            sorted({drivers[net] for net in gate.inputs.values() if net in drivers})
            for gate in netlist.gates
        ]
        outputs = {net for nets in netlist.outputs.values() for net in nets}
        inputs = {net for nets in netlist.inputs.values() for net in nets}
        self.nets: list[tuple[int | None, list[int | None]]] = []
        for net in sorted(drivers.keys() | inputs):
            readers: list[int | None] = [gate for gate, _ in netlist.readers.get(net, ())]
            if net in outputs:
                readers.append(None)
            if readers:
                self.nets.append((drivers.get(net), readers))
        self.targets: list[list[int]] = [[] for _ in self.delay]
        for gate, sources in enumerate(self.sources):
            for source in sources:
                self.targets[source].append(gate)

    def earliest(
        self, limit: float, stage: Sequence[int], first: int
    ) -> tuple[list[int], list[float]]:
        """Return the earliest stage of each gate, and its arrival there in ns.

        Parameters:
            limit: Longest delay of a stage in ns.
            stage: Stages of the gates, which are final where they are below ``first``.
            first: Earliest stage of the other gates.
        """
        found = list(stage)
        arrivals = [0.0] * len(found)
        for gate in self.order:
            if found[gate] < first:
                continue
            at, arrival = first, 0.0
            for source in self.sources[gate]:
                if found[source] > at:
                    at, arrival = found[source], arrivals[source]
                elif found[source] == at:
                    arrival = max(arrival, arrivals[source])
            arrival += self.delay[gate]
            if arrival > limit:
                at, arrival = at + 1, self.delay[gate]
            found[gate], arrivals[gate] = at, arrival
        return found, arrivals

    def latest(self, limit: float, last: int) -> list[int]:
        """Return the latest stage of each gate from which ``last`` can be the final stage."""
        found = [last] * len(self.delay)
        remaining = [0.0] * len(found)
        for gate in reversed(self.order):
            at, rest = last, 0.0
            for target in self.targets[gate]:
                if found[target] < at:
                    at, rest = found[target], remaining[target]
                elif found[target] == at:
                    rest = max(rest, remaining[target])
            rest += self.delay[gate]
            if rest > limit:
                at, rest = at - 1, self.delay[gate]
            found[gate], remaining[gate] = at, rest
        return found

    def cut(self, before: Sequence[bool], behind: Sequence[bool]) -> list[int]:
        """Return the gates before a rank that has the fewest flops.

        Parameters:
            before: Whether each gate must lie before the rank.
            behind: Whether each gate must lie behind it.
        """
        gates = len(self.delay)
        graph = CutGraph(gates + len(self.nets) + 2)
        inputs, outputs = gates + len(self.nets), gates + len(self.nets) + 1
        for number, (driver, readers) in enumerate(self.nets):
            net = gates + number
            graph.add_edge(inputs if driver is None else driver, net, 1)
            for reader in readers:
                # The opposite direction: no reader lies before a rank that its driver lies behind.
                end = outputs if reader is None else reader
                graph.add_edge(net, end, UNLIMITED)
                graph.add_edge(end, inputs if driver is None else driver, UNLIMITED)
        sources = [inputs, *(gate for gate in range(gates) if before[gate])]
        sinks = [outputs, *(gate for gate in range(gates) if behind[gate])]
        found = graph.smallest_cut(sources, sinks)
        return [gate for gate in range(gates) if gate in found]

    def crossing(self, stage: Sequence[int], rank: int) -> int:
        """Return the number of nets that cross a rank, the first of which is 1."""
        return sum(
            (driver is None or stage[driver] < rank)
            and any(reader is None or stage[reader] >= rank for reader in readers)
            for driver, readers in self.nets
        )
