"""Ranks of registers: stages that keep the delay, with the fewest flops."""

from itertools import product

import numpy as np
import pytest

from hbfp_hw.ppa.liberty import Cell, Input, Output
from hbfp_hw.ppa.min_cut import UNLIMITED, CutGraph
from hbfp_hw.ppa.netlist import Gate, Netlist
from hbfp_hw.ppa.ranks import Stages, place_ranks

GATE = Cell(
    name="gate",
    area=1.0,
    leakage=0.0,
    inputs={pin: Input(pin, 1.0) for pin in "AB"},
    outputs={"Y": Output("Y", None, frozenset("AB"), (), {})},
)
Delays = dict[tuple[int, str, str], tuple[float, float]]


def random_netlist(seed: int, gates: int, inputs: int) -> tuple[Netlist, Delays]:
    """Return a random netlist, whose last gates are outputs, and the delays of its gates."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(gates):
        nets = rng.integers(2, 2 + inputs + number, 2)
        made.append(
            Gate(
                f"g{number}",
                GATE,
                {"A": int(nets[0]), "B": int(nets[1])},
                {"Y": 2 + inputs + number},
            )
        )
    nets = list(range(2, 2 + inputs + gates))
    netlist = Netlist("random", made, {"i": nets[:inputs]}, {"o": nets[-2:]}, 2 + len(nets))
    delays = {(gate, "Y", "A"): (d, 2 * d) for gate, d in enumerate(rng.uniform(0.5, 1.5, gates))}
    return netlist, delays


def longest(netlist: Netlist, delays: Delays, stage: list[int]) -> float | None:
    """Return the longest delay of a stage, or None if a stage number falls along a path."""
    arrivals = [0.0] * len(stage)
    for number in netlist.order:
        for net in netlist.gates[number].inputs.values():
            driver = netlist.drivers.get(net)
            if driver is not None and stage[driver] > stage[number]:
                return None
            if driver is not None and stage[driver] == stage[number]:
                arrivals[number] = max(arrivals[number], arrivals[driver])
        arrivals[number] += sum(delays[number, "Y", "A"]) / 2
    return max(arrivals)


def flops(netlist: Netlist, stage: list[int], ranks: int) -> list[int]:
    """Return the number of nets that cross each rank."""
    counts = [0] * ranks
    outputs = netlist.outputs["o"]
    for net in range(2, netlist.nets):
        first = stage[netlist.drivers[net]] if net in netlist.drivers else 0
        last = max([stage[gate] for gate, _ in netlist.readers.get(net, ())], default=first)
        if net in outputs:
            last = ranks
        for rank in range(first, last):
            counts[rank] += 1
    return counts


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("slack", [0.0, 0.3])
def test_one_rank_has_the_fewest_flops_of_all(seed: int, slack: float) -> None:
    netlist, delays = random_netlist(seed, gates=9, inputs=4)
    found = place_ranks(netlist, delays, 1, slack)
    options = []
    for stage in product((0, 1), repeat=9):
        delay = longest(netlist, delays, list(stage))
        if delay is not None:
            options.append((delay, sum(flops(netlist, list(stage), 1))))
    shortest = min(delay for delay, _ in options)
    assert found.delay == pytest.approx(shortest * (1 + slack), rel=1e-3)
    assert sum(found.flops) == min(count for delay, count in options if delay <= found.delay)


@pytest.mark.parametrize("ranks", [1, 2, 4])
@pytest.mark.parametrize("slack", [0.0, 0.2])
def test_stages_keep_their_delay(ranks: int, slack: float) -> None:
    netlist, delays = random_netlist(99, gates=200, inputs=12)
    found = place_ranks(netlist, delays, ranks, slack)
    stage = [int(at) for at in found.stage]
    delay = longest(netlist, delays, stage)
    assert delay is not None
    assert delay <= found.delay
    assert found.flops == flops(netlist, stage, ranks)
    assert 0 <= min(stage) <= max(stage) <= ranks


def test_slack_saves_flops() -> None:
    netlist, delays = random_netlist(7, gates=300, inputs=20)
    tight, loose = (place_ranks(netlist, delays, 1, slack) for slack in (0.0, 0.3))
    assert sum(loose.flops) < sum(tight.flops)


def test_netlist_without_gates() -> None:
    netlist = Netlist("wires", [], {"i": [2]}, {"o": [2]}, 3)
    found = place_ranks(netlist, {}, 2)
    assert isinstance(found, Stages)
    assert (found.stage.size, found.delay, found.flops) == (0, 0.0, [1, 1])


def test_cut_takes_the_smaller_capacity() -> None:
    graph = CutGraph(4)
    for tail, head, capacity in ((0, 1, 3), (0, 2, 2), (1, 3, 1), (2, 3, 4), (1, 2, 1)):
        graph.add_edge(tail, head, capacity)
    assert graph.smallest_cut([0], [3]) == {0, 1}  # 2 + 1 + 1 against 3 + 2 and 1 + 4


def test_cut_must_exist() -> None:
    graph = CutGraph(2)
    graph.add_edge(0, 1, UNLIMITED)
    with pytest.raises(ValueError, match=r"^No cut separates the sources from the sinks$"):
        graph.smallest_cut([0], [1])
