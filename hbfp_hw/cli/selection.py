"""Units chosen on the command line: named configurations, or a unit and its parameters."""

import argparse
import dataclasses
from difflib import get_close_matches

from hbfp_hw.cli.array import check_panel_tiles
from hbfp_hw.cli.formats import ROUNDINGS, parse_formats
from hbfp_hw.cli.output import BadInput
from hbfp_hw.engine import Variant
from hbfp_hw.format import RANDOM_BITS
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.option_names import PARAMETERS
from hbfp_hw.generation.options import BaselineOptions, FormatOptions, MixedOptions, UnitOptions
from hbfp_hw.generation.registry import UNITS, make_unit
from hbfp_hw.golden.bf16_mac import Accumulation
from hbfp_hw.rtl import Unit

EVERYTHING = "catalog"
"""Name for all named configurations together."""


def select_units(options: argparse.Namespace, choice: str) -> list[tuple[str, Unit]]:
    """Return the units that a name stands for, each with the name of its configuration or module.

    Parameters:
        options: The parsed options, with the parameters of the unit.
        choice: Name of a unit or of a configuration, or :data:`EVERYTHING`.

    Raises:
        BadInput: The name is unknown, a needed option is missing, or an option is out of range or
            has no effect on the unit.
    """
    given = [name for name in PARAMETERS if getattr(options, name) is not None]
    # The name of a baseline is that of a unit and of its configuration with default parameters.
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
        such_as = f", such as {' or '.join(near)}" if near else ""
        raise BadInput(
            f"Unit or configuration must be one that `hbfp units` lists{such_as}, not {choice!r}"
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
    """Raise ``BadInput`` for an option that would not change the unit."""
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
