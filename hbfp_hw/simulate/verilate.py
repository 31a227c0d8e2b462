"""Designs compiled by Verilator: as a library, as a program of one's own, or for cocotb.

The generated C++ is compiled here without Verilator's makefiles: the run-time library, its headers
and what of our own does not depend on the design are then compiled once per machine instead of once
per design, which is most of a small design's build.
"""

import os
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import cocotb_tools.config

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import ToolError, run_process
from hbfp_hw.simulate.driven import ports_header, wrap
from hbfp_hw.simulate.toolchain import SimulatorMissing, Verilator, find_verilator

BUILD_SECONDS = 1800.0
VERILATE = ("--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--prefix", "Vtop")
# Slow code runs once per simulation; optimising it only costs time.
OPTIMISE_FAST, OPTIMISE_SLOW = "-O1", "-O0"
SPLIT_BYTES = 400_000
SMALL_BYTES = 100_000
"""Up to this much generated text is compiled as one unit, the slow code too."""


def build_library(
    design: Design,
    constants: Sequence[str] = (),
    waves: str | None = None,
    *,
    optimise: bool = True,
) -> Path:
    """Shared library that drives the streams of a design; ``harness.cpp`` has its functions.

    Parameters:
        design: The design.
        constants: Names of input ports besides its streams that a run holds at a value.
        waves: None, or the kind of waves that it can write: "fst" or "vcd".
        optimise: Whether speed is worth a compilation that takes about twice as long.

    Raises:
        SimulatorMissing: Verilator or a C++ compiler is not installed.
        ToolError: The design does not compile; the message names the log.
    """
    extra = {
        "ports.h": ports_header(design, constants),
        "streams.h": _source("streams.h"),
        "main.cpp": _source("loop.cpp"),
    }
    flags = [f"--trace-{waves}"] if waves else []
    wrapped = wrap(design, constants)
    control = _private(wrapped.control)
    harness = _compile_once(
        "harness", ["streams.h", "harness.cpp"], ["-fPIC", OPTIMISE_FAST, "-c", "harness.cpp"]
    )
    folder = _build(
        *(wrapped, "library", control, extra, flags, ["-shared"]),
        objects=[harness / "harness.o"],
        optimise=optimise,
    )
    return folder / wrapped.name


def build_replay_program() -> Path:
    """Program that replays through a library of :func:`build_library`, which it is given."""
    options = ["replay_program.cpp", "-ldl", "-o", "launcher"]
    return _compile_once("launcher", ["replay_program.cpp"], options) / "launcher"


def build_program(
    design: Design, kind: str, main: str, *, shared: bool = False, waves: str | None = None
) -> Path:
    """Program of the model of a design, the class ``Vtop``, and a C++ main of one's own.

    Parameters:
        design: The design.
        kind: What the program is, for the name of its folder.
        main: C++ text with the function ``main``.
        shared: Make a shared library instead, of the functions in ``main``.
        waves: As of :func:`build_library`.

    Raises:
        SimulatorMissing: Verilator or a C++ compiler is not installed.
        ToolError: The design or the program does not compile; the message names the log.
    """
    control, link = _private(design.control), ["-shared"] if shared else []
    flags = [f"--trace-{waves}"] if waves else []
    return _build(design, kind, control, {"main.cpp": main}, flags, link) / design.name


def build_cocotb(design: Design) -> Path:
    """Folder with ``design`` compiled for cocotb; the program there has the design's name."""
    main = cocotb_tools.config.share_dir / "lib" / "verilator" / "verilator.cpp"
    extra = {"main.cpp": main.read_text(encoding="utf-8")}
    libraries = cocotb_tools.config.libs_dir
    link = [f"-Wl,-rpath,{libraries}", f"-L{libraries}", "-lcocotbvpi_verilator"]
    flags = ["--vpi", "--timescale", "1ns/1ps"]
    return _build(design, "cocotb", design.control, extra, flags, link, optimise=False)


