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
from hbfp_hw.simulate.cocotb_run import build_for_cocotb, check_simulator, run_cocotb
from hbfp_hw.simulate.replay_job import Operands, ReplayJob
from hbfp_hw.simulate.verilate import build_library, build_replay_program

Words = npt.NDArray[np.uint32]

OPTIMISE_FROM = 4 * 10**9
"""Transfers times letters of Verilog from which on optimising saves more time than it takes.

For arrays that is so from a quarter of it on, for dot engines from five times as many.
"""

WAVES = "waves.fst"
"""What Icarus writes waves to, as it does not take every name."""


@dataclass(frozen=True)
class Replay:
    """Result of a replay.

    Members:
        outputs: Per output stream an array (transfers, words) of uint32, little end first.
        cycles: Cycles from the end of the reset to the last expected output, both included.
        seconds: Time of the simulation, without the build.
        build_seconds: Time of the build, near 0 if an earlier one was found.
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
    *,
    simulator: str = "verilator",
    stalls: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    timeout: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
    waves: Path | None = None,
) -> Replay:
    """Send ``inputs`` through ``design`` and collect the outputs.

    Bits and cycles do not depend on the simulator. Cycle 0 is the first one without reset. A source
    presents its next item at once, and an item that was presented stays until it is taken.

    Parameters:
        inputs: Per input stream a uint32 array (transfers, words), a payload in little-endian
            words.
        expected: Per output stream the number of transfers to wait for.
        simulator: "verilator" (compiled) or "icarus" (under cocotb).
        stalls: Per stream a periodic pattern: in cycle t with ``stalls[s][t % len]`` true a source
            presents no new item, a sink is not ready.
        timeout: Time limit of the simulation in seconds.
        progress: Called now and then with the output transfers so far and in all.
        waves: File to write waves to: .fst, on Verilator also .vcd.

    Raises:
        SimulatorMissing: If the simulator is not installed.
        ToolError: If the design cannot be compiled, moves nothing for 100,000 cycles, gives
            more outputs than expected, or the simulator breaks down or exceeds ``timeout``; the
            message names the log.
        TypeError, ValueError: If a stream is missing or unknown, or an array does not fit its
            stream.
    """
    check_simulator(simulator)
    kinds = (".fst", ".vcd") if simulator == "verilator" else (".fst",)
    if waves is not None and waves.suffix not in kinds:
        raise ValueError(f"Waves must be a {' or '.join(kinds)} file, not {str(waves)!r}")
    job = ReplayJob(design, inputs, expected, stalls or {})
    started = time.monotonic()
    if simulator == "verilator":
        transfers = max([*map(len, inputs.values()), *expected.values()], default=0)
        work = transfers * len(design.verilog)
        run = _compiled(design, waves, optimise=work >= OPTIMISE_FROM)
    else:
        run = _under_cocotb(design, simulator, waves)
    return _execute(job, run, time.monotonic() - started, timeout, progress)


# A prepared simulator: runs the job in a folder, with a log, a time limit and a poll function.
_Run = Callable[[Path, Path, float, Callable[[], None]], None]


def _execute(
    job: ReplayJob,
    run: _Run,
    build_seconds: float,
    timeout: float,
    progress: Callable[[int, int], None] | None,
) -> Replay:
    with run_folder(job.design.name) as folder:
        log = folder / "simulation.log"
        try:
            with naming(folder):
                job.write(folder)
            started = time.monotonic()

            def poll() -> None:
                if progress is not None:
                    progress(job.received(folder), job.total)

            run(folder, log, timeout, poll)
            poll()
            cycles = job.check(folder, log)
            outputs = job.outputs(folder)
            return Replay(outputs, cycles, time.monotonic() - started, build_seconds, log)
        finally:
            # Mapped results live on without their name; only the log is worth keeping.
            job.remove_data(folder)


def _compiled(design: Design, waves: Path | None, *, optimise: bool) -> _Run:
    launcher = build_replay_program()
    kind = waves.suffix[1:] if waves else None
    library = build_library(design, waves=kind, optimise=optimise)

    def run(folder: Path, log: Path, timeout: float, poll: Callable[[], None]) -> None:
        command = [launcher, library, *([waves.absolute()] if waves else [])]
        run_process(command, cwd=folder, log=log, timeout=timeout, poll=poll, name=design.name)

    return run


def _under_cocotb(design: Design, simulator: str, waves: Path | None) -> _Run:
    build = build_for_cocotb(design, simulator)
    arguments = () if waves is None else (f"+dumpfile_path={WAVES}",)

    def run(folder: Path, log: Path, timeout: float, poll: Callable[[], None]) -> None:
        try:
            run_cocotb(
                *(design, "hbfp_hw.sim.stream_replay", simulator, build),
                folder=folder,
                log=log,
                results=folder / "results.xml",
                seed=0,
                environment={},
                timeout=timeout,
                arguments=arguments,
                waves=waves is not None,
                poll=poll,
            )
            if not (folder / "status.txt").is_file():
                raise ToolError(f"{design.name} on {simulator} broke down", log=log)
            if waves is not None:
                shutil.move(folder / WAVES, waves)
        finally:
            (folder / WAVES).unlink(missing_ok=True)

    return run
