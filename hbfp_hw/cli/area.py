"""``hbfp area``: transistors, cells, depth and FPGA resources by Yosys."""

import argparse
from pathlib import Path
from typing import Any

from hbfp_hw.area import load_library, measure_all
from hbfp_hw.area.record import BASELINES, describe_all
from hbfp_hw.area.report import breakdown_table, fpga_table, table
from hbfp_hw.area.scripts import FPGA
from hbfp_hw.area.yosys import TIMEOUT
from hbfp_hw.cli.output import BadInput, add_command, report
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cli.selection import add_unit_options, select_units
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.rtl import Unit


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "area",
        "measure area with Yosys: transistors, cells, depth, per MAC, and against FP32 and BF16",
        [
            "hbfp area hbfp4_n64 hbfp6_n64         named configurations, see hbfp units",
            "hbfp area dot accumulate --mantissa-bits 4 --block-size 32 --pipeline 0",
            "hbfp area array_8x8_mixed_n16 --liberty osu018_stdcells.lib --json",
            "hbfp area hbfp4_n16 --fpga ecp5",
        ],
    )
    parser.add_argument(
        "names", metavar="UNIT|CONFIG", nargs="+", help="units or named configurations"
    )
    parser.add_argument(
        "--liberty",
        metavar="FILE",
        type=Path,
        help="cell library of the area measure (default: the package's own, areas only)",
    )
    parser.add_argument("--fpga", choices=list(FPGA), help="also synthesise for this FPGA family")
    parser.add_argument(
        "--no-cache", dest="cached", action="store_false", help="measure anew what is known"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=TIMEOUT,
        help=f"limit of each synthesis ({TIMEOUT:g})",
    )
    add_unit_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print."""
    if not options.timeout > 0:
        raise BadInput(f"Time limit must be more than 0 seconds, not {options.timeout!r}")
    units: dict[str, Unit] = {}
    for choice in options.names:
        units |= dict(select_units(options, choice))
    everything = units | {name: CATALOG[name]() for name in BASELINES.values()}
    try:
        library = load_library(options.liberty, cached=options.cached)
    except ValueError as error:
        raise BadInput(str(error)) from None
    with progress_bar("unit", len(everything)) as progress:
        done = iter(range(1, len(everything) + 1))
        measured = measure_all(
            everything,
            library=library,
            fpga=options.fpga,
            cached=options.cached,
            timeout=options.timeout,
            progress=lambda: progress(next(done), len(everything)),
        )
    results = [measured[name] for name in units]
    baselines = {name: measured[config] for name, config in BASELINES.items()}
    lines = [*table(results, baselines), "", *breakdown_table(results)]
    if options.fpga:
        lines += ["", *fpga_table(results)]
    report(options, describe_all(results, baselines), lines)
    return 0
