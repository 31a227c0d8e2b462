"""``hbfp generate``: Verilog of units, with the files around it."""

import argparse

from hbfp_hw.cli.output import BadInput, check_output_folder, report, unwritable
from hbfp_hw.cli.selection import select_units
from hbfp_hw.fusesoc import with_constraints, with_core_file
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.verilog import generate, write


def run(options: argparse.Namespace) -> int:
    """Generate the units and write their files."""
    units = [unit for _, unit in select_units(options, options.unit)]
    check_output_folder(options.output)
    files = []
    for unit in units:
        design = generate(unit, source_locations=options.source_locations)
        design = _with_more_files(design, options)
        try:
            files += [str(path) for path in write(design, options.output)]
        except OSError as error:
            raise unwritable(options.output / design.name, error) from None
    report(options, {"designs": [unit.design_name for unit in units], "files": files}, files)
    return 0


def _with_more_files(design: Design, options: argparse.Namespace) -> Design:
    if options.clock_mhz is not None:
        try:
            design = with_constraints(design, options.clock_mhz)
        except ValueError as error:
            raise BadInput(str(error)) from None
    return with_core_file(design) if options.fusesoc else design
