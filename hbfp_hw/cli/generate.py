"""``hbfp generate``: write Verilog."""

import argparse
from pathlib import Path
from typing import Any

from hbfp_hw.cli.output import add_command, check_output_folder, report, unwritable
from hbfp_hw.cli.selection import add_unit_options, select_units
from hbfp_hw.verilog import generate, write


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "generate",
        "write the Verilog of a unit or a named configuration, with its .json and .vlt",
        [
            "hbfp generate dot --mantissa-bits 4 --block-size 64 -o out",
            "hbfp generate dot_engine --mantissa-bits 4x6 --block-size 16 --rounding nearest",
            "hbfp generate gemm --variant mixed --rows 8 --cols 8 --block-size 16",
            "hbfp generate fp32_mac --lanes 4 --separate",
            "hbfp generate hbfp4_n64 -o out        a named configuration, see hbfp units",
            "hbfp generate catalog -o rtl_out      every named configuration",
        ],
    )
    parser.add_argument("name", metavar="UNIT|CONFIG", help="unit or named configuration")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path(), help="folder (default: here)"
    )
    add_unit_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Generate and write."""
    units = [unit for _, unit in select_units(options, options.name)]
    check_output_folder(options.output)
    files = []
    for unit in units:
        design = generate(unit)
        try:
            files += [str(path) for path in write(design, options.output)]
        except OSError as error:
            raise unwritable(options.output / design.name, error) from None
    report(options, {"designs": [unit.design_name for unit in units], "files": files}, files)
    return 0
