"""Flops between the stages of a netlist."""

from typing import Any

from hbfp_hw.ppa.staging import insert_flops


def cell(a: int | str, b: int | str, y: int) -> dict[str, Any]:
    """Return a gate in the form of Yosys."""
    return {"type": "nand", "connections": {"A": [a], "B": [b], "Y": [y]}}


def module() -> dict[str, Any]:
    """Return a module of two gates, an input that leads to an output, and a constant output."""
    return {
        "ports": {
            "clk": {"direction": "input", "bits": [2]},
            "i": {"direction": "input", "bits": [3, 4]},
            "o": {"direction": "output", "bits": [6, 3, "1"]},
        },
        "cells": {"one": cell(3, 4, 5), "two": cell(5, 4, 6)},
        "netnames": {"o": {"bits": [6, 3, "1"]}},
    }


def depths(staged: dict[str, Any]) -> dict[int, tuple[int, int]]:
    """Return the net at the start of the chain of each flop, and the flops up to its output."""
    flops = [each["connections"] for each in staged["cells"].values() if "Q" in each["connections"]]
    assert all(each["C"] == [2] for each in flops)
    before = {each["Q"][0]: each["D"][0] for each in flops}
    found = {}
    for net in before:
        start, count = net, 0
        while start in before:
            start, count = before[start], count + 1
        found[net] = (start, count)
    return found


def test_nets_are_delayed_by_the_stages_they_cross() -> None:
    staged = module()
    count = insert_flops(staged, {"one": 0, "two": 2}, {"one": "Y", "two": "Y"}, 3)
    one, two = (staged["cells"][name]["connections"] for name in ("one", "two"))
    assert (one["A"], one["B"], one["Y"], two["Y"]) == ([3], [4], [5], [6])
    chains = depths(staged)
    assert chains[two["A"][0]] == (5, 2)
    assert chains[two["B"][0]] == (4, 2)
    result, through, constant = staged["ports"]["o"]["bits"]
    assert (chains[result], chains[through], constant) == ((6, 1), (3, 3), "1")
    assert count == len(chains) == 2 + 2 + 1 + 3


def test_one_chain_serves_all_readers() -> None:
    staged = module()
    # Net 3 goes to gate "one" behind the first rank and to an output behind the second.
    assert insert_flops(staged, {"one": 1, "two": 1}, {"one": "Y", "two": "Y"}, 2) == 2 + 1 + 1


def test_old_names_of_ports_are_dropped() -> None:
    staged = module()
    insert_flops(staged, {"one": 0, "two": 0}, {"one": "Y", "two": "Y"}, 1)
    assert not staged["netnames"]
