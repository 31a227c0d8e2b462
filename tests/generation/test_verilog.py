"""Verilog text: names of modules, start of combinational blocks, errors."""

import gc
import os
import re
import subprocess
from dataclasses import replace

import pytest

from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import Rounding
from hbfp_hw.generation import verilog
from hbfp_hw.generation.verilog import GenerationError, generate, part_names, write
from hbfp_hw.generation.yosys import YosysError
from hbfp_hw.rtl import Convert, Dot, DotEngine
from hbfp_hw.rtl.array import Array
from hbfp_hw.rtl.baseline import BF16MAC, FP32MAC
from hbfp_hw.rtl.core import Core
from hbfp_hw.rtl.gemm import GEMM
from hbfp_hw.simulate.toolchain import find_icarus
from tests.generation.variants import VARIANTS, A, B, generated


@pytest.mark.full(
    but=[
        "hbfp_convert_m4_n5_e10_stochastic_r3_p2",
        "hbfp_dot_m4_n5_e8_p0",
        "hbfp_gemm_1x1_native_n1_e5_d2_t1_r3",
        "hbfp_bf16_mac_fp32_n2_p0",
    ]
)
@pytest.mark.parametrize("name", VARIANTS)
def test_name_carries_the_parameters(name):
    design = generated(name)
    assert design.name == design.description.name == name
    modules = re.findall(r"^module (\S+?)\s*\(", design.verilog, re.MULTILINE)
    # Submodules too, so that several designs can be read together.
    assert {name, *part_names(VARIANTS[name]()).values()} <= set(modules)
    assert all(re.match(rf"\\?{name}(?:[._]|$)", module) for module in modules)
    assert len(set(modules)) == len(modules)


def unstarted(verilog):
    """Count the combinational blocks that no event at time 0 starts in SystemVerilog."""
    found = 0
    for module in re.findall(r"^module .*?^endmodule", verilog, re.MULTILINE | re.DOTALL):
        started = re.findall(r"^  initial (\S+ ) <= 0;$", module, re.MULTILINE)
        assert len(started) <= 1
        block = r"^  always @\*(?! begin\n    if \(" + "".join(map(re.escape, started)) + r"\))"
        found += len(re.findall(block, module, re.MULTILINE))
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_combinational_blocks_are_started(name):
    verilog = generated(name).verilog
    assert unstarted(verilog) == 0
    declared = re.sub(r"(reg (\S+ ));\n  initial \2 <= 0;", r"\1 = 0;", verilog)
    assert unstarted(declared) == verilog.count("always @*")


@pytest.mark.full
def test_designs_can_be_read_together(tmp_path):
    """Simulators refuse two modules with one name, even if they are equal."""
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


@pytest.mark.parametrize("collecting", [True, False])
def test_garbage_collection_is_left_as_it_was(collecting, monkeypatch):
    """Garbage collection is off during generation, and as before after an error."""
    meanwhile = []

    def fail(module, name, **_):
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
