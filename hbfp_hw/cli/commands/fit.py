"""``hbfp fit``: resources and clock of units in an FPGA, after place and route."""

import argparse
from functools import partial

from hbfp_hw.cli.output import BadInput, complain, report
from hbfp_hw.cli.progress import Progress, progress_bar
from hbfp_hw.cli.selection import select_units
from hbfp_hw.place_and_route import (
    PlaceAndRouteOptions,
    PlaceAndRouteResult,
    place_and_route,
)
from hbfp_hw.place_and_route.report import describe, table


def run(options: argparse.Namespace) -> int:
    """Place and route each unit and print the results."""
    if not options.timeout > 0:
        raise BadInput(f"Time limit must be more than 0 seconds, not {options.timeout!r}")
    units = dict(pair for name in options.unit for pair in select_units(options, name))
    chosen = PlaceAndRouteOptions(
        device=options.device,
        speed=options.speed,
        seed=options.seed,
        goal_mhz=options.frequency,
        cached=options.cached,
        timeout=options.timeout,
    )
    results: list[PlaceAndRouteResult] = []
    with progress_bar("unit", len(units)) as progress:
        for config, unit in units.items():
            try:
                result = place_and_route(
                    unit,
                    options.family,
                    chosen,
                    config=config,
                    watch=partial(_show, progress, config),
                )
            except ValueError as error:
                raise BadInput(str(error)) from None
            results.append(result)
            progress(len(results), len(units))
    slow = [
        result
        for result in results
        if options.frequency is not None and result.fmax_mhz < options.frequency
    ]
    described = {"results": [describe(result) for result in results], "met": not slow}
    report(options, described, table(results))
    for result in slow:
        complain(
            f"hbfp: {result.config} reaches {result.fmax_mhz:.1f} MHz, not {options.frequency:g}"
        )
    return 1 if slow else 0


def _show(progress: Progress, config: str, step: str, clock_mhz: float | None) -> None:
    """Show the step that runs for a unit, and nextpnr's estimate of its clock, if any."""
    progress.doing(f"{config}: {step}")
    if clock_mhz is not None:
        progress.note(f"{config}: nextpnr estimates {clock_mhz:.1f} MHz")
