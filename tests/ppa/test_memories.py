"""Cells that become ports: memories and flops."""

from typing import Any

from hbfp_hw.ppa.memories import Memory, without_flops, without_memories


def module() -> dict[str, Any]:
    """Return a module with a memory between two flops, in the form of Yosys."""
    memory = {
        "type": "hbfp_memory",
        "parameters": {"SIZE": "1000", "WIDTH": "11", "RD_PORTS": "01", "WR_PORTS": 1},
        "connections": {
            "RD_CLK": [2],
            "RD_ADDR": [3, 4, "0"],
            "RD_DATA": [5, 6],
            "WR_DATA": [7, "1"],
            "WR_EN": ["1", "1"],
        },
    }
    flops = {
        name: {"type": "$_DFF_P_", "connections": {"C": [2], "D": [data], "Q": [output]}}
        for name, data, output in (("late", 6, 8), ("early", 5, 7))
    }
    return {"ports": {}, "cells": {"memory": memory, **flops}}


def test_memory_becomes_ports() -> None:
    changed = module()
    (memory,) = without_memories(changed)
    assert memory == Memory("memory_0", words=8, width=3, read_ports=1, write_ports=1)
    assert memory.bits == 24
    assert changed["cells"].keys() == {"late", "early"}
    assert changed["ports"] == {
        "memory_0__RD_DATA": {"direction": "input", "bits": [5, 6]},
        "memory_0__RD_ADDR": {"direction": "output", "bits": [3, 4]},
        "memory_0__WR_DATA": {"direction": "output", "bits": [7]},
    }


def test_flops_become_two_ports_in_the_order_of_their_names() -> None:
    changed = module()
    assert without_flops(changed, {"$_DFF_P_": ("D", "Q")}) == ["early", "late"]
    assert changed["cells"].keys() == {"memory"}
    assert changed["ports"] == {
        "state": {"direction": "input", "bits": [7, 8]},
        "next": {"direction": "output", "bits": [5, 6]},
    }


def test_module_without_flops_stays() -> None:
    changed = module()
    assert without_flops(changed, {"other": ("D", "Q")}) == []
    assert changed == module()
