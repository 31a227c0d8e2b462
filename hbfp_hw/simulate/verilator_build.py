"""Build of a Verilator model: Verilator translates Verilog to C++, which is compiled and linked.

The C++ is compiled here, without Verilator's makefiles. Thus the run-time library and its headers
are compiled once per machine. The makefiles would compile them once per design, which for small
designs is most of the time.
"""

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.build_cache import build_once
from hbfp_hw.helpers.cache import content_key
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import ToolError, run_process
from hbfp_hw.simulate.toolchain import SimulatorMissing, Verilator, find_verilator

BUILD_SECONDS = 1800.0
VERILATE = ("--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--prefix", "Vtop")
OPTIMISE_FAST, OPTIMISE_SLOW = "-O1", "-O0"
"""Compiler options for Verilator's fast and slow code; slow code runs once per simulation."""
SPLIT_BYTES = 400_000
"""Bytes of generated text per compilation unit: one more unit for each multiple of this size."""
SMALL_BYTES = 100_000
"""Bytes of generated text up to which slow code is compiled with the fast code, not apart."""


@dataclass(frozen=True)
class ModelBuild:
    """Build of the model of a design.

    Members:
        design: The design.
        kind: Kind of build, part of the name of its folder in the cache.
        control: Verilator control file.
        sources: Further files by name; ``main.cpp`` is compiled with the model.
        flags: Further options of Verilator.
        link: Further options of the linker.
        objects: Object files to link, each in a folder whose name contains a hash of the sources.
        optimise: Whether to optimise the fast code.
    """

    design: Design
    kind: str
    control: str
    sources: Mapping[str, str]
    flags: Sequence[str] = ()
    link: Sequence[str] = ()
    objects: Sequence[Path] = ()
    optimise: bool = True

    def folder(self) -> Path:
        """Return the folder of the build; build it unless the cache has it."""
        tool = find_verilator()
        design = self.design
        fst, vcd = "--trace-fst" in self.flags, "--trace-vcd" in self.flags
        runtime = ["verilated", "verilated_threads"]
        runtime += ["verilated_vpi"] if "--vpi" in self.flags else []
        runtime += ["verilated_fst_c"] if fst else ["verilated_vcd_c"] if vcd else []
        link = [*self.link, *(["-llz4", "-lz"] if fst else []), "-pthread"]
        compile_flags = [*_library_flags(tool), *_switches(fst, vcd)]
        if fst:
            _require_header(tool, "lz4.h")
        inputs = {f"{design.name}.vlt": self.control, f"{design.name}.v": design.verilog}

        def build(folder: Path, log: Path) -> None:
            for name, text in {**inputs, **self.sources}.items():
                write_text(folder / name, text)
            options = [*VERILATE, *self.flags, "--top-module", design.name, "-Mdir", "."]
            run_process(
                [tool.binary, *options, *inputs],
                cwd=folder,
                env=tool.environment,
                log=log,
                timeout=BUILD_SECONDS,
            )
            compiled = _compile_all(tool, folder, log, runtime, compile_flags, self.optimise)
            run_process(
                [tool.compiler, *compiled, *self.objects, *link, "-o", design.name],
                cwd=folder,
                log=log,
                timeout=BUILD_SECONDS,
            )
            for leftover in (*folder.glob("*.o"), *folder.glob("*.cpp")):
                leftover.unlink()

        object_keys = [file.parent.name for file in self.objects]
        constants = [OPTIMISE_FAST, OPTIMISE_SLOW, SPLIT_BYTES, SMALL_BYTES]
        key = content_key(
            inputs,
            dict(self.sources),
            VERILATE,
            list(self.flags),
            link,
            compile_flags,
            self.optimise,
            object_keys,
            constants,
            tool.version,
            tool.compiler_version,
        )
        return build_once(f"{design.name}-{self.kind}", key, build)


def _compile_all(
    tool: Verilator,
    folder: Path,
    log: Path,
    runtime: Sequence[str],
    flags: Sequence[str],
    optimise: bool,
) -> list[Path]:
    """Compile generated code and run-time library in parallel. Return the object files."""
    stop = threading.Event()
    library_flags = _library_flags(tool)

    def poll() -> None:
        if stop.is_set():
            raise ToolError(f"The compilation in {folder} was stopped: another one failed")

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
            # After an error or an interrupt the other threads must end their compilers.
            stop.set()
            raise


def _require_header(tool: Verilator, header: str) -> None:
    """Raise ``SimulatorMissing`` unless the compiler finds a header that FST waves need."""
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
    """Return compiler options for the run-time library, the same with and without waves."""
    include = tool.root / "include"
    return ["-std=c++17", "-fPIC", "-I.", f"-I{include}", f"-I{include / 'vltstd'}"]


def _switches(fst: bool, vcd: bool) -> list[str]:
    """Return the macros that Verilator's makefile would define for the generated code."""
    switches = {"TRACE": fst or vcd, "TRACE_FST": fst, "TRACE_VCD": vcd}
    switches |= dict.fromkeys(["TRACE_SAIF", "COVERAGE", "SC", "TIMING"], False)
    return ["-DVERILATOR=1", *(f"-DVM_{name}={int(value)}" for name, value in switches.items())]


def _compilation_units(folder: Path, optimise: bool) -> list[Path]:
    """Group the generated files into compilation units and write these.

    A unit includes several files, because parsing the headers takes longer than a small file.
    Fast and slow code are separate units, unless nothing is optimised or everything is small.
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
            # Dealing the files by falling size gives units of about the same size.
            unit = folder / f"unit_{speed}_{index}.cpp"
            names = [path.name for path in members[index::count]]
            write_text(unit, "".join(f'#include "{name}"\n' for name in names))
            units.append(unit)
    with units[0].open("a", encoding="utf-8") as first:
        first.write('#include "main.cpp"\n')
    return units
