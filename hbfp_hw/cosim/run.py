"""Co-simulation of a design on any number of processes."""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.cosim.difference import Difference
from hbfp_hw.cosim.job import JOB, CosimJob, read_progress, read_tallies, remove_files
from hbfp_hw.cosim.vectors import vectors_name, vectors_of
from hbfp_hw.driver.compiled import build_core
from hbfp_hw.format import check_integer
from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.processes import POLL_SECONDS, ToolError, run_process
from hbfp_hw.helpers.run_folder import run_folder
from hbfp_hw.simulate.verilate import build_library


@dataclass(frozen=True)
class CosimResult:
    """Result of a co-simulation.

    Members:
        vectors: Vectors compared; the ``meaning`` of the unit's vectors says what one vector is.
        cycles: Cycles simulated.
        mismatches: Output transfers that were wrong, missing or unexpected.
        classes: Vectors of each corner class.
        differences: First differences, at most one per batch, with payloads that reproduce them.
        seconds: Time of the comparison in seconds, without the build.
        build_seconds: Seconds of the build, near 0 if an earlier build was found.
        log: Output of the processes.
    """

    vectors: int
    cycles: int
    mismatches: int
    classes: dict[str, int]
    differences: tuple[Difference, ...]
    seconds: float
    build_seconds: float
    log: Path


@dataclass(frozen=True)
class CosimOptions:
    """Options that :func:`cosim` and :func:`cosim_each` share; see there.

    Raises:
        TypeError, ValueError: A number has the wrong type or is out of range.
    """

    vectors: int
    seed: int
    workers: int | None
    stalls: float
    timeout: float
    progress: Callable[[int, int], None] | None

    def __post_init__(self) -> None:
        check_integer("Vectors", self.vectors, 1, 10**12)
        check_integer("Seed", self.seed, 0, 2**32 - 1)
        check_integer("Workers", self.processes, 1, 1024)
        if not 0 <= self.stalls < 1:
            raise ValueError(f"Stalls must be a probability below 1, not {self.stalls!r}")

    @property
    def processes(self) -> int:
        """Processes to use, by default one per processor."""
        return os.cpu_count() or 1 if self.workers is None else self.workers


def cosim(
    design: Design,
    vectors: int,
    *,
    seed: int = 0,
    workers: int | None = None,
    stalls: float = 0.0,
    constants: Mapping[str, int] | None = None,
    timeout: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
) -> CosimResult:
    """Compare a design with the golden model on random vectors and on every corner class.

    The vectors depend on the seed alone, not on the number of workers.

    Parameters:
        design: A generated unit; its Verilog may have been changed.
        vectors: Number of vectors.
        seed: Seed of vectors and stalls, 32 bits.
        workers: Worker processes, each with a simulation of its own; None is one per processor.
        stalls: Probability that a stream stalls in a cycle, below 1.
        constants: Values of input ports that the description does not list, held in every cycle.
        timeout: Time limit of the simulation in seconds.
        progress: Called now and then with the vectors compared so far and in all.

    Raises:
        SimulatorMissing: Verilator or a C++ compiler is not installed.
        ToolError: The design does not compile, crashes or exceeds ``timeout``; the message names
            the log.
        TypeError, ValueError: An argument has the wrong type or is out of range, the unit has no
            vectors, stalls are given for a unit without handshakes, or constants for a core.
    """
    options = CosimOptions(vectors, seed, workers, stalls, timeout, progress)
    (result,) = _run(design, [constants or {}], options, stop_at_first=False)
    return result


def cosim_each(
    design: Design,
    constants: Sequence[Mapping[str, int]],
    vectors: int,
    *,
    seed: int = 0,
    workers: int | None = None,
    stalls: float = 0.0,
    timeout: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
) -> list[CosimResult]:
    """Run one co-simulation per set of constants, all with one build and the same vectors.

    Each ends with the first batch that has a mismatch. The other parameters and the errors are
    those of :func:`cosim`.

    Parameters:
        constants: Sets of constants, which must all name the same ports in the same order.

    Returns:
        One result per set, in order.
    """
    options = CosimOptions(vectors, seed, workers, stalls, timeout, progress)
    return _run(design, constants, options, stop_at_first=True)


