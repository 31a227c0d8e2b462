"""The timing analysis against ABC and OpenSTA."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from hbfp_hw.area.yosys import run_yosys
from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.loads import net_loads
from hbfp_hw.ppa.netlist import Netlist, read_netlist
from hbfp_hw.ppa.timing import analyse
from tests.ppa.circuits import random_netlist
from tests.ppa.opensta import needs_opensta, smallest_period

TOP = "hbfp_bf16_mac_fp32_n1_p0"
DESIGN = Path(__file__).parents[2] / "rtl_out" / f"{TOP}.v"
"""A combinational unit: a BF16 multiplier and an FP32 adder."""

LOAD = 0.007
"""Load of the output ports in pF."""

MAP = """\
read_verilog -sv {design}
synth -flatten -noabc -run begin:check -top {top}
delete t:$scopeinfo
opt_clean -purge
abc -liberty {liberty} -constr loads.sdc -script "+strash;dch;map,-B,0.9;topo;buffer,-c;stime,-p"
opt_clean -purge
write_json netlist.json
"""


class Mapped(NamedTuple):
    """A mapped netlist and the delay in ns that ABC printed for it."""

    netlist: Netlist
    delay: float


def random_wires(netlist: Netlist, seed: int) -> dict[int, float]:
    """Return random capacitances in pF of the wires that gates drive."""
    draw = np.random.default_rng(seed)
    return {net: float(draw.exponential(0.005)) for net in netlist.drivers}


@pytest.fixture(scope="module")
def unit(small: CellLibrary, tmp_path_factory: pytest.TempPathFactory) -> Mapped:
    """The unit mapped to the small library."""
    folder = tmp_path_factory.mktemp("abc")
    (folder / "loads.sdc").write_text(f"set_load {1000 * LOAD} [all_outputs]\n")
    script = MAP.format(design=DESIGN, top=TOP, liberty=small.path)
    run_yosys(script, folder, folder / "log.txt")
    (delay,) = re.findall(r"Delay = *([\d.]+) ps", (folder / "log.txt").read_text())
    return Mapped(read_netlist(folder / "netlist.json", small, TOP), float(delay) / 1000)


@pytest.mark.full
def test_abc_gives_the_same_delay(unit: Mapped) -> None:
    """ABC prints a hundredth of a picosecond, from sums of 32-bit floating-point numbers."""
    assert len(unit.netlist.gates) > 1000
    loads = net_loads(unit.netlist, output_load=LOAD)
    timing = analyse(unit.netlist, loads, input_slew=0.0)
    assert timing.period == pytest.approx(unit.delay, abs=2e-5)


@needs_opensta
@pytest.mark.full
@pytest.mark.parametrize("wired", [False, True], ids=["no wires", "wires"])
def test_opensta_gives_the_same_delay(
    unit: Mapped, small: CellLibrary, tmp_path: Path, wired: bool
) -> None:
    netlist = unit.netlist
    wires = random_wires(netlist, 1) if wired else {}
    loads = net_loads(netlist, wires=wires, output_load=LOAD)
    timing = analyse(netlist, loads, input_slew=0.06)
    period = smallest_period(
        netlist, small.path, tmp_path, wires=wires, output_load=LOAD, slew=0.06
    )
    assert timing.period == pytest.approx(period, abs=5e-5)


@needs_opensta
@pytest.mark.parametrize("wired", [False, True], ids=["no wires", "wires"])
@pytest.mark.parametrize("seed", range(3))
def test_opensta_gives_the_same_period(
    small: CellLibrary, tmp_path: Path, seed: int, wired: bool
) -> None:
    netlist = random_netlist(small, seed, gates=300, flops=30)
    wires = random_wires(netlist, seed) if wired else {}
    timing = analyse(netlist, net_loads(netlist, wires=wires, output_load=LOAD), input_slew=0.06)
    period = smallest_period(
        netlist, small.path, tmp_path, wires=wires, output_load=LOAD, slew=0.06
    )
    assert timing.period == pytest.approx(period, abs=2e-5)
