"""``hbfp generate``: write Verilog."""

import argparse
from pathlib import Path
from typing import Any

from hbfp_hw.catalog import CATALOG, UNITS, Options
from hbfp_hw.cli.formats import ROUNDINGS, add_format_options, parse_formats
from hbfp_hw.cli.output import BadInput, add_command, check_output_folder, report, unwritable
from hbfp_hw.golden.convert import RANDOM_BITS
from hbfp_hw.rtl import Unit
from hbfp_hw.verilog import generate, write

EVERYTHING = "catalog"
"""Name that stands for every named configuration."""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "generate",
        "write the Verilog of a unit or a named configuration, with its .json and .vlt",
        [
            "hbfp generate dot --mantissa-bits 4 --block-size 64 -o out",
            "hbfp generate dot_engine --mantissa-bits 4x6 --block-size 16 --rounding nearest",
            "hbfp generate hbfp4_n64 -o out        a named configuration, see hbfp units",
            "hbfp generate catalog -o rtl_out      every named configuration",
        ],
    )
    parser.add_argument("name", metavar="UNIT|CONFIG", help="unit or named configuration")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path(), help="folder (default: here)"
    )
    add_format_options(parser, required=False)
    parser.add_argument(
        "--rounding",
        choices=["any", *ROUNDINGS],
        help="rounding mode to build; any builds all three (default any)",
    )
    parser.add_argument(
        "--pipeline", metavar="P", type=int, help="register stages; 0 is combinational"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Generate and write."""
    units = _units(options)
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


def _units(options: argparse.Namespace) -> list[Unit]:
    parameters = ["mantissa_bits", "block_size", "exponent_bits"]
    parameters += ["random_bits", "rounding", "pipeline"]
    given = [name for name in parameters if getattr(options, name) is not None]
    if options.name in CATALOG or options.name == EVERYTHING:
        if given:
            option = given[0].replace("_", "-")
            raise BadInput(f"Configuration {options.name!r} must be given without --{option}")
        names = list(CATALOG) if options.name == EVERYTHING else [options.name]
        return [CATALOG[name]() for name in names]
    if options.name not in UNITS:
        known = ", ".join([*UNITS, *CATALOG, EVERYTHING])
        raise BadInput(f"Unit or configuration must be one of {known}, not {options.name!r}")
    for name in parameters[:2]:
        if name not in given:
            raise BadInput(f"Unit {options.name!r} must be given --{name.replace('_', '-')}")
    a, b = parse_formats(options)
    if options.name == "convert" and a != b:
        raise BadInput(f"Mantissa width must be one number, not {options.mantissa_bits!r}")
    try:
        unit = UNITS[options.name](
            Options(
                a,
                b,
                rounding=ROUNDINGS.get(options.rounding),
                random_bits=RANDOM_BITS if options.random_bits is None else options.random_bits,
                pipeline=options.pipeline,
            )
        )
    except ValueError as error:
        raise BadInput(str(error)) from None
    for name in given:
        if name not in unit.parameters:
            option = name.replace("_", "-")
            raise BadInput(f"Unit {options.name!r} must be given without --{option}")
    return [unit]
