"""``hbfp fit``: resources and clock in an FPGA, placed and routed."""

import argparse
from functools import partial
from typing import Any

from hbfp_hw.area.yosys import TIMEOUT
from hbfp_hw.cli.output import BadInput, add_command, complain, report
from hbfp_hw.cli.progress import Progress, progress_bar
from hbfp_hw.cli.selection import add_unit_options, select_units
from hbfp_hw.place_and_route import (
    PlaceAndRouteOptions,
    PlaceAndRouteResult,
    place_and_route,
)
from hbfp_hw.place_and_route.families import FAMILIES
from hbfp_hw.place_and_route.report import describe, table


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "fit",
        "place and route with nextpnr: lookup tables, flops, memories, clock, MACs per second",
        [
            "hbfp fit mac_hbfp4_n16 hbfp4_n16 --family ecp5",
            "hbfp fit dot --mantissa-bits 4 --block-size 16 --pipeline 15 --free-running \\",
            "    --family ecp5 --frequency 250 --json",
            "hbfp fit gemm_4x4_mixed_n64 --family ecp5 --device 85k --speed 8",
        ],
    )
    parser.add_argument(
        "names", metavar="UNIT|CONFIG", nargs="+", help="units or named configurations"
    )
    parser.add_argument("--family", choices=list(FAMILIES), required=True, help="FPGA family")
    parser.add_argument(
        "--device",
        help="; ".join(
            f"{family.name}: {', '.join(family.packages)}" for family in FAMILIES.values()
        )
        + " (default: the first)",
    )
    parser.add_argument(
        "--speed", metavar="GRADE", type=int, help="ecp5: speed grade 6, the default, to 8"
    )
    parser.add_argument(
        "--seed", metavar="S", type=int, default=1, help="where placing starts from (1)"
    )
    parser.add_argument(
        "--frequency",
        metavar="MHZ",
        type=float,
        help="clock that every design must reach, else the exit code is 1 (default: none must)",
    )
    parser.add_argument(
        "--no-cache", dest="cached", action="store_false", help="measure anew what is known"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=TIMEOUT,
        help=f"limit of each synthesis, and of each placing and routing ({TIMEOUT:g})",
    )
    add_unit_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Place and route each unit and print the results."""
    if not options.timeout > 0:
        raise BadInput(f"Time limit must be more than 0 seconds, not {options.timeout!r}")
    units = dict(pair for name in options.names for pair in select_units(options, name))
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
    """Show the step of a unit, and nextpnr's clock estimate."""
    progress.doing(f"{config}: {step}")
    if clock_mhz is not None:
        progress.note(f"{config}: nextpnr estimates {clock_mhz:.1f} MHz")
