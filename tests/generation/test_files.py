"""Files of a design: each is written whole, and the control file names ports and parts."""

import json
import re

import pytest

from hbfp_hw.generation.verilog import LINT_WAIVERS, generate, part_names, write
from hbfp_hw.helpers.files import write_whole
from hbfp_hw.rtl import FP32
from tests.generation.variants import VARIANTS, A, generated


@pytest.mark.full(
    but=[
        "hbfp_convert_m4_n5_e10_stochastic_r3_p2",
        "hbfp_dot_m4_n5_e8_p0",
        "hbfp_gemm_1x1_native_n1_e5_d2_t1_r3",
        "hbfp_bf16_mac_fp32_n2_p0",
    ]
)
@pytest.mark.parametrize("name", VARIANTS)
def test_control_file(name):
    design = generated(name)
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
