"""``hbfp generate``: write Verilog."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from hbfp_hw.catalog import (
    CATALOG,
    FORMAT_UNITS,
    MIXED_UNITS,
    UNITS,
    MixedOptions,
    Options,
)
from hbfp_hw.cli.formats import ROUNDINGS, add_format_options, parse_formats
from hbfp_hw.cli.output import BadInput, add_command, check_output_folder, report, unwritable
from hbfp_hw.engine import Variant, check_power_of_two
from hbfp_hw.format import RANDOM_BITS
from hbfp_hw.rtl import Unit
from hbfp_hw.verilog import generate, write

EVERYTHING = "catalog"
"""Name that stands for every named configuration."""

PARAMETERS = {
    "mantissa_bits": "mantissa-bits",
    "block_size": "block-size",
    "exponent_bits": "exponent-bits",
    "random_bits": "random-bits",
    "rounding": "rounding",
    "pipeline": "pipeline",
    "variant": "variant",
    "rows": "rows",
    "columns": "cols",
    "depth": "depth",
    "panel_tiles": "panel-tiles",
}
"""Parameters of units, and the options by which they are given."""

NEEDED = {
    **dict.fromkeys(FORMAT_UNITS, ("mantissa_bits", "block_size")),
    "pe": ("block_size",),
    "array": ("rows", "columns", "block_size"),
    "gemm": ("rows", "columns", "block_size"),
}
"""Parameters without a default value."""


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
        "--pipeline",
        metavar="P",
        type=int,
        help="register stages (default 1): convert 0 to 2, dot 0 to 1 + log2 N rounded up, fp32 "
        "0 or 1, accumulate 0 or 1 before its sum; of dot_engine those of its dot alone",
    )
    parser.add_argument(
        "--variant",
        choices=[variant.value for variant in Variant],
        help="multipliers of pe, array and gemm: of the 4-bit class and 1, 2 or 4 passes (mixed, "
        "the default), 6-bit (native), or 4-bit blocks only (narrow)",
    )
    for name, letter, what in (
        ("rows", "R", "rows of the array"),
        ("columns", "C", "columns of the array"),
        ("depth", "D", "gemm: blocks along K that the buffers hold, a power of two (default 32)"),
        (
            "panel_tiles",
            "T",
            "gemm: row tiles in a panel, a power of two (default from C and 8 on)",
        ),
    ):
        parser.add_argument(f"--{PARAMETERS[name]}", dest=name, metavar=letter, type=int, help=what)
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
    given = [name for name in PARAMETERS if getattr(options, name) is not None]
    if options.name in CATALOG or options.name == EVERYTHING:
        if given:
            raise BadInput(
                f"Configuration {options.name!r} must be given without --{PARAMETERS[given[0]]}"
            )
        names = list(CATALOG) if options.name == EVERYTHING else [options.name]
        return [CATALOG[name]() for name in names]
    if options.name not in UNITS:
        known = ", ".join([*UNITS, *CATALOG, EVERYTHING])
        raise BadInput(f"Unit or configuration must be one of {known}, not {options.name!r}")
    for name in NEEDED[options.name]:
        if name not in given:
            raise BadInput(f"Unit {options.name!r} must be given --{PARAMETERS[name]}")
    try:
        if options.name in MIXED_UNITS:
            unit = MIXED_UNITS[options.name](_mixed_options(options, given))
        else:
            unit = FORMAT_UNITS[options.name](_format_options(options))
    except ValueError as error:
        raise BadInput(str(error)) from None
    for name in given:
        if name not in unit.parameters and name != "mantissa_bits":
            raise BadInput(f"Unit {options.name!r} must be given without --{PARAMETERS[name]}")
    return [unit]


def _format_options(options: argparse.Namespace) -> Options:
    a, b = parse_formats(options)
    if options.name == "convert" and a != b:
        raise BadInput(f"Mantissa width must be one number, not {options.mantissa_bits!r}")
    return Options(
        a,
        b,
        rounding=ROUNDINGS.get(options.rounding),
        random_bits=RANDOM_BITS if options.random_bits is None else options.random_bits,
        pipeline=options.pipeline,
    )


def _mixed_options(options: argparse.Namespace, given: list[str]) -> MixedOptions:
    if options.mantissa_bits is not None:
        # Such a unit has all its widths anyway: who names some only makes sure of them.
        widths = (4,) if options.variant == "narrow" else (4, 6)
        for fmt in parse_formats(options):
            if fmt.mantissa_bits not in widths:
                known = " or ".join(map(str, widths))
                raise BadInput(
                    f"Mantissa width of {options.name!r} must be {known}, not {fmt.mantissa_bits!r}"
                )
    if options.panel_tiles is not None:
        check_power_of_two("Panel tiles", options.panel_tiles, 1, 256)
    fields = [field.name for field in dataclasses.fields(MixedOptions) if field.name in given]
    variant = Variant(options.variant or Variant.MIXED)
    return MixedOptions(**{name: getattr(options, name) for name in fields} | {"variant": variant})
