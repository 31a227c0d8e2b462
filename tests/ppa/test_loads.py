"""Loads of nets, added up by hand."""

import math

import pytest

from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.netlist import Netlist
from tests.ppa.circuits import CLOCK, Circuit


@pytest.fixture
def netlist(small: CellLibrary) -> Netlist:
    """Two gates on input 3 and two flops; output 4 is two bits of a port, output 6 is one."""
    circuit = Circuit(small)
    a = circuit.net()
    inverted = circuit.add("INV", A=a)
    mixed = circuit.add("XOR2", A=a, B=inverted)
    circuit.add("DFF", D=mixed)
    circuit.add("DFF", D=1)
    return circuit.finish({"a": [a]}, {"o": [inverted, inverted], "q": [6]})


def test_pins_and_ports(netlist: Netlist) -> None:
    loads = net_loads(netlist)
    assert loads.shape == (netlist.nets,)
    assert loads[CLOCK] == pytest.approx(2 * 0.0016)
    assert loads[3] == pytest.approx(0.002 + 0.0041)
    assert loads[4] == pytest.approx(0.0038 + 2 * 0.005)
    assert loads[5] == pytest.approx(0.0014)
    assert loads[6] == pytest.approx(0.005)
    assert loads[7] == 0.0


def test_wires_and_other_ports(netlist: Netlist) -> None:
    extra = net_loads(netlist, wires={3: 0.25, 6: 0.5}, output_load=0.0) - net_loads(netlist)
    assert extra.tolist() == pytest.approx([0, 0, 0, 0.25, -0.01, 0, 0.495, 0])


@pytest.mark.parametrize("value", [-0.001, math.nan])
def test_errors(netlist: Netlist, value: float) -> None:
    with pytest.raises(
        ValueError, match=rf"^Load of an output port must be at least 0 pF, not {value}$"
    ):
        net_loads(netlist, output_load=value)
    with pytest.raises(
        ValueError, match=rf"^Capacitance of a wire must be at least 0 pF, not {value}$"
    ):
        net_loads(netlist, wires={3: value})


@pytest.mark.parametrize("net", [-1, 8])
def test_wires_belong_to_nets(netlist: Netlist, net: int) -> None:
    with pytest.raises(ValueError, match=rf"^Wire must belong to one of 8 nets, not to net {net}$"):
        net_loads(netlist, wires={net: 0.1})
