"""Power, performance and area of units and of the FP32 and BF16 baselines in one run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hbfp_hw.area.result import macs_per_cycle
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.helpers.result_cache import Record
from hbfp_hw.helpers.worker_pool import Progress, run_jobs
from hbfp_hw.ppa.energy_job import EnergyJob, to_energy
from hbfp_hw.ppa.liberty import OWN_LIBRARY, CellLibrary, read_liberty
from hbfp_hw.ppa.netlist_job import NetlistJob
from hbfp_hw.ppa.options import SEED, PpaOptions
from hbfp_hw.ppa.ratios import BASELINES, fastest, shared_clock, smallest
from hbfp_hw.ppa.result import NetlistFiles, PpaResult
from hbfp_hw.ppa.staged import wrap_staged
from hbfp_hw.ppa.stimulus import MAKERS, Stimulus, operand_streams
from hbfp_hw.ppa.vectors import random_vectors
from hbfp_hw.rtl import Unit

VECTOR_STREAMS, VECTOR_CYCLES = 64, 160
"""Streams of the vectors that check a netlist, and their cycles without those of its latency."""

STREAMS, CYCLES = 256, 16
"""Streams of the operands whose energy is measured, and the clock edges that count in each."""


@dataclass(frozen=True)
class Measured:
    """Results of one run.

    Members:
        results: For each configuration, its smallest netlist that reaches the shared clock.
        best: For each configuration, its netlist with the highest throughput per area at its own
            clock, or the one with the highest clock if it does no multiply-accumulates.
        curves: All netlists, in the order of the configurations and points.
    """

    results: Sequence[PpaResult]
    best: Sequence[PpaResult]
    curves: Sequence[PpaResult]


@dataclass
class _Point:
    """A netlist, while it is measured."""

    unit: Unit
    job: NetlistJob
    figures: Record
    result: PpaResult


def load_cells(path: Path | None) -> CellLibrary:
    """Return the cells of a Liberty file, or the package's own for None.

    Raises:
        ValueError: The file cannot be read or is no Liberty file.
    """
    return read_liberty(OWN_LIBRARY if path is None else path)


def with_baselines(units: Mapping[str, Unit]) -> dict[str, Unit]:
    """Return the units and the baselines that they are compared with, by configuration."""
    return {**units, **{name: CATALOG[name]() for name in BASELINES.values() if name not in units}}


def measure_all(
    units: Mapping[str, Unit],
    options: PpaOptions | None = None,
    *,
    progress: Progress = lambda done, total: None,
) -> Measured:
    """Measure units at a clock, with the FP32 and BF16 baselines in the same run.

    Parameters:
        units: Units by name; a name becomes the ``config`` of the unit's results.
        options: Options; the defaults without.
        progress: Called after each netlist and each energy.

    Raises:
        ValueError: The library cannot be used, a unit cannot be wrapped, the operands do not fit,
            or a configuration does not reach the clock.
        ToolError: Yosys or the placer fails; the error names the log.
    """
    options = options or PpaOptions()
    library = load_cells(options.liberty)
    points = _netlists(with_baselines(units), library, options, progress)
    clock = options.clock_mhz or shared_clock([point.result for point in points])
    for point in points:
        point.result = replace(point.result, clock_mhz_shared=clock)
    by_config: dict[str, list[_Point]] = {}
    for point in points:
        by_config.setdefault(point.result.config, []).append(point)
    small = [_chosen(own, smallest) for own in by_config.values()]
    fast = [_chosen(own, fastest) for own in by_config.values()]
    if library.has_energy:
        wanted = points if options.every_energy else [*small, *fast]
        _energies(list({id(point): point for point in wanted}.values()), options, progress)
    return Measured(
        results=[point.result for point in small],
        best=[point.result for point in fast],
        curves=[point.result for point in points],
    )


def _chosen(points: Sequence[_Point], choose: Callable[[Sequence[PpaResult]], PpaResult]) -> _Point:
    """Return the point whose result a function chooses."""
    result = choose([point.result for point in points])
    return next(point for point in points if point.result is result)


def _netlists(
    units: Mapping[str, Unit], library: CellLibrary, options: PpaOptions, progress: Progress
) -> list[_Point]:
    """Measure the netlists of all units."""
    chosen: list[tuple[str, Unit, NetlistJob]] = []
    for name, unit in units.items():
        # A unit with registers of its own gets no ranks: points with ranks are left out, and if
        # there are no others, the unit is refused.
        own = bool(unit.parameters.get("pipeline")) or unit.unit not in MAKERS
        without = [(stages, effort) for stages, effort in options.points if not stages]
        for stages, effort in (own and without) or options.points:
            wrapped = wrap_staged(unit, stages)
            job = NetlistJob(
                wrapped=wrapped,
                effort=effort,
                liberty=library.path,
                library_sha256=library.sha256,
                with_wires=options.wires,
                vectors=_vectors(unit, wrapped.latency),
                cached=options.cached,
                timeout=options.timeout,
            )
            chosen.append((name, unit, job))
    jobs = [job for _, _, job in chosen]
    found = run_jobs(jobs, workers=options.workers, progress=progress)
    return [
        _Point(unit, job, figures, _result(name, unit, job, library, (figures, cached)))
        for (name, unit, job), (figures, cached) in zip(chosen, found, strict=True)
    ]


def _vectors(unit: Unit, latency: int) -> Stimulus | None:
    if unit.unit not in MAKERS:
        return None
    count = VECTOR_STREAMS * (VECTOR_CYCLES + latency)
    return random_vectors(unit, count, SEED, streams=VECTOR_STREAMS)


def _result(
    name: str, unit: Unit, job: NetlistJob, library: CellLibrary, found: tuple[Record, bool]
) -> PpaResult:
    figures, cached = found
    return PpaResult(
        config=name,
        area_um2=figures["area"],
        delay_ns=figures["period"],
        clock_mhz_shared=0.0,
        macs_per_cycle=macs_per_cycle(unit),
        energy=None,
        energy_per_mac_pj_zero_delay=None,
        leakage_nw=figures["leakage"],
        stages=job.wrapped.ranks,
        wires=job.with_wires,
        library=library.name,
        library_sha256=library.sha256,
        wrong_results=figures["wrong"],
        vectors=figures["vectors"],
        effort=job.effort,
        netlist=NetlistFiles(Path(figures["json"]), Path(figures["verilog"])),
        seconds=figures["seconds"],
        cached=cached,
    )


def _energies(points: Sequence[_Point], options: PpaOptions, progress: Progress) -> None:
    """Measure the energy of netlists, and add it to their results."""
    measured = [point for point in points if point.unit.unit in MAKERS]
    jobs = [
        EnergyJob(
            netlist=point.job,
            wires=point.figures["wires"],
            stimulus=_operands(point.unit, options, point.job.wrapped.latency),
            cached=options.cached,
        )
        for point in measured
    ]
    found = run_jobs(jobs, workers=options.workers, progress=progress)
    for point, (figures, cached) in zip(measured, found, strict=True):
        point.result = replace(
            point.result,
            energy=to_energy(figures["parts"]),
            energy_per_mac_pj_zero_delay=figures["zero_delay"],
            cached=point.result.cached and cached,
        )


def _operands(unit: Unit, options: PpaOptions, latency: int) -> Stimulus:
    cycles = latency + 1 + CYCLES
    x, w = options.operands
    return operand_streams(unit, x, w, streams=STREAMS, cycles=cycles, seed=SEED)
