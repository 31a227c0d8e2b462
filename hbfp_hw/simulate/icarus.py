"""Designs compiled by Icarus Verilog for cocotb."""

from pathlib import Path

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate.toolchain import find_icarus

BUILD_SECONDS = 600.0
DUMP = """module dump;
  reg [8191:0] path;
  initial if ($value$plusargs("dumpfile_path=%s", path)) begin
    $dumpfile(path);
    $dumpvars(0, {top});
  end
endmodule
"""


def build_cocotb(design: Design) -> Path:
    """Folder with ``design`` compiled as ``sim.vvp``, the name that cocotb's runner expects.

    With the argument ``+dumpfile_path=FILE`` the simulation writes waves to FILE.
    """
    tool = find_icarus()
    dump = DUMP.format(top=design.name)

    def build(folder: Path, log: Path) -> None:
        write_text(folder / f"{design.name}.v", design.verilog)
        write_text(folder / "dump.v", dump)
        # Icarus counts time in whole seconds unless it is told otherwise.
        write_text(folder / "options.f", "+timescale+1ns/1ps\n")
        run_process(
            [
                *(tool.iverilog, "-g2012", "-o", "sim.vvp", "-f", "options.f"),
                *("-s", design.name, "-s", "dump", f"{design.name}.v", "dump.v"),
            ],
            cwd=folder,
            log=log,
            timeout=BUILD_SECONDS,
        )

    key = content_key(design.verilog, dump, tool.version)
    return build_once(f"{design.name}-icarus", key, build)
