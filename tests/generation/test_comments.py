"""Comments in the Verilog: true commands, a meaning for each port, and nothing else changed."""

import re
import shlex

import pytest

from hbfp_hw.cli.parser import command_parsers
from hbfp_hw.cli.selection import select_units
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.command import command_of
from hbfp_hw.generation.comments import WIDTH
from hbfp_hw.generation.verilog import generate
from hbfp_hw.generation.yosys import convert
from hbfp_hw.rtl import FP32, Convert, Dot
from hbfp_hw.rtl.core import Core
from tests.generation.variants import VARIANTS, A, generated


def _header(verilog):
    return re.match(r"(?://.*\n)+", verilog)[0]


def _without_comments(verilog):
    return re.sub(r"^ *//.*\n", "", verilog, flags=re.MULTILINE)


def _made_by(command):
    """Return the names of the designs that a command generates."""
    program, name, *words = shlex.split(command)
    assert program == "hbfp"
    options = command_parsers()[name].parse_args(words)
    return [unit.design_name for _, unit in select_units(options, options.unit)]


@pytest.mark.full(
    but=[
        "hbfp_convert_m4_n5_e10_stochastic_r3_p2",
        "hbfp_dot_m4_n5_e8_p0",
        "hbfp_gemm_1x1_native_n1_e5_d2_t1_r3",
        "hbfp_bf16_mac_fp32_n2_p0",
    ]
)
@pytest.mark.parametrize("name", VARIANTS)
def test_header(name):
    design = generated(name)
    header = _header(design.verilog)
    assert header.startswith(f"// {name}: ")
    text = " ".join(header.replace("\n//  ", "").split())
    assert f"// Unit {design.description.unit}: " in text
    for parameter, value in design.description.parameters.items():
        shown = "x".join(map(str, value)) if isinstance(value, list) else value
        assert f" {parameter}={shown}" in text or value is None
    for tool, version in design.description.tools.items():
        assert f" {tool} {version}" in text
    assert text.endswith("// Licence: Apache-2.0")
    assert design.verilog.isascii()
    lines = [line for line in header.splitlines() if "Reproduce: hbfp" not in line]
    assert all(len(line) <= WIDTH for line in lines)


@pytest.mark.full(
    but=[
        "hbfp_convert_m4_n5_e10_stochastic_r3_p2",
        "hbfp_dot_m4_n5_e8_p0",
        "hbfp_gemm_1x1_native_n1_e5_d2_t1_r3",
        "hbfp_bf16_mac_fp32_n2_p0",
    ]
)
@pytest.mark.parametrize("name", VARIANTS)
def test_each_port_has_a_comment(name):
    design = generated(name)
    ports = re.findall(r"^  // .*\n  (?:input|output) .*?(\w+);$", design.verilog, re.MULTILINE)
    assert sorted(ports) == sorted(port.name for port in design.description.ports)


def test_ports_of_the_core_have_their_own_meanings():
    verilog = generate(Core(Engine(Variant.MIXED, 1, 1, 1))).verilog
    for port, meaning in {
        "s_axil_wdata": "registers: word to write",
        "m_axis_y_tlast": "results Y: the beat is the last one of its packet",
        "aresetn": "reset, synchronous, active low",
    }.items():
        assert re.search(rf"^  // {meaning}\n  (in|out)put .*\b{port};$", verilog, re.MULTILINE)
    assert "put of" not in verilog


def test_layout_of_a_payload():
    verilog = generate(FP32(A)).verilog
    (found,) = re.findall(r"((?:^  //.*\n)+)  output \[63:0\] o__payload;\n", verilog, re.MULTILINE)
    assert found == (
        "  // o: rounded dot product, and its sum with the addend; any value unless o__valid\n"
        "  //   [31:0] value: FP32\n"
        "  //   [63:32] total: FP32\n"
    )


@pytest.mark.parametrize("name", ["hbfp_dot_m4x6_n5_e10", "hbfp_fp32_m4_n5_e10"])
def test_only_comments_are_added(name):
    bare = convert(VARIANTS[name](), name)
    assert _without_comments(generated(name).verilog) == _without_comments(bare)


@pytest.mark.full
def test_command_of_a_configuration():
    for name, make in CATALOG.items():
        command = command_of(make())
        assert command.startswith("hbfp generate ")
        assert _made_by(command) == [make().design_name]
        assert command == f"hbfp generate {name}"


@pytest.mark.parametrize("name", VARIANTS)
def test_command_of_a_unit(name):
    assert _made_by(command_of(VARIANTS[name]())) == [name]


def test_unit_without_a_command():
    unit = Convert(HBFPFormat(6, 5), narrow_bits=4)
    assert command_of(unit) is None
    text = " ".join(_header(generate(unit).verilog).replace("\n//  ", "").split())
    assert (
        "Reproduce: generate() of hbfp_hw.generation.verilog, for the class Convert of module "
        in text
    )
    assert "narrow_bits=4" in text


def test_unit_of_somebody_else():
    """The header of a user's unit names no command and no licence for the user's own parts."""

    class Own(Dot):
        """A dot product of my own.

        Details.
        """

        unit = "own"

    header = _header(generate(Own(A)).verilog)
    assert header.startswith("// hbfp_own_m4_n5_e10: A dot product of my own\n")
    assert f"module {__name__}" in " ".join(header.replace("\n//  ", "").split())
    assert "Licence of the parts from hbfp_hw: Apache-2.0\n" in header


def test_source_locations():
    """``src`` attributes name files of the packages, and nothing else differs."""
    plain, located = (generate(Dot(A), source_locations=given) for given in (False, True))
    found = re.findall(r'src = "([^"]*)"', located.verilog)
    assert any(path.startswith("hbfp_hw/rtl/dot.py:") for path in found)
    assert not any(path.startswith("/") for path in found)
    command = f"// Reproduce: {command_of(Dot(A))} --source-locations\n"
    assert command in _header(located.verilog)
    stripped = re.sub(r'(?:\n *| )\(\* src = "[^"]*" \*\)', "", located.verilog)
    assert stripped.replace(" --source-locations", "") == plain.verilog
