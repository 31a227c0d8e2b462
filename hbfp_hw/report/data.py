"""Measurement of every figure of a report, as plain data from which the page is made."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import cast

from hbfp_hw.area import PUBLIC, VerilogSource, measure_all
from hbfp_hw.area.record import BASELINES, AreaRun, describe_all
from hbfp_hw.area.result import macs_per_cycle
from hbfp_hw.density import PAPER, Components, density, dot_gain, systolic_gain
from hbfp_hw.density.measured import measure_components
from hbfp_hw.density.synthesis import Progress, SynthesisFlow, SynthesisJob, YosysRelease, count_all
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.report.record import DensityRow, ReportData, ScopeRecord, StudyRow
from hbfp_hw.report.releases import compare_releases
from hbfp_hw.report.scope import Scope, unpipelined_unit
from hbfp_hw.report.sensitivity import tabulate, variations

ProgressBar = Callable[[str], AbstractContextManager[Progress]]
"""Function that opens a progress bar; it takes the name of the counted items."""


def collect(
    scope: Scope, bar: ProgressBar, *, cached: bool = True, releases: Sequence[YosysRelease] = ()
) -> ReportData:
    """Measure every figure of a report and return them all.

    Parameters:
        scope: Units and sizes to measure.
        bar: Opens a progress bar for each kind of measurement.
        cached: Whether earlier measurements may be used.
        releases: Other releases of Yosys to compare with.

    Raises:
        SynthesisError: Yosys fails, or its report is not as expected; the error names the log.
    """
    area = _measure_configurations(scope, bar, cached)
    per_mac = {name: area["baselines"][name]["transistors_per_mac"] or 0.0 for name in BASELINES}
    with bar("component") as progress:
        own = measure_components(cached=cached, progress=progress)
    return {
        "plan": cast(ScopeRecord, asdict(scope)),
        "versions": area["versions"],
        "script": SynthesisFlow().script("TOP"),
        "public": PUBLIC,
        "baselines": per_mac,
        "area": area["results"],
        "density": _measure_density(scope, bar, cached, own, per_mac),
        "models": {components.name: density(components) for components in (PAPER, own)},
        "sensitivity": _measure_studies(scope, bar, cached),
        "releases": compare_releases(releases, *scope.study, cached=cached),
    }


def _measure_configurations(scope: Scope, bar: ProgressBar, cached: bool) -> AreaRun:
    """Measure the scope's configurations and the baselines."""
    names = list(dict.fromkeys([*scope.configs, *BASELINES.values()]))
    # Start with the largest: if it came last, one processor would work on it while the others idle.
    units = {name: CATALOG[name]() for name in sorted(names, key=_macs, reverse=True)}
    with bar("configuration") as progress:
        done = 0

        def follow() -> None:
            nonlocal done
            done += 1
            progress(done, len(units))

        results = measure_all(units, cached=cached, progress=follow)
    baselines = {name: results[config] for name, config in BASELINES.items()}
    run = describe_all([results[name] for name in names], baselines)
    for result in run["results"]:
        # These differ from run to run, and the same figures must give the same file.
        result.pop("cached")
        result.pop("seconds")
        result.pop("log")
    return run


def _macs(name: str) -> int:
    """Return the multiply-accumulates per cycle of a configuration, 0 if it does none."""
    return macs_per_cycle(CATALOG[name]()) or 0


def _measure_density(
    scope: Scope, bar: ProgressBar, cached: bool, own: Components, per_mac: dict[str, float]
) -> list[DensityRow]:
    """Measure `mac` in every width and block size, and compute both models at the same sizes.

    The systolic model takes the block size as its tile: in both, that many elements along a dot
    product share an exponent.
    """
    sizes = [(bits, size) for bits in scope.widths for size in scope.block_sizes]
    units = [unpipelined_unit("mac", bits, size) for bits, size in sizes]
    jobs = [SynthesisJob(VerilogSource.of_unit(unit, cached=cached)) for unit in units]
    with bar("unit") as progress:
        counts = count_all(jobs, cached=cached, progress=progress)
    rows = []
    for (bits, size), count in zip(sizes, counts, strict=True):
        row: DensityRow = {
            "mantissa_bits": bits,
            "block_size": size,
            "transistors": count,
            "transistors_per_mac": count / size,
        }
        for name in BASELINES:
            row[f"ratio_{name}"] = per_mac[name] * size / count
            row[f"ratio_public_{name}"] = PUBLIC[name] * size / count
            over = name.upper()
            for table in (PAPER, own):
                model = f"model_{table.name}"
                row[f"{model}_dot_{name}"] = dot_gain(table, bits, size, over=over)
                row[f"{model}_systolic_{name}"] = systolic_gain(table, bits, size, over=over)
        rows.append(row)
    return rows


def _measure_studies(scope: Scope, bar: ProgressBar, cached: bool) -> dict[str, list[StudyRow]]:
    """Measure the sensitivity studies."""
    bits, block_size = scope.study
    chosen = variations(bits, block_size, scope.flows, cached)
    with bar("variation") as progress:
        counts = count_all([each.job for each in chosen], cached=cached, progress=progress)
    return tabulate(dict(zip(chosen, counts, strict=True)))
