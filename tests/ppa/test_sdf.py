"""Tests of delays in SDF, and of toggles against Icarus Verilog that reads them."""

from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.ppa.activity import simulate
from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.sdf import sdf_text
from hbfp_hw.ppa.timing import analyse
from tests.ppa.circuits import Circuit, random_netlist
from tests.ppa.icarus import icarus_toggles


def test_text_names_gates_by_number(small: CellLibrary) -> None:
    circuit = Circuit(small)
    a, b = circuit.net(), circuit.net()
    output = circuit.add("NAND2", A=circuit.add("INV", A=a), B=b)
    netlist = circuit.finish({"i": [a, b]}, {"o": [output]})
    delays = {
        (1, "Y", "A"): (0.0314, 0.0126),
        (1, "Y", "B"): (0.1, 0.0004),
        (0, "Y", "A"): (1.5, 2.25),
    }
    assert sdf_text(netlist, delays, step=0.002) == (
        "(DELAYFILE\n"
        ' (SDFVERSION "3.0")\n'
        ' (DESIGN "circuit")\n'
        " (DIVIDER .)\n"
        " (TIMESCALE 1 ps)\n"
        ' (CELL (CELLTYPE "INV") (INSTANCE g0)\n'
        "  (DELAY (ABSOLUTE\n"
        "    (IOPATH A Y (1500) (2250))\n"
        "  ))\n"
        " )\n"
        ' (CELL (CELLTYPE "NAND2") (INSTANCE g1)\n'
        "  (DELAY (ABSOLUTE\n"
        "    (IOPATH A Y (32) (12))\n"
        "    (IOPATH B Y (100) (2))\n"
        "  ))\n"
        " )\n"
        ")\n"
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_toggles_equal_those_of_icarus(small: CellLibrary, tmp_path: Path, seed: int) -> None:
    netlist = random_netlist(small, seed, gates=250, flops=24)
    timing = analyse(netlist, net_loads(netlist))
    stimulus = {"i": np.random.default_rng(seed).integers(0, 2, (1, 120, 8)).astype(bool)}
    found = simulate(netlist, stimulus, timing.delays, skip=3).toggles
    period = 2 * timing.period
    expected = icarus_toggles(netlist, stimulus, timing.delays, tmp_path, period=period, skip=3)
    assert np.array_equal(found, expected)
    assert found.sum() > 1.1 * simulate(netlist, stimulus, skip=3).toggles.sum()