def _compile_once(name: str, sources: Sequence[str], options: Sequence[str]) -> Path:
    """Folder in which files that stand beside this one, and know no design, are compiled."""
    tool = find_verilator()
    texts = {source: _source(source) for source in sources}
    options = ["-std=c++17", *options]

    def build(folder: Path, log: Path) -> None:
        for source, text in texts.items():
            write_text(folder / source, text)
        run_process([tool.compiler, *options], cwd=folder, log=log, timeout=BUILD_SECONDS)

    return build_once(name, content_key(texts, options, tool.compiler_version), build)


def _source(name: str) -> str:
    """A C++ file that stands beside this one."""
    return files("hbfp_hw.simulate").joinpath(name).read_text(encoding="utf-8")


def _private(control: str) -> str:
    """A control file without public ports, which are cocotb's need and only slow a model down."""
    lines = control.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("public_flat_rw"))


def _build(
    design: Design,
    kind: str,
    control: str,
    extra: dict[str, str],
    flags: Sequence[str] = (),
    link: Sequence[str] = (),
    *,
    objects: Sequence[Path] = (),
    optimise: bool = True,
) -> Path:
    """Compile a design; not optimised where the compilation would take longer than the runs.

    The objects are those of :func:`_compile_once`, whose folders have names by their content.
    """
    tool = find_verilator()
    fst, vcd = "--trace-fst" in flags, "--trace-vcd" in flags
    runtime = ["verilated", "verilated_threads"]
    runtime += ["verilated_vpi"] if "--vpi" in flags else []
    runtime += ["verilated_fst_c"] if fst else ["verilated_vcd_c"] if vcd else []
    link = [*link, *(["-llz4", "-lz"] if fst else []), "-pthread"]
    compile_flags = [*_library_flags(tool), *_switches(fst, vcd)]
    if fst:
        _require_header(tool, "lz4.h")

    def build(folder: Path, log: Path) -> None:
        inputs = {f"{design.name}.vlt": control, f"{design.name}.v": design.verilog}
        for name, text in (inputs | extra).items():
            write_text(folder / name, text)
        run_process(
            [tool.binary, *VERILATE, *flags, "--top-module", design.name, "-Mdir", ".", *inputs],
            cwd=folder,
            env=tool.environment,
            log=log,
            timeout=BUILD_SECONDS,
        )

        compiled = _compile_all(tool, folder, log, runtime, compile_flags, optimise)
        run_process(
            [tool.compiler, *compiled, *objects, *link, "-o", design.name],
            cwd=folder,
            log=log,
            timeout=BUILD_SECONDS,
        )
        for leftover in (*folder.glob("*.o"), *folder.glob("*.cpp")):
            leftover.unlink()

    key = content_key(
        *(design.verilog, control, extra, VERILATE, flags, link, compile_flags, optimise),
        *(file.parent.name for file in objects),
        *(OPTIMISE_FAST, OPTIMISE_SLOW, SPLIT_BYTES, SMALL_BYTES),
        *(tool.version, tool.compiler_version),
    )
    return build_once(f"{design.name}-{kind}", key, build)


