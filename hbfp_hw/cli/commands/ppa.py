"""``hbfp ppa``: power, performance and area at a clock, on real cells."""

import argparse
import os
from collections.abc import Sequence

from hbfp_hw.cli.operands import write_file
from hbfp_hw.cli.output import BadInput, check_plot_file, complain, report
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cli.selection import select_units
from hbfp_hw.cli.stimulus import stimulus_matrices
from hbfp_hw.ppa.measure import Measured, load_cells, measure_all
from hbfp_hw.ppa.options import CURVE, EFFORT, SEED, PpaOptions
from hbfp_hw.ppa.record import describe_all
from hbfp_hw.ppa.report import lines
from hbfp_hw.ppa.result import AreaDelayPoint, EnergyClockPoint
from hbfp_hw.rtl import Unit


def run(options: argparse.Namespace) -> int:
    """Measure the units and the baselines, and print their figures."""
    for path in (options.plot, options.energy_plot):
        if path is not None:
            check_plot_file(path)
    units: dict[str, Unit] = {}
    for choice in options.unit:
        units |= dict(select_units(options, choice))
    chosen = _options(options)
    try:
        library = load_cells(options.liberty)
        if not library.has_energy and (options.stimulus or options.energy_plot):
            raise ValueError(
                "Cell library must have tables of internal energy for energy figures,"
                f" not {library.name!r} without any"
            )
        with progress_bar("netlist") as progress:
            measured = measure_all(units, chosen, progress=progress)
    except ValueError as error:
        raise BadInput(str(error)) from None
    _draw(options, measured)
    report(options, {**describe_all(measured)}, lines(measured))
    if not library.has_energy:
        complain(f"hbfp: library {library.name} has no power tables, so there are no energies")
    wrong = [result for result in measured.curves if result.wrong_results]
    for result in wrong:
        complain(
            f"hbfp: {result.wrong_results} of {result.vectors} results of {result.config} are "
            f"wrong, see {result.netlist.verilog}"
        )
    return 1 if wrong else 0


def _options(options: argparse.Namespace) -> PpaOptions:
    """Return the options of the measurement."""
    points: Sequence[tuple[int, str]] = CURVE
    if options.stages is not None:
        points = ((options.stages, options.effort or EFFORT),)
    elif options.effort is not None:
        points = tuple((stages, options.effort) for stages in range(4))
    operands = stimulus_matrices(options.stimulus, SEED)
    try:
        return PpaOptions(
            points=points,
            liberty=options.liberty,
            operands=operands,
            wires=options.wires,
            clock_mhz=options.clock,
            every_energy=options.energy_plot is not None,
            cached=options.cached,
            workers=(os.cpu_count() or 1) if options.workers is None else options.workers,
            timeout=options.timeout,
        )
    except ValueError as error:
        raise BadInput(str(error)) from None


def _draw(options: argparse.Namespace, measured: Measured) -> None:
    """Write the plots that were asked for."""
    if options.plot is None and options.energy_plot is None:
        return
    # Imported here because Matplotlib takes a second to import.
    from hbfp_hw.plots.draw import render
    from hbfp_hw.ppa.plots import area_delay_plot, energy_clock_plot

    if options.plot is not None:
        points = [
            AreaDelayPoint(each.config, each.delay_ns, each.area_um2, each.macs_per_cycle)
            for each in measured.curves
        ]
        write_file(options.plot, render(area_delay_plot(points), options.plot.suffix[1:]))
    if options.energy_plot is not None:
        energies = [
            EnergyClockPoint(each.config, each.clock_mhz, each.energy_per_mac_pj)
            for each in measured.curves
            if each.energy_per_mac_pj is not None
        ]
        path = options.energy_plot
        write_file(path, render(energy_clock_plot(energies), path.suffix[1:]))
