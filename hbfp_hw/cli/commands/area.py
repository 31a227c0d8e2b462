"""``hbfp area``: transistors, standard cells, depth and FPGA resources by Yosys."""

import argparse

from hbfp_hw.area import load_library, measure_all
from hbfp_hw.area.record import BASELINES, describe_all
from hbfp_hw.area.report import breakdown_table, fpga_table, table
from hbfp_hw.cli.output import BadInput, report
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cli.selection import select_units
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.rtl import Unit


def run(options: argparse.Namespace) -> int:
    """Measure the units and the baselines, and print their areas."""
    if not options.timeout > 0:
        raise BadInput(f"Time limit must be more than 0 seconds, not {options.timeout!r}")
    units: dict[str, Unit] = {}
    for choice in options.unit:
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