def _compile_all(
    tool: Verilator,
    folder: Path,
    log: Path,
    runtime: Sequence[str],
    flags: Sequence[str],
    optimise: bool,
) -> list[Path]:
    """Object files of the generated code and of the parts of the run-time library."""
    stop = threading.Event()
    library_flags = _library_flags(tool)

    def poll() -> None:
        if stop.is_set():
            raise ToolError(f"The compilation in {folder} was given up")

    def compile_unit(unit: Path) -> Path:
        level = OPTIMISE_FAST if "fast" in unit.stem else OPTIMISE_SLOW
        target = unit.with_suffix(".o")
        command = [str(tool.compiler), level, *flags, "-include", compile_headers(level)]
        command += ["-c", unit.name, "-o", target.name]
        run_process(command, cwd=folder, log=log, timeout=BUILD_SECONDS, poll=poll)
        return target

    def compile_headers(level: str) -> str:
        def build(folder: Path, log: Path) -> None:
            lines = [f'#include "{name}.h"\n' for name in runtime]
            write_text(folder / "runtime.h", "".join(lines))
            command = [str(tool.compiler), level, *flags, "-x", "c++-header", "runtime.h"]
            run_process(command, cwd=folder, log=log, timeout=BUILD_SECONDS, poll=poll)

        key = content_key(level, runtime, flags, tool.version, tool.compiler_version)
        return str(build_once("headers", key, build) / "runtime.h")

    def compile_runtime(name: str) -> Path:
        def build(folder: Path, log: Path) -> None:
            source = tool.root / "include" / f"{name}.cpp"
            options = [OPTIMISE_FAST, *library_flags, "-c", str(source), "-o", f"{name}.o"]
            run_process(
                [tool.compiler, *options], cwd=folder, log=log, timeout=BUILD_SECONDS, poll=poll
            )

        key = content_key(name, OPTIMISE_FAST, library_flags, tool.version, tool.compiler_version)
        return build_once(name, key, build) / f"{name}.o"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            library = pool.map(compile_runtime, runtime)
            return [*pool.map(compile_unit, _compilation_units(folder, optimise)), *library]
        except BaseException:
            # An error or an interrupt also ends the compilers of the other threads.
            stop.set()
            raise


def _require_header(tool: Verilator, header: str) -> None:
    probe = subprocess.run(
        [tool.compiler, "-E", "-x", "c++", "-"],
        input=f"#include <{header}>\n".encode(),
        capture_output=True,
        timeout=60,
    )
    if probe.returncode != 0:
        raise SimulatorMissing(
            f"FST waves from Verilator need {header}: run `apt-get install liblz4-dev zlib1g-dev`"
            " (or your system's), or write waves as .vcd"
        )


def _library_flags(tool: Verilator) -> list[str]:
    """Options for the run-time library, which is the same with and without waves."""
    include = tool.root / "include"
    return ["-std=c++17", "-fPIC", "-I.", f"-I{include}", f"-I{include / 'vltstd'}"]


def _switches(fst: bool, vcd: bool) -> list[str]:
    """What generated code is told about itself."""
    switches = {"TRACE": fst or vcd, "TRACE_FST": fst, "TRACE_VCD": vcd}
    switches |= dict.fromkeys(["TRACE_SAIF", "COVERAGE", "SC", "TIMING"], False)
    return ["-DVERILATOR=1", *(f"-DVM_{name}={int(value)}" for name, value in switches.items())]


def _compilation_units(folder: Path, optimise: bool) -> list[Path]:
    """Group the generated files: reading the headers costs more than a small file itself.

    What runs often is apart from what does not, unless nothing is optimised or all is small.
    """
    generated = sorted(folder.glob("Vtop*.cpp"), key=lambda path: -path.stat().st_size)
    small = sum(path.stat().st_size for path in generated) <= SMALL_BYTES
    units = []
    slow = [path for path in generated if not optimise or ("Slow" in path.name and not small)]
    groups = {"fast": [path for path in generated if path not in slow], "slow": slow}
    for speed, members in groups.items():
        size = sum(path.stat().st_size for path in members)
        count = min(len(members), os.cpu_count() or 1, 1 + size // SPLIT_BYTES)
        for index in range(count):
            # Dealt by falling size, so that the units take about as long as one another.
            unit = folder / f"unit_{speed}_{index}.cpp"
            names = [path.name for path in members[index::count]]
            write_text(unit, "".join(f'#include "{name}"\n' for name in names))
            units.append(unit)
    with units[0].open("a", encoding="utf-8") as first:
        first.write('#include "main.cpp"\n')
    return units
