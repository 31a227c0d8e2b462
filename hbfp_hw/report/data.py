"""All figures of a report as plain data, from which its page is made."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

from hbfp_hw.area import PUBLIC, VerilogSource, measure_all
from hbfp_hw.area.report import BASELINES, describe_all
from hbfp_hw.area.result import macs_per_cycle
from hbfp_hw.density import PAPER, Components, density, dot_gain, systolic_gain
from hbfp_hw.density.measured import measure_components
from hbfp_hw.density.synthesis import Progress, SynthesisFlow, SynthesisJob, YosysRelease, count_all
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.report.releases import compare_releases
from hbfp_hw.report.scope import Scope, unpipelined_unit
from hbfp_hw.report.sensitivity import tabulate, variations

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Gives a progress bar for things of a name."""

OF_THE_RUN = ("cached", "seconds", "log")
"""What says how figures came about this time; a report is the same every time."""


def collect(
    scope: Scope, bar: Bar, *, cached: bool = True, releases: Sequence[YosysRelease] = ()
) -> dict[str, Any]:
    """Measure all that a report shows.

    Parameters:
        scope: What to measure.
        bar: Progress of each kind of measurement.
        cached: Whether earlier measurements will do.
        releases: Other releases of Yosys to compare with.

    Raises:
        SynthesisError: Yosys fails, or does not say clearly what is asked; it names the log.
    """
    area = _measure_configurations(scope, bar, cached)
    per_mac = {name: area["baselines"][name]["transistors_per_mac"] for name in BASELINES}
    with bar("component") as progress:
        own = measure_components(cached=cached, progress=progress)
    return {
        "plan": asdict(scope),
        "versions": area["versions"],
        "script": SynthesisFlow().script("TOP"),
        "public": PUBLIC,
        "baselines": per_mac,
        "area": area["results"],
        "density": _measure_density(scope, bar, cached, own, per_mac),
        "models": {components.name: density(components) for components in (PAPER, own)},
        "sensitivity": _study(scope, bar, cached),
        "releases": compare_releases(releases, *scope.study, cached=cached),
    }


def _measure_configurations(scope: Scope, bar: Bar, cached: bool) -> dict[str, Any]:
    """Named configurations, with the baselines among them."""
    names = list(dict.fromkeys([*scope.configs, *BASELINES.values()]))
    # The largest first, so that none of them is left to the end and to one processor.
    units = {name: CATALOG[name]() for name in sorted(names, key=_lanes, reverse=True)}
    with bar("configuration") as progress:
        done = 0

        def follow() -> None:
            nonlocal done
            done += 1
            progress(done, len(units))

        results = measure_all(units, cached=cached, progress=follow)
    baselines = {name: results[config] for name, config in BASELINES.items()}
    described = describe_all([results[name] for name in names], baselines)
    for result in described["results"]:
        for key in OF_THE_RUN:
            del result[key]
    return described


def _lanes(name: str) -> int:
    return macs_per_cycle(CATALOG[name]()) or 0


def _measure_density(
    scope: Scope, bar: Bar, cached: bool, own: Components, per_mac: dict[str, float]
) -> list[dict[str, Any]]:
    """Cores of all widths and block sizes, with what the models say of them.

    The tile of the systolic model is the block size: as many elements share an exponent along a
    dot product.
    """
    sizes = [(bits, size) for bits in scope.widths for size in scope.block_sizes]
    jobs = [
        SynthesisJob(VerilogSource.of_unit(unpipelined_unit("mac", *size), cached=cached))
        for size in sizes
    ]
    with bar("core") as progress:
        counts = count_all(jobs, cached=cached, progress=progress)
    rows = []
    for (bits, size), count in zip(sizes, counts, strict=True):
        row: dict[str, Any] = {
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


def _study(scope: Scope, bar: Bar, cached: bool) -> dict[str, Any]:
    bits, block_size = scope.study
    made = variations(bits, block_size, scope.flows, cached)
    with bar("variation") as progress:
        counts = count_all([each.job for each in made], cached=cached, progress=progress)
    return tabulate(dict(zip(made, counts, strict=True)))
