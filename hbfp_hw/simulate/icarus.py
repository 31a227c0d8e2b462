"""Designs compiled by Icarus Verilog for cocotb."""

from pathlib import Path

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate.toolchain import find_icarus

BUILD_SECONDS = 600.0
WAVE_DUMPER = """module dump;
  reg [8191:0] path;
  initial if ($value$plusargs("dumpfile_path=%s", path)) begin
    $dumpfile(path);
    $dumpvars(0, {top});
  end
endmodule
"""
"""Second top module: it writes waves of the first one if the plusarg gives a file."""


def build_cocotb(design: Design) -> Path:
    """Compile ``design`` for cocotb and return the folder.

    The file in it is called ``sim.vvp``, as cocotb's runner expects. With the plusarg
    ``+dumpfile_path=FILE`` the simulation writes waves to FILE.
    """
    tool = find_icarus()
    dump = WAVE_DUMPER.format(top=design.name)

    def build(folder: Path, log: Path) -> None:
        write_text(folder / f"{design.name}.v", design.verilog)
        write_text(folder / "dump.v", dump)
        # The default time unit of Icarus is a second.
        write_text(folder / "options.f", "+timescale+1ns/1ps\n")
        command: list[str | Path] = [tool.iverilog, "-g2012", "-o", "sim.vvp", "-f", "options.f"]
        command += ["-s", design.name, "-s", "dump", f"{design.name}.v", "dump.v"]
        run_process(
            command,
            cwd=folder,
            log=log,
            timeout=BUILD_SECONDS,
        )

    key = content_key(design.verilog, dump, tool.version)
    return build_once(f"{design.name}-icarus", key, build)
