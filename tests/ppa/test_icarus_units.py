"""Toggles and energies of mapped units against Icarus Verilog with delays from SDF."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw import HBFPFormat
from hbfp_hw.ppa.activity import simulate
from hbfp_hw.ppa.efforts import effort_of
from hbfp_hw.ppa.energy import energy_of
from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.mapping import map_unit
from hbfp_hw.ppa.stimulus import normal_matrices, operand_streams
from hbfp_hw.ppa.timing import analyse
from hbfp_hw.ppa.wrapper import wrap_unit
from hbfp_hw.rtl import MAC
from hbfp_hw.rtl.baseline import BF16MAC, INT8MAC
from hbfp_hw.rtl.unit import Unit
from tests.ppa.icarus import icarus_toggles

BLOCK = HBFPFormat(mantissa_bits=4, block_size=16)

CYCLES = 80


@pytest.mark.full
@pytest.mark.parametrize(
    ("unit", "ranks", "effort"),
    [
        pytest.param(BF16MAC(), 2, "balanced", id="bf16_mac"),
        pytest.param(INT8MAC(), 0, "area", id="int8_mac"),
        pytest.param(MAC(BLOCK, pipeline=0), 1, "sized", id="mac"),
    ],
)
def test_energy_equals_that_of_icarus(
    small: CellLibrary, tmp_path: Path, unit: Unit, ranks: int, effort: str
) -> None:
    mapped = map_unit(wrap_unit(unit, ranks), small, effort_of(effort), folder=tmp_path)
    netlist = mapped.netlist
    assert len(netlist.gates) > 500
    loads = net_loads(netlist)
    timing = analyse(netlist, loads)
    x, w = normal_matrices(1, rows=4, columns=4)
    stimulus = operand_streams(unit, x, w, streams=1, cycles=CYCLES, seed=1).inputs
    skip = mapped.wrapped.latency
    found = simulate(netlist, stimulus, timing.delays, skip=skip)
    # Icarus settles before the next clock edge, as the gate simulation assumes.
    period = 1.5 * timing.period
    toggles = icarus_toggles(netlist, stimulus, timing.delays, tmp_path, period=period, skip=skip)
    expected = energy_of(netlist, small, loads, timing, replace(found, toggles=toggles))
    energy = energy_of(netlist, small, loads, timing, found)
    plain = simulate(netlist, stimulus, skip=skip)
    assert energy.total == pytest.approx(expected.total, rel=0.001)
    assert toggles.sum() > 1.5 * plain.toggles.sum()
    # Two inputs that change at the same time may reach a gate of Icarus one after the other.
    assert np.abs(found.toggles - toggles).sum() <= 0.001 * toggles.sum()
