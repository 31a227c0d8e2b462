"""Fixture that runs FuseSoC with its tools on PATH."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate.toolchain import find_verilator

YOSYS = """\
#!{python}
import pathlib, re, sys
from pyosys import libyosys

# The PyPI package has no Tcl: run the three Yosys commands of the scripts that FuseSoC wrote.
text = "\\n".join(
    pathlib.Path(f"edalize_yosys_{{part}}.tcl").read_text() for part in ("procs", "template")
)
assert sys.argv[-1] == "tcl edalize_yosys_template.tcl", sys.argv
top, name = (re.search(rf"^set {{what}} (.*)$", text, re.M)[1] for what in ("top", "name"))
commands = re.findall(r"^(?:read_verilog|synth_|write_).*$", text, re.M)
design = libyosys.Design()
for command in commands:
    command = command.replace("$top", top).replace("$name", name)
    libyosys.run_pass(re.sub(r"[{{}}]", "", command), design)
"""

FuseSoC = Callable[..., str]


@pytest.fixture
def fusesoc(tmp_path: Path) -> FuseSoC:
    """Function that runs a target of a core and returns FuseSoC's output.

    Its parameters are the folder with the cores, the target, and the name of the core.
    """
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "yosys").write_text(YOSYS.format(python=sys.executable))
    (tools / "yosys").chmod(0o755)
    verilator = find_verilator()
    environment = verilator.environment | {
        "PATH": os.pathsep.join([str(tools), str(verilator.binary.parent), os.environ["PATH"]]),
        "XDG_CONFIG_HOME": str(tmp_path),  # not the user's
        "XDG_CACHE_HOME": str(tmp_path),
    }

    def run(cores: Path, target: str, core: str) -> str:
        log = tmp_path / f"{core}-{target}.log"
        run_process(
            [
                sys.executable,
                "-m",
                "fusesoc.main",
                "--cores-root",
                cores,
                "run",
                "--target",
                target,
                f"hbfp_hw:rtl:{core}",
            ],
            name="FuseSoC",
            cwd=tmp_path,
            log=log,
            env=environment,
            timeout=120.0,
        )
        return log.read_text()

    return run
