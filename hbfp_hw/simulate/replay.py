"""Replay of operand streams through a design in a simulator."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.files import naming
from hbfp_hw.helpers.processes import ToolError, run_process
from hbfp_hw.helpers.run_folder import run_folder
from hbfp_hw.simulate.cocotb_run import CocotbRun, build_for_cocotb
from hbfp_hw.simulate.options import RunOptions
from hbfp_hw.simulate.replay_files import Operands, ReplayFiles
from hbfp_hw.simulate.verilate import build_library, build_replay_program

Words = npt.NDArray[np.uint32]

OPTIMISE_FROM = 4 * 10**9
"""Least amount of work for which an optimised build saves more time than it takes.

Work is transfers times characters of Verilog. The break-even point varies with the design: for
arrays it is a quarter of this value, for dot engines five times this value.
"""

WAVES = "waves.fst"
"""File that Icarus writes waves to; :func:`replay` moves it, as Icarus does not take every name."""


@dataclass(frozen=True)
class Replay:
    """Result of a replay.

    Members:
        outputs: For each output stream a uint32 array (transfers, words), the lowest word first.
        cycles: Cycles from the end of the reset to the last expected output, both included.
        seconds: Time of the simulation, without the build.
        build_seconds: Time of the build; near 0 if the cache had one.
        log: Log of the simulator.
    """

    outputs: dict[str, Words]
    cycles: int
    seconds: float
    build_seconds: float
    log: Path


def replay(
    design: Design,
    inputs: Mapping[str, Operands],
    expected: Mapping[str, int],
    options: RunOptions = RunOptions(),
) -> Replay:
    """Send ``inputs`` through ``design`` and collect the outputs.

    Bits and cycles do not depend on the simulator. Cycle 0 is the first one without reset. A source
    offers its next item at once, and an item once offered stays until the design accepts it.

    Parameters:
        design: The design; it may have any streams.
        inputs: For each input stream a uint32 array (transfers, words): each row is a payload in
            32-bit words, the lowest first. :class:`~hbfp_hw.simulate.Repeated` and
            :class:`~hbfp_hw.simulate.Looped` are shorter forms.
        expected: For each output stream the number of transfers to wait for.
        options: Simulator, stall patterns, time limit, progress and waves.

    Raises:
        SimulatorMissing: The simulator is not installed.
        ToolError: The design does not compile, transfers nothing for 100,000 cycles or gives more
            outputs than expected, or the simulator crashes or exceeds the time limit; the message
            names the log.
        TypeError, ValueError: A stream is missing or unknown, or an array does not fit its stream.
    """
    files = ReplayFiles(design, inputs, expected, options.stalls or {})
    started = time.monotonic()
    if options.simulator == "verilator":
        transfers = max([*map(len, inputs.values()), *expected.values()], default=0)
        work = transfers * len(design.verilog)
        run = _compiled(design, options.waves, optimise=work >= OPTIMISE_FROM)
    else:
        run = _under_cocotb(design, options.simulator, options.waves)
    return _execute(files, run, time.monotonic() - started, options)


_PreparedRun = Callable[[Path, Path, float, Callable[[], None]], None]
"""Function (folder, log, timeout, poll) that replays the files in a folder on a built simulator."""


def _execute(
    files: ReplayFiles, run: _PreparedRun, build_seconds: float, options: RunOptions
) -> Replay:
    with run_folder(files.design.name) as folder:
        log = folder / "simulation.log"
        try:
            with naming(folder):
                files.write(folder)
            started = time.monotonic()

            def poll() -> None:
                if options.progress is not None:
                    options.progress(files.received(folder), files.total)

            run(folder, log, options.timeout, poll)
            poll()
            cycles = files.check(folder, log)
            outputs = files.outputs(folder)
            return Replay(outputs, cycles, time.monotonic() - started, build_seconds, log)
        finally:
            # Outputs are memory maps, which outlive their files; only the log is worth keeping.
            files.remove_data(folder)


def _compiled(design: Design, waves: Path | None, *, optimise: bool) -> _PreparedRun:
    program = build_replay_program()
    kind = waves.suffix[1:] if waves else None
    library = build_library(design, waves=kind, optimise=optimise)

    def run(folder: Path, log: Path, timeout: float, poll: Callable[[], None]) -> None:
        command = [program, library, *([waves.absolute()] if waves else [])]
        run_process(command, cwd=folder, log=log, timeout=timeout, poll=poll, name=design.name)

    return run


def _under_cocotb(design: Design, simulator: str, waves: Path | None) -> _PreparedRun:
    build = build_for_cocotb(design, simulator)
    arguments = () if waves is None else (f"+dumpfile_path={WAVES}",)

    def run(folder: Path, log: Path, timeout: float, poll: Callable[[], None]) -> None:
        cocotb = CocotbRun(
            build,
            "hbfp_hw.sim.stream_replay",
            folder,
            log=log,
            results=folder / "results.xml",
            arguments=arguments,
            waves=waves is not None,
        )
        try:
            cocotb.start(timeout=timeout, poll=poll)
            if not (folder / "status.txt").is_file():
                raise ToolError(f"{design.name} on {simulator} broke down", log=log)
            if waves is not None:
                shutil.move(folder / WAVES, waves)
        finally:
            (folder / WAVES).unlink(missing_ok=True)

    return run
