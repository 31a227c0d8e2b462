"""Co-simulation: a compiled design beside the golden model, on as many processes as wanted."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hbfp_hw.cosim.compare import ARRAYS, Difference
from hbfp_hw.cosim.vectors import vectors_name, vectors_of
from hbfp_hw.driver.compiled import build_core
from hbfp_hw.format import check_integer
from hbfp_hw.generation.design import Design
from hbfp_hw.helpers.files import write_text
from hbfp_hw.helpers.processes import POLL_SECONDS, ToolError, run_process
from hbfp_hw.helpers.run_folder import run_folder
from hbfp_hw.simulate.verilate import build_library


@dataclass(frozen=True)
class CosimResult:
    """Result of a co-simulation.

    Members:
        vectors: Vectors that were compared; what one is depends on the unit.
        cycles: Cycles of the design.
        mismatches: Output transfers that were wrong, missing or too many.
        classes: Vectors of each corner class.
        differences: The first ones, each with what shows it; at most one of a batch.
        seconds: Time of everything but the build.
        build_seconds: Time of the build, near 0 if an earlier one was found.
        log: What the processes printed.
    """

    vectors: int
    cycles: int
    mismatches: int
    classes: dict[str, int]
    differences: tuple[Difference, ...]
    seconds: float
    build_seconds: float
    log: Path


def cosim(
    design: Design,
    vectors: int,
    *,
    seed: int = 0,
    threads: int | None = None,
    stalls: float = 0.0,
    constants: Mapping[str, int] | None = None,
    timeout: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
) -> CosimResult:
    """Compare a design with the golden model on random vectors and those of every corner class.

    The vectors depend on the seed alone, not on the number of threads.

    Parameters:
        design: A generated unit; its Verilog may have been changed.
        vectors: How many.
        seed: Seed of vectors and stalls, 32 bits.
        threads: Processes at work, each with a design of its own; by default one per core.
        stalls: Probability that a stream stalls in a cycle, below 1.
        constants: FieldArrays of input ports that the design has beside those of its description.
        timeout: Time limit of the simulation in seconds.
        progress: Called now and then with the vectors so far and in all.

    Raises:
        SimulatorMissing: Verilator or a C++ compiler is not installed.
        ToolError: The design does not compile, breaks down or exceeds ``timeout``; the
            message names the log.
        TypeError, ValueError: An argument is none that can be used.
    """
    (result,) = _run(
        *(design, [constants or {}], vectors, seed, threads, stalls, timeout, progress),
        stop_at_first=False,
    )
    return result


def cosim_each(
    design: Design,
    constants: Sequence[Mapping[str, int]],
    vectors: int,
    *,
    seed: int = 0,
    threads: int | None = None,
    stalls: float = 0.0,
    timeout: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
) -> list[CosimResult]:
    """One co-simulation per set of constants, all with one build and the same vectors.

    Each ends with the first batch that differs. The parameters are those of :func:`cosim`.
    """
    return _run(
        *(design, constants, vectors, seed, threads, stalls, timeout, progress),
        stop_at_first=True,
    )


def _run(
    design: Design,
    constants: Sequence[Mapping[str, int]],
    vectors: int,
    seed: int,
    threads: int | None,
    stalls: float,
    timeout: float,
    progress: Callable[[int, int], None] | None,
    *,
    stop_at_first: bool,
) -> list[CosimResult]:
    threads = os.cpu_count() or 1 if threads is None else threads
    check_integer("Vectors", vectors, 1, 10**12)
    check_integer("Seed", seed, 0, 2**32 - 1)
    check_integer("Threads", threads, 1, 1024)
    if not 0 <= stalls < 1:
        raise ValueError(f"Stalls must be a probability below 1, not {stalls!r}")
    core = design.description.unit == "core"
    if stalls and not (core or design.description.streams):
        raise ValueError("Stalls must be 0 for a unit without handshakes")
    names = list(constants[0]) if constants else []
    for each in constants:
        if list(each) != names:
            raise ValueError(f"Constants must all name {names}, not {list(each)}")
        for name, value in each.items():
            check_integer(f"Constant {name!r}", value, 0, 2**64 - 1)
    if core and names:
        raise ValueError(f"Constants must be left out for a core, not {names}")
    batch = vectors_of(design.description).vectors
    threads = min(threads, -(-vectors // batch) if len(constants) == 1 else len(constants))

    started = time.monotonic()
    library = build_core(design) if core else build_library(design, names)
    build_seconds = time.monotonic() - started
    job = {
        "library": str(library),
        "description": design.description.to_json(),
        "tasks": [[int(each[name]) for name in names] for each in constants],
        "share_tasks": 1 if len(constants) == 1 else threads,
        "share_batches": threads if len(constants) == 1 else 1,
        "vectors": int(vectors),
        "vectors_name": vectors_name(design.description.unit),
        "seed": int(seed),
        "stalls": stalls,
        "stop": stop_at_first,
    }
    with run_folder(design.name) as folder:
        try:
            write_text(folder / "job.json", json.dumps(job))
            started = time.monotonic()
            _work(design.name, folder, threads, timeout, progress, vectors * len(constants))
            seconds = time.monotonic() - started
            return [
                _collect(folder, number, seconds, build_seconds) for number in range(len(constants))
            ]
        finally:
            for path in (*folder.glob("task-*"), *folder.glob("progress-*"), folder / "job.json"):
                path.unlink(missing_ok=True)


def _work(
    name: str,
    folder: Path,
    threads: int,
    timeout: float,
    progress: Callable[[int, int], None] | None,
    total: int,
) -> None:
    """BatchRun the workers to their end; the end of one by an error, or an interrupt, ends all."""
    stop = threading.Event()
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }

    def poll() -> None:
        if stop.is_set():
            raise ToolError(f"The run in {folder} was given up")

    def work(index: int) -> None:
        run_process(
            [sys.executable, "-P", "-m", "hbfp_hw.cosim.worker", folder / "job.json", str(index)],
            cwd=folder,
            env=environment,
            log=folder / "simulation.log",
            timeout=timeout,
            poll=poll,
            name=name,
        )

    def follow() -> None:
        if progress is not None:
            texts = [path.read_text(encoding="utf-8") for path in folder.glob("progress-*")]
            progress(sum(int(text or 0) for text in texts), total)

    with ThreadPoolExecutor(threads) as pool:
        try:
            running = {pool.submit(work, index) for index in range(threads)}
            while running:
                ended, running = wait(running, POLL_SECONDS, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                follow()
        except BaseException:
            stop.set()
            raise


def _collect(folder: Path, task: int, seconds: float, build_seconds: float) -> CosimResult:
    """The result of one task out of what the workers found."""
    parts: list[dict[str, Any]] = []
    differences = []
    for path in folder.glob(f"task-{task}-*.json"):
        part = json.loads(path.read_text(encoding="utf-8"))
        parts.append(part)
        if not part["differences"]:
            continue
        with np.load(path.with_suffix(".npz")) as file:
            for number, summary in enumerate(part["differences"]):
                arrays: dict[str, Any] = {kind: {} for kind in ARRAYS}
                for name in file.files:
                    place, kind, stream = name.split(".")
                    if int(place) == number:
                        arrays[kind][stream] = file[name]
                differences.append(Difference(**(summary | arrays)))
    classes: dict[str, int] = {}
    for part in parts:
        for name, count in part["classes"].items():
            classes[name] = classes.get(name, 0) + count
    return CosimResult(
        **{key: sum(part[key] for part in parts) for key in ("vectors", "cycles", "mismatches")},
        classes=classes,
        differences=tuple(sorted(differences, key=lambda difference: difference.batch)),
        seconds=seconds,
        build_seconds=build_seconds,
        log=folder / "simulation.log",
    )
