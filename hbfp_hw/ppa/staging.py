"""Insertion of flops between the stages of a netlist, in the JSON of Yosys."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from hbfp_hw.ppa.netlist import ONE

FLOP = "$_DFF_P_"


def insert_flops(
    module: dict[str, Any], stage: Mapping[str, int], outputs: Mapping[str, str], ranks: int
) -> int:
    """Insert flops wherever a net crosses a rank, and return their number.

    The input ports belong to stage 0, and the output ports lie behind the last rank.

    Parameters:
        module: The module, which has an input port ``clk`` and no flops.
        stage: Stage of each cell by its name.
        outputs: Output pin of each cell by the cell's name.
        ranks: Number of ranks.
    """
    module["netnames"] = {}  # Yosys would connect the old net of a port to the new one
    cells = module["cells"]
    ports = module["ports"]
    clock = ports["clk"]["bits"][0]
    driven = {cells[name]["connections"][pin][0]: stage[name] for name, pin in outputs.items()}
    bits = [bit for port in ports.values() for bit in port["bits"]]
    bits += [bit for cell in cells.values() for pin in cell["connections"].values() for bit in pin]
    fresh = max((bit for bit in bits if isinstance(bit, int)), default=ONE) + 1
    chains: dict[int, list[int]] = {}

    def delayed(bit: int | str, at: int) -> int | str:
        """Return the net that has the value of a net for a stage."""
        nonlocal fresh
        if isinstance(bit, str):
            return bit
        chain = chains.setdefault(bit, [bit])
        wanted = at - driven.get(bit, 0)
        while len(chain) <= wanted:
            chain.append(fresh)
            fresh += 1
        return chain[wanted]

    for name, cell in cells.items():
        for pin, nets in cell["connections"].items():
            if pin != outputs[name]:
                cell["connections"][pin] = [delayed(bit, stage[name]) for bit in nets]
    for port in ports.values():
        if port["direction"] == "output":
            port["bits"] = [delayed(bit, ranks) for bit in port["bits"]]
    count = 0
    for chain in chains.values():
        for data, output in pairwise(chain):
            cells[f"rank_{count}"] = {
                "type": FLOP,
                "port_directions": {"C": "input", "D": "input", "Q": "output"},
                "connections": {"C": [clock], "D": [data], "Q": [output]},
            }
            count += 1
    return count
