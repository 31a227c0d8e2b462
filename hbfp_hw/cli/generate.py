"""``hbfp generate``: write Verilog."""

import argparse
from pathlib import Path
from typing import Any

from hbfp_hw.cli.output import BadInput, add_command, check_output_folder, report, unwritable
from hbfp_hw.cli.selection import add_unit_options, select_units
from hbfp_hw.fusesoc import with_constraints, with_core_file
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.verilog import generate, write


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "generate",
        "write the Verilog of a unit or a named configuration, with its .json and .vlt; of core "
        "also a C header and a page of its registers",
        [
            "hbfp generate dot --mantissa-bits 4 --block-size 64 -o out",
            "hbfp generate dot_engine --mantissa-bits 4x6 --block-size 16 --rounding nearest",
            "hbfp generate gemm --variant mixed --rows 8 --cols 8 --block-size 16",
            "hbfp generate core --rows 8 --cols 8 --block-size 16 --bus-bits 128",
            "hbfp generate fp32_mac --lanes 4 --separate",
            "hbfp generate hbfp4_n64 -o out        a named configuration, see hbfp units",
            "hbfp generate dot_hbfp4_n64 --fusesoc --clock-mhz 100 -o cores",
            "hbfp generate catalog -o rtl_out      every named configuration",
        ],
    )
    parser.add_argument("name", metavar="UNIT|CONFIG", help="unit or named configuration")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path(), help="folder (default: here)"
    )
    parser.add_argument(
        "--source-locations",
        action="store_true",
        help="keep the source line of each net, register and instance as a src attribute",
    )
    parser.add_argument(
        "--fusesoc",
        action="store_true",
        help="also write a FuseSoC .core file and a self-checking test bench",
    )
    parser.add_argument(
        "--clock-mhz", metavar="MHZ", type=float, help="also write timing constraints (.sdc)"
    )
    add_unit_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Generate and write."""
    units = [unit for _, unit in select_units(options, options.name)]
    check_output_folder(options.output)
    files = []
    for unit in units:
        design = _with_more_files(
            generate(unit, source_locations=options.source_locations), options
        )
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
