"""Comparison of a mapped netlist with expected results."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.activity import simulate
from hbfp_hw.ppa.netlist import Netlist

Streams = Mapping[str, NDArray[np.bool_]]
"""Values of ports over time: for each port an array, streams x cycles x width."""

LEAST_VECTORS = 10_000
"""Results that a comparison must cover before a figure of its netlist is printed."""


@dataclass(frozen=True)
class Comparison:
    """A comparison of a netlist with expected results.

    Members:
        vectors: Results that were compared.
        wrong: Results that differ in at least one bit.
        first: Port, stream and cycle of the first wrong result; None if all are right.
    """

    vectors: int
    wrong: int
    first: tuple[str, int, int] | None


def check_netlist(
    netlist: Netlist, stimulus: Streams, expected: Streams, latency: int
) -> Comparison:
    """Simulate a netlist without delays and compare its results with those expected.

    Parameters:
        netlist: The netlist.
        stimulus: Values of its input ports.
        expected: Values of output ports that operands cause, in the cycles of these operands.
        latency: Cycles from operands to results. The results of the last ``latency`` operands of a
            stream are not compared.

    Raises:
        ValueError: The arrays have other shapes than the ports, or are too short.
    """
    if not expected:
        raise ValueError("Expected values must be given for at least one port")
    outputs = simulate(netlist, stimulus).outputs
    wrong = []
    first = None
    for port, wanted in expected.items():
        found = outputs[port]
        if found.shape != wanted.shape or wanted.shape[1] <= latency:
            raise ValueError(
                f"Expected values of {port} must have the shape {found.shape},"
                f" with more than {latency} cycles, not {wanted.shape}"
            )
        differ = (found[:, latency:] != wanted[:, : wanted.shape[1] - latency]).any(axis=2)
        if first is None and differ.any():
            stream, cycle = np.argwhere(differ)[0]
            first = (port, int(stream), int(cycle))
        wrong.append(differ)
    every = np.logical_or.reduce(wrong)
    return Comparison(vectors=every.size, wrong=int(every.sum()), first=first)
