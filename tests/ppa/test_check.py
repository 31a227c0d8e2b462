"""Comparison of netlists with expected results."""

import re

import numpy as np
import pytest

from hbfp_hw.ppa import check
from hbfp_hw.ppa.check import Comparison, check_netlist
from hbfp_hw.ppa.netlist import Netlist

NETLIST = Netlist("top", [], {}, {}, 2)


class Outputs:
    """Result of a simulation with given outputs."""

    def __init__(self, **outputs: np.ndarray):
        self.outputs = outputs


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Results of two ports, which a simulation gives one cycle late with one wrong bit."""
    rng = np.random.default_rng(3)
    y, z = (rng.integers(0, 2, (2, 9, width)).astype(bool) for width in (4, 1))
    late = {name: np.roll(value, 1, axis=1) for name, value in (("y", y), ("z", z))}
    late["z"][1, 5, 0] ^= True
    late["y"][1, 5, 2] ^= True
    late["y"][0, 0] ^= True  # no operand causes it
    monkeypatch.setattr(check, "simulate", lambda *_: Outputs(**late))
    return {"y": y, "z": z}


def test_result_with_two_wrong_ports_counts_once(expected: dict[str, np.ndarray]) -> None:
    assert check_netlist(NETLIST, {}, expected, 1) == Comparison(16, 1, ("y", 1, 4))


def test_right_port_alone(expected: dict[str, np.ndarray]) -> None:
    expected = {"y": expected["y"][:1]}
    with pytest.raises(ValueError, match=re.escape("shape (2, 9, 4), with more than 1 cycles")):
        check_netlist(NETLIST, {}, expected, 1)


def test_latency_beyond_the_stream(expected: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match=r"^Expected values of y must have .* not \(2, 9, 4\)$"):
        check_netlist(NETLIST, {}, expected, 9)


def test_nothing_expected() -> None:
    with pytest.raises(ValueError, match=r"^Expected values must be given for at least one port$"):
        check_netlist(NETLIST, {}, {}, 1)
