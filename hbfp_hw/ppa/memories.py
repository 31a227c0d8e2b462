"""Cells of a netlist that become ports: memories, which are not mapped, and flops for a proof."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hbfp_hw.area.scripts import MEMORY

Module = dict[str, Any]
"""A module of the JSON that Yosys writes."""

READ = ("RD_DATA",)
WRITTEN = ("RD_ADDR", "RD_EN", "RD_SRST", "WR_ADDR", "WR_DATA", "WR_EN")
"""Pins of a memory that a design reads and that it drives, without the clocks."""


@dataclass(frozen=True)
class Memory:
    """A memory of a unit.

    Members:
        name: First part of the names of its ports: ``memory_0`` in ``memory_0__RD_DATA``.
        words: Number of words.
        width: Bits of a word.
        read_ports, write_ports: Number of ports.
    """

    name: str
    words: int
    width: int
    read_ports: int
    write_ports: int

    @property
    def bits(self) -> int:
        """Bits of the memory."""
        return self.words * self.width


def without_memories(module: Module) -> list[Memory]:
    """Remove the memories from a module, turn their pins into ports, and return them.

    The data that a memory returns are an input port of the module; addresses, enables and data to
    be written are output ports.
    """
    memories: list[Memory] = []
    for cell in _of_types(module, [MEMORY]):
        name = f"memory_{len(memories)}"
        removed = module["cells"].pop(cell)
        sizes = {key: _number(removed["parameters"][key]) for key in ("SIZE", "WIDTH")}
        ports = {key: _number(removed["parameters"][f"{key}_PORTS"]) for key in ("RD", "WR")}
        memories.append(Memory(name, sizes["SIZE"], sizes["WIDTH"], ports["RD"], ports["WR"]))
        for direction, pins in (("input", READ), ("output", WRITTEN)):
            for pin in pins:
                bits = [bit for bit in removed["connections"].get(pin, []) if isinstance(bit, int)]
                if bits:
                    module["ports"][f"{name}__{pin}"] = {"direction": direction, "bits": bits}
    return memories


def without_flops(module: Module, pins: Mapping[str, tuple[str, str]]) -> list[str]:
    """Remove the flops from a module and turn them into two ports, and return their names.

    The input port ``state`` has the outputs of the flops, and the output port ``next`` has their
    inputs, in the order of the flops' names.

    Parameters:
        module: The module.
        pins: Input and output pin of each type of flop.
    """
    flops = _of_types(module, pins)
    state: list[int | str] = []
    following: list[int | str] = []
    for flop in flops:
        removed = module["cells"].pop(flop)
        data, output = pins[removed["type"]]
        following += removed["connections"][data]
        state += removed["connections"][output]
    if flops:
        module["ports"]["state"] = {"direction": "input", "bits": state}
        module["ports"]["next"] = {"direction": "output", "bits": following}
    return flops


def _of_types(module: Module, types: Iterable[str]) -> list[str]:
    """Return the names of the cells of some types, in ascending order."""
    wanted = set(types)
    return sorted(name for name, cell in module["cells"].items() if cell["type"] in wanted)


def _number(parameter: str | int) -> int:
    """Return the value of a parameter, which is a string of binary digits unless it is small."""
    return parameter if isinstance(parameter, int) else int(parameter, 2)