def _run(
    design: Design,
    constants: Sequence[Mapping[str, int]],
    options: CosimOptions,
    *,
    stop_at_first: bool,
) -> list[CosimResult]:
    core = design.description.unit == "core"
    if options.stalls and not (core or design.description.streams):
        raise ValueError("Stalls must be 0 for a unit without handshakes")
    names = _constant_names(constants)
    if core and names:
        raise ValueError(f"Constants must be left out for a core, not {names}")
    batches = -(-options.vectors // vectors_of(design.description).batch_size)
    workers = min(options.processes, batches if len(constants) == 1 else len(constants))

    started = time.monotonic()
    library = build_core(design) if core else build_library(design, names)
    build_seconds = time.monotonic() - started
    job = CosimJob(
        library=str(library),
        description=design.description,
        vectors_name=vectors_name(design.description.unit),
        tasks=[[int(each[name]) for name in names] for each in constants],
        workers=workers,
        vectors=int(options.vectors),
        seed=int(options.seed),
        stalls=options.stalls,
        stop_at_first=stop_at_first,
    )
    with run_folder(design.name) as folder:
        try:
            job.save(folder)
            started = time.monotonic()
            _run_workers(design.name, folder, job, options)
            seconds = time.monotonic() - started
            return [
                _collect(folder, task, seconds, build_seconds) for task in range(len(constants))
            ]
        finally:
            remove_files(folder)


def _constant_names(constants: Sequence[Mapping[str, int]]) -> list[str]:
    """Return the ports that are held constant.

    Raises:
        TypeError: A value is not an integer.
        ValueError: The sets do not name the same ports in the same order, or a value is out of
            range.
    """
    names = list(constants[0]) if constants else []
    for each in constants:
        if list(each) != names:
            raise ValueError(f"Constants must all name {names}, not {list(each)}")
        for name, value in each.items():
            check_integer(f"Constant {name!r}", value, 0, 2**64 - 1)
    return names


def _run_workers(name: str, folder: Path, job: CosimJob, options: CosimOptions) -> None:
    """Run all workers to completion. An error of one worker, or an interrupt, stops the others."""
    stop = threading.Event()
    total = job.vectors * len(job.tasks)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }

    def poll() -> None:
        if stop.is_set():
            raise ToolError(f"The run in {folder} was stopped: another worker failed")

    def work(worker: int) -> None:
        run_process(
            [sys.executable, "-P", "-m", "hbfp_hw.cosim.worker", folder / JOB, str(worker)],
            cwd=folder,
            env=environment,
            log=folder / "simulation.log",
            timeout=options.timeout,
            poll=poll,
            name=name,
        )

    with ThreadPoolExecutor(job.workers) as pool:
        try:
            running = {pool.submit(work, worker) for worker in range(job.workers)}
            while running:
                ended, running = wait(running, POLL_SECONDS, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                if options.progress is not None:
                    options.progress(read_progress(folder), total)
        except BaseException:
            stop.set()
            raise


def _collect(folder: Path, task: int, seconds: float, build_seconds: float) -> CosimResult:
    """Return the result of one task, summed over the workers."""
    tallies = read_tallies(folder, task)
    classes: dict[str, int] = {}
    for tally in tallies:
        for name, count in tally.classes.items():
            classes[name] = classes.get(name, 0) + count
    differences = [difference for tally in tallies for difference in tally.differences]
    return CosimResult(
        vectors=sum(tally.vectors for tally in tallies),
        cycles=sum(tally.cycles for tally in tallies),
        mismatches=sum(tally.mismatches for tally in tallies),
        classes=classes,
        differences=tuple(sorted(differences, key=lambda difference: difference.batch)),
        seconds=seconds,
        build_seconds=build_seconds,
        log=folder / "simulation.log",
    )
