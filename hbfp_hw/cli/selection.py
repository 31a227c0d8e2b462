"""Which units a command is about: named configurations, or a unit and its parameters."""

import argparse
import dataclasses
from difflib import get_close_matches

from hbfp_hw.cli.formats import ROUNDINGS, add_format_options, parse_formats
from hbfp_hw.cli.output import BadInput
from hbfp_hw.engine import Variant, check_power_of_two
from hbfp_hw.format import RANDOM_BITS
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.command import PARAMETERS
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions, UnitOptions
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl import Unit

EVERYTHING = "catalog"
"""Name that stands for every named configuration."""


def add_unit_options(parser: argparse.ArgumentParser) -> None:
    """Options for the parameters of a unit."""
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
        help="register stages (default 1): convert 0 to 2, dot 0 to its levels of logic, mac 0 to "
        "2, fp32 0 or 1, accumulate 0 or 1 before its sum; of dot_engine those of its dot alone; "
        "baselines 0 or 1 (default 0)",
    )
    parser.add_argument(
        "--free-running",
        action="store_true",
        default=None,
        help="dot: stages that never stop and a queue for results, for a fast clock on an FPGA",
    )
    parser.add_argument(
        "--sign-magnitude",
        action="store_true",
        default=None,
        help="mantissas as sign and magnitude, not in two's complement: convert, dot, mac, pe",
    )
    parser.add_argument(
        "--variant",
        choices=[variant.value for variant in Variant],
        help="multipliers of pe, array, gemm and core: of the 4-bit class and 1, 2 or 4 passes "
        "(mixed, the default), or 6-bit (native); pe and array: 4-bit blocks only (narrow)",
    )
    for name, letter, what in (
        ("rows", "R", "rows of the array, 1 to 64"),
        ("columns", "C", "columns of the array, 1 to 64"),
        (
            "depth",
            "D",
            "gemm, core: blocks along K that the buffers hold, a power of two, 2 to 4096 "
            "(default 32)",
        ),
        (
            "panel_tiles",
            "T",
            "gemm, core: row tiles in a panel, a power of two, 1 to 256 (default the first from C "
            "on, at least 8)",
        ),
        ("bus_bits", "B", "core: bits of its streams, 32 to 4096 (default as wide as their items)"),
        ("queue", "Q", "core: descriptors that wait for the engine, 2 to 64 (default 4)"),
        ("layers", "L", "core: layers in the table of modes, 1 to 1024 (default 64)"),
    ):
        parser.add_argument(f"--{PARAMETERS[name]}", dest=name, metavar=letter, type=int, help=what)
    parser.add_argument(
        "--lanes",
        metavar="N",
        type=int,
        help="pairs that a baseline takes at once, 1 to 1024 (default 1)",
    )
    parser.add_argument(
        "--separate",
        dest="fused",
        action="store_const",
        const=False,
        help="fp32_mac: round products and sums, not both at once",
    )
    parser.add_argument(
        "--accumulate",
        choices=[accumulation.value for accumulation in Accumulation],
        help="bf16_mac: format of its sums (default fp32)",
    )


def check_panel_tiles(options: argparse.Namespace) -> None:
    """Raise ``ValueError`` for a number that is none; 0 is what an engine calls its default."""
    if options.panel_tiles is not None:
        check_power_of_two("Panel tiles", options.panel_tiles, 1, 256)


def select_units(options: argparse.Namespace, choice: str) -> list[tuple[str, Unit]]:
    """The units that a name stands for, each with the name of its configuration or module."""
    given = [name for name in PARAMETERS if getattr(options, name) is not None]
    # The name of a baseline is that of the unit and of the unit with its default parameters.
    if (choice in CATALOG and not (given and choice in UNITS)) or choice == EVERYTHING:
        if given:
            raise BadInput(
                f"Configuration {choice!r} must be given without --{PARAMETERS[given[0]]}: "
                "its name decides all parameters"
            )
        names = list(CATALOG) if choice == EVERYTHING else [choice]
        return [(name, CATALOG[name]()) for name in names]
    if choice not in UNITS:
        near = get_close_matches(choice, [*UNITS, *CATALOG], cutoff=0.5)
        as_these = f", as {' or '.join(near)}" if near else ""
        raise BadInput(
            f"Unit or configuration must be one that `hbfp units` lists{as_these}, not {choice!r}"
        )
    for name in UNITS[choice].needed:
        if name not in given:
            raise BadInput(f"Unit {choice!r} must be given --{PARAMETERS[name]}")
    try:
        unit = make_unit(choice, _unit_options(options, choice, given))
    except ValueError as error:
        raise BadInput(str(error)) from None
    _check_effect(choice, unit, given)
    return [(unit.design_name, unit)]


def _check_effect(choice: str, unit: Unit, given: list[str]) -> None:
    """Raise for an option that would not change the unit."""
    for name in given:
        if name not in unit.parameters:
            known = ", ".join(
                f"--{PARAMETERS[own]}" for own in PARAMETERS if own in unit.parameters
            )
            raise BadInput(
                f"Unit {choice!r} must be given without --{PARAMETERS[name]}: "
                f"its options are {known}"
            )
    drawn = unit.parameters.get("rounding", "any") in ("any", "stochastic")
    if "random_bits" in given and not drawn:
        raise BadInput("Option --random-bits must go with --rounding stochastic or any")


def _unit_options(options: argparse.Namespace, choice: str, given: list[str]) -> UnitOptions:
    """Return the options of a unit from those of the command line."""
    kind = UNITS[choice].options
    if kind is MixedOptions:
        return _mixed_options(options, given)
    if kind is BaselineOptions:
        return _baseline_options(options, given)
    return _format_options(options, choice)


def _format_options(options: argparse.Namespace, choice: str) -> FormatOptions:
    a, b = parse_formats(options)
    if choice == "convert" and a != b:
        raise BadInput(f"Mantissa width must be one number, not {options.mantissa_bits!r}")
    return FormatOptions(
        a,
        b,
        rounding=ROUNDINGS.get(options.rounding),
        random_bits=RANDOM_BITS if options.random_bits is None else options.random_bits,
        pipeline=options.pipeline,
        free_running=bool(options.free_running),
        sign_magnitude=bool(options.sign_magnitude),
    )


def _mixed_options(options: argparse.Namespace, given: list[str]) -> MixedOptions:
    check_panel_tiles(options)
    fields = [field.name for field in dataclasses.fields(MixedOptions) if field.name in given]
    variant = Variant(options.variant or Variant.MIXED)
    return MixedOptions(**{name: getattr(options, name) for name in fields} | {"variant": variant})


def _baseline_options(options: argparse.Namespace, given: list[str]) -> BaselineOptions:
    fields = [field.name for field in dataclasses.fields(BaselineOptions) if field.name in given]
    accumulate = Accumulation(options.accumulate or Accumulation.FP32)
    return BaselineOptions(
        **{name: getattr(options, name) for name in fields} | {"accumulate": accumulate}
    )
