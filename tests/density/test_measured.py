"""Our components, measured by the package and, independently, by a script of the test."""

import re
import subprocess
import sys

import numpy as np
import pytest
from amaranth.back import verilog

from hbfp_hw.area import measure
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.density import density
from hbfp_hw.density.floats import FLOATS, Adder, ReLU
from hbfp_hw.density.measured import Binary, measure_components
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.rtl import Convert

SCRIPT = """
read_verilog -sv design.v
hierarchy -check -top {top}
synth -flatten -noabc
delete t:$scopeinfo
async2sync
dfflegalize -cell $_DFF_P_ 01
opt_clean
abc -g cmos4 -script "+strash;dc2;amap,-m"
opt_clean
stat -tech cmos
"""


@pytest.fixture(scope="module")
def components():
    return measure_components()


@pytest.fixture
def alone(tmp_path):
    """Function that synthesises one module and reads the transistors from Yosys' text output."""

    def run_script(text, top):
        # The module must keep its name: names of cells contain it, and Yosys breaks ties by name.
        (tmp_path / "design.v").write_text(text)
        code = (
            "import sys; from pyosys import libyosys as y; design = y.Design()\n"
            "for command in sys.argv[1:]: y.run_pass(command, design)"
        )
        command = [sys.executable, "-c", code, *SCRIPT.format(top=top).split("\n")[1:-1]]
        run = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
        )
        (estimate,) = re.findall(
            r"^ *Estimated number of transistors: *(\S+)$", run.stdout, re.MULTILINE
        )
        return int(estimate)

    return run_script


@pytest.mark.full
def test_units_that_can_be_counted_by_hand(components):
    and_gate, xor_gate = 6, 10
    assert components.multipliers[1] == and_gate
    assert components.adders[1] == xor_gate
    for name, fmt in FLOATS.items():
        assert components.floats[name].relu == (fmt.width - 1) * and_gate
        # An accumulator is an adder with, per bit, one flop and one gate that clears it.
        register = components.floats[name].accumulate - components.floats[name].add
        assert 16 * fmt.width < register < (16 + 8) * fmt.width


@pytest.mark.full
def test_integer_components_alone(components, alone):
    for width in (2, 4, 7):
        text = verilog.convert(
            Binary(width, 2 * width, lambda a, b: a * b), name=f"multiply_{width}"
        )
        assert alone(text, f"multiply_{width}") == components.multipliers[width]
    for width in (2, 16):
        text = verilog.convert(Binary(width, width, lambda a, b: a + b), name=f"add_{width}")
        assert alone(text, f"add_{width}") == components.adders[width]


@pytest.mark.full
def test_float_components_alone(components, alone):
    for unit, kind in ((Adder, "add"), (ReLU, "relu")):
        text = verilog.convert(unit(FLOATS["BF16"]), name="part")
        assert alone(text, "part") == getattr(components.floats["BF16"], kind)


@pytest.mark.full
def test_converters_alone(components, alone):
    """Their transistors also equal those of ``measure``."""
    areas = []
    for size in (4, 8, 16):
        unit = Convert(HBFPFormat(2, size), rounding=Rounding.NEAREST, pipeline=0)
        design = cached_design(unit)
        areas.append(alone(VerilogSource.of_text(design.verilog, design.name).verilog, design.name))
        assert measure(unit).transistors == areas[-1]
    system = np.array([[4, 1], [8, 1], [16, 1]])
    (slope, offset), *_ = np.linalg.lstsq(system, np.array(areas))
    assert components.converters[2].slope == pytest.approx(slope)
    assert components.converters[2].area(64) == pytest.approx(64 * slope + offset)


@pytest.mark.full
def test_components_suffice_for_the_models(components):
    tables = density(components)
    assert tables["remarks"] == []
    assert max(components.adders) >= 2 * 8 + 6 + 1
    gains = [row["gain_fp32"] for row in tables["systolic"] if row["tile"] == 16]
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 1 for gain in gains)
