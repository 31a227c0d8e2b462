"""Tests of energies against calculations by hand with the numbers of small.lib."""

from dataclasses import replace

import numpy as np
import pytest

from hbfp_hw.ppa.activity import simulate
from hbfp_hw.ppa.energy import Energy, energy_of
from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.ppa.timing import Timing, analyse
from tests.ppa.circuits import CLOCK, Circuit

HALF = 0.5 * 1.8**2


def with_slews(netlist: Netlist, rise: float, fall: float) -> Timing:
    """Return the timing of a netlist with the same slews at all nets."""
    timing = analyse(netlist, net_loads(netlist))
    return replace(timing, slews=np.full((netlist.nets, 2), (rise, fall)))


def measure(
    library: CellLibrary, netlist: Netlist, timing: Timing, rows: list[list[int]]
) -> Energy:
    stimulus = {"i": np.array([rows], bool)}
    found = simulate(netlist, stimulus, timing.delays)
    return energy_of(netlist, library, net_loads(netlist), timing, found)


def test_chain_of_inverters(small: CellLibrary) -> None:
    circuit = Circuit(small)
    first = net = circuit.net()
    for _ in range(3):
        net = circuit.add("INV", A=net)
    netlist = circuit.finish({"i": [first]}, {"o": [net]})
    timing = with_slews(netlist, rise=0.05, fall=0.2)
    # Two edges in four cycles. The chain's outputs fall, rise, fall, then rise, fall, rise.
    energy = measure(small, netlist, timing, [[0], [1], [1], [0], [0]])
    # A rising output comes from a falling input with a slew of 0.2 ns, and the other way round.
    rising, falling = 0.0052, 0.0011
    assert energy.internal == pytest.approx(3 * (rising + falling) / 4)
    loads = 0.002 + 0.002 + 0.005
    assert energy.switching == pytest.approx(2 * HALF * loads / 4)
    assert energy.inputs == pytest.approx(2 * HALF * 0.002 / 4)
    assert energy.clock == 0.0
    assert energy.total == pytest.approx(energy.internal + energy.switching + energy.inputs)
    assert energy.leakage_nw == pytest.approx(3 * 0.004)


def test_output_takes_the_mean_over_its_inputs(small: CellLibrary) -> None:
    circuit = Circuit(small)
    a, b = circuit.net(), circuit.net()
    netlist = circuit.finish({"i": [a, b]}, {"o": [circuit.add("NAND2", A=a, B=b)]})
    timing = with_slews(netlist, rise=0.01, fall=0.05)
    energy = measure(small, netlist, timing, [[0, 1], [1, 1], [1, 0]])
    rising, falling = (0.0055 + 0.0066) / 2, (0.0020 + 0.0030) / 2
    assert energy.internal == pytest.approx((rising + falling) / 2)
    tied = circuit.finish({"i": [a]}, {"o": [circuit.add("NAND2", A=a, B=1)]})
    tied = replace(tied, gates=tied.gates[1:])
    energy = measure(small, tied, with_slews(tied, rise=0.01, fall=0.05), [[0], [1], [0]])
    assert energy.internal == pytest.approx((0.0055 + 0.0020) / 2)


def test_exclusive_or_may_be_caused_by_both_edges(small: CellLibrary) -> None:
    circuit = Circuit(small)
    a, b = circuit.net(), circuit.net()
    netlist = circuit.finish({"i": [a, b]}, {"o": [circuit.add("XOR2", A=a, B=b)]})
    fast, slow, mixed = (
        measure(small, netlist, with_slews(netlist, rise, fall), [[0, 0], [1, 0], [0, 0]]).internal
        for rise, fall in ((0.01, 0.01), (0.8, 0.8), (0.01, 0.8))
    )
    assert fast < mixed < slow
    assert mixed == pytest.approx((fast + slow) / 2)


def test_flop_pays_for_clock_data_and_output(small: CellLibrary) -> None:
    circuit = Circuit(small)
    data = circuit.net()
    state = circuit.add("DFF", D=data)
    netlist = circuit.finish({"i": [data]}, {"o": [state]})
    assert CLOCK in netlist.gates[0].inputs.values()
    timing = with_slews(netlist, rise=0.05, fall=0.2)
    energy = measure(small, netlist, timing, [[0], [1], [0], [0], [0], [0]])
    clock = 0.0072 + 0.0129 + 2 * HALF * 0.0016
    assert energy.clock == pytest.approx(clock)
    # The rising edge of the clock, with a slew of 0.05 ns, causes both edges of the output.
    output = 0.0154 + 0.0176
    assert energy.internal == pytest.approx((0.0081 + 0.0138 + output) / 5)
    assert energy.switching == pytest.approx(2 * HALF * 0.005 / 5)
    assert energy.inputs == pytest.approx(2 * HALF * 0.0014 / 5)


def test_library_without_energies_is_refused(small: CellLibrary) -> None:
    circuit = Circuit(small)
    data = circuit.net()
    netlist = circuit.finish({"i": [data]}, {"o": [circuit.add("INV", A=data)]})
    cells = {
        name: replace(
            cell, outputs={pin: replace(out, energy={}) for pin, out in cell.outputs.items()}
        )
        for name, cell in small.cells.items()
    }
    bare = replace(small, cells=cells)
    with pytest.raises(
        ValueError,
        match=r"^Cell library must have tables of internal energy for energy figures,"
        r" not 'small' without any$",
    ):
        measure(bare, netlist, analyse(netlist, net_loads(netlist)), [[0], [1]])
