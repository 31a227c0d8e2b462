"""Designs compiled by Verilator: as a library, as a program with C++ of its own, or for cocotb."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import cocotb_tools.config

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import run_process
from hbfp_hw.simulate.driven import ports_header, wrap
from hbfp_hw.simulate.toolchain import find_verilator
from hbfp_hw.simulate.verilator_build import BUILD_SECONDS, OPTIMISE_FAST, ModelBuild


def build_library(
    design: Design,
    constants: Sequence[str] = (),
    waves: str | None = None,
    *,
    optimise: bool = True,
) -> Path:
    """Build a shared library that drives the streams of a design, with ``harness.cpp``'s functions.

    Parameters:
        design: The design.
        constants: Names of input ports, besides its streams, that a run holds at a value.
        waves: Kind of waves that the library can write, "fst" or "vcd"; None for no waves.
        optimise: Whether to optimise the model. The compilation then takes about twice as long.

    Raises:
        SimulatorMissing: Verilator or a C++ compiler is not installed.
        ToolError: The design does not compile; the message names the log.
    """
    wrapped = wrap(design, constants)
    harness = _compile_once(
        "harness", ["streams.h", "harness.cpp"], ["-fPIC", OPTIMISE_FAST, "-c", "harness.cpp"]
    )
    build = ModelBuild(
        wrapped,
        "library",
        _without_public_ports(wrapped.control),
        {
            "ports.h": ports_header(design, constants),
            "streams.h": _source("streams.h"),
            "main.cpp": _source("loop.cpp"),
        },
        flags=[f"--trace-{waves}"] if waves else [],
        link=["-shared"],
        objects=[harness / "harness.o"],
        optimise=optimise,
    )
    return build.folder() / wrapped.name


def build_replay_program() -> Path:
    """Build the program that replays files through a library of :func:`build_library`."""
    name = "replay_program"
    return _compile_once(name, [f"{name}.cpp"], [f"{name}.cpp", "-ldl", "-o", name]) / name


def build_program(
    design: Design, kind: str, main: str, *, shared: bool = False, waves: str | None = None
) -> Path:
    """Build a program from the model of a design, the class ``Vtop``, and C++ text.

    Parameters:
        design: The design.
        kind: Kind of program, part of the name of its folder in the cache.
        main: C++ text with the function ``main``, or with the functions of a library.
        shared: Whether to make a shared library instead of a program.
        waves: The same as for :func:`build_library`.

    Raises:
        SimulatorMissing: Verilator or a C++ compiler is not installed.
        ToolError: The design or the program does not compile; the message names the log.
    """
    build = ModelBuild(
        design,
        kind,
        _without_public_ports(design.control),
        {"main.cpp": main},
        flags=[f"--trace-{waves}"] if waves else [],
        link=["-shared"] if shared else [],
    )
    return build.folder() / design.name


def build_cocotb(design: Design) -> Path:
    """Compile ``design`` for cocotb. Return the folder; the program in it has the design's name."""
    main = cocotb_tools.config.share_dir / "lib" / "verilator" / "verilator.cpp"
    libraries = cocotb_tools.config.libs_dir
    build = ModelBuild(
        design,
        "cocotb",
        design.control,
        {"main.cpp": main.read_text(encoding="utf-8")},
        flags=["--vpi", "--timescale", "1ns/1ps"],
        link=[f"-Wl,-rpath,{libraries}", f"-L{libraries}", "-lcocotbvpi_verilator"],
        optimise=False,
    )
    return build.folder()


def _compile_once(name: str, sources: Sequence[str], options: Sequence[str]) -> Path:
    """Compile C++ files of this package that depend on no design. Return their folder."""
    tool = find_verilator()
    texts = {source: _source(source) for source in sources}
    options = ["-std=c++17", *options]

    def build(folder: Path, log: Path) -> None:
        for source, text in texts.items():
            write_text(folder / source, text)
        run_process([tool.compiler, *options], cwd=folder, log=log, timeout=BUILD_SECONDS)

    return build_once(name, content_key(texts, options, tool.compiler_version), build)


def _source(name: str) -> str:
    """Return the text of a C++ file of this package."""
    return files("hbfp_hw.simulate").joinpath(name).read_text(encoding="utf-8")


def _without_public_ports(control: str) -> str:
    """Remove the public ports from a control file: only cocotb needs them, and they cost speed."""
    lines = control.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("public_flat_rw"))
