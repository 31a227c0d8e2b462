"""FuseSoC finds the cores and runs their targets."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml

from hbfp_hw import __version__
from hbfp_hw.cli import main
from hbfp_hw.fusesoc import with_constraints, with_core_file
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.verilog import describe
from hbfp_hw.helpers.processes import ToolError

DOT = "hbfp_dot_m4_n4_e10_p3f"
MAC = "hbfp_mac_m4_n2_e10_p0"


@pytest.fixture
def cores(tmp_path):
    """Folder with a clocked and a combinational design."""
    folder = tmp_path / "cores"
    for unit, size, *options in (
        ("dot", 4, "--pipeline", 3, "--free-running", "--clock-mhz", 200),
        ("mac", 2, "--pipeline", 0),
    ):
        words = ["generate", unit, "--mantissa-bits", 4, "--block-size", size, *options]
        assert main([*map(str, words), "--fusesoc", "-o", str(folder)]) == 0
    return folder


@pytest.mark.full
def test_lint_synthesis_and_simulation(fusesoc, cores, tmp_path):
    assert "%Warning" not in fusesoc(cores, "lint", DOT)
    fusesoc(cores, "synth_ecp5", DOT)
    (netlist,) = tmp_path.glob(f"build/*{DOT}*/synth_ecp5/*.json")
    cells = json.loads(netlist.read_text())["modules"][DOT]["cells"].values()
    assert {"LUT4", "TRELLIS_FF"} < {cell["type"] for cell in cells}
    assert f"{DOT}_tb: 200 results, passed" in fusesoc(cores, "sim", DOT)
    assert f"{MAC}_tb: 200 results, passed" in fusesoc(cores, "sim", MAC)
    # The bench fails for a unit that loses its results.
    verilog = cores / f"{DOT}.v"
    text = verilog.read_text()
    broken = text.replace(".o__valid(o__valid)", ".o__valid()")
    assert broken != text
    verilog.write_text(broken)
    with pytest.raises(ToolError, match=r"^FuseSoC failed \(exit status \d+\); see ") as caught:
        fusesoc(cores, "sim", DOT)
    log = Path(str(caught.value).partition("; see ")[2])
    assert "an unknown bit: valid z" in log.read_text()


SMALL = "--rows 2 --cols 2 --depth 2 --panel-tiles 1"
MIXED = {
    "hbfp_pe_mixed_n2_e10": "pe",
    "hbfp_array_2x2_mixed_n2_e10": "array --rows 2 --cols 2",
    "hbfp_gemm_2x2_mixed_n2_e10_d2_t1": f"gemm {SMALL}",
    "hbfp_core_2x2_mixed_n2_e10_d2_t1_b32": f"core {SMALL} --bus-bits 32",
}


@pytest.mark.full
@pytest.mark.parametrize("target", ["lint", "sim", "sim_verilator"])
@pytest.mark.parametrize("name", MIXED)
def test_units_whose_payloads_are_commands(fusesoc, tmp_path, name, target):
    words = [*MIXED[name].split(), "--variant", "mixed", "--block-size", "2", "--fusesoc"]
    assert main(["generate", *words, "-o", str(tmp_path / "cores")]) == 0
    output = fusesoc(tmp_path / "cores", target, name)
    assert "%Warning" not in output
    passed = re.search(rf"^(?:- )?.*{name}_tb: (\d+) results, passed", output, re.MULTILINE)
    assert (passed is not None) == (target != "lint")
    assert passed is None or int(passed[1]) > 10


def described(config):
    """Return the design of a configuration, without its Verilog."""
    description = describe(CATALOG[config]())
    return Design(description.name, "", description, "")


@pytest.mark.full
def test_files_and_targets_of_every_configuration():
    for config in CATALOG:
        plain = described(config)
        for design in (plain, with_constraints(plain, 100.0)):
            core = yaml.safe_load(with_core_file(design).other_files[".core"])
            assert core["name"] == f"hbfp_hw:rtl:{design.name}:{__version__}"
            files = {name for fileset in core["filesets"].values() for name in fileset["files"]}
            suffixes = {".v", ".vlt", *with_core_file(design).other_files} - {".core"}
            assert files == {design.name + suffix for suffix in suffixes}
            assert (".sdc" in suffixes) == (design is not plain)
            assert {"sim", "sim_verilator"} < core["targets"].keys()
            assert "_tb.sv" in suffixes
            for target in core["targets"].values():
                assert set(target["filesets"]) <= set(core["filesets"])


def test_unit_without_vectors():
    """A unit without vectors has no test bench."""
    design = described("dot_hbfp4_n64")
    own = Design("own", "", dataclasses.replace(design.description, name="own", unit="own"), "")
    made = with_core_file(own)
    assert made.other_files.keys() == {".core"}
    core = yaml.safe_load(made.other_files[".core"])
    assert {"lint", "synth_ecp5"} < core["targets"].keys()
    assert not {"sim", "sim_verilator"} & core["targets"].keys()


@pytest.mark.parametrize("clock", ["0", "-1", "nan", "inf"])
def test_bad_clock(clock, capsys, tmp_path):
    options = ["--clock-mhz", clock, "-o", str(tmp_path)]
    assert main(["generate", "dot_hbfp4_n64", *options]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"hbfp: Clock must be more than 0 MHz, not {float(clock)!r}\n")
    assert not list(tmp_path.iterdir())
