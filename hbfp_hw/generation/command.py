"""Command that generates a unit again."""

from collections.abc import Iterator

from hbfp_hw.generation.catalog import CATALOG, Configuration
from hbfp_hw.generation.option_names import PARAMETERS
from hbfp_hw.generation.options import FormatOptions, MixedOptions
from hbfp_hw.generation.registry import UNITS
from hbfp_hw.rtl import Unit

UNSET = (None, 0, False, "any")
"""Values that need no option: the unit has them if the option is left out."""


def command_of(unit: Unit) -> str | None:
    """Return the ``hbfp`` command that generates this unit; None if no command does."""
    if type(unit).__module__.partition(".")[0] != "hbfp_hw" or unit.unit not in UNITS:
        return None
    for name, configuration in CATALOG.items():
        if configuration.unit == unit.unit and _is(unit, configuration):
            return f"hbfp generate {name}"
    if any(key not in PARAMETERS and value not in UNSET for key, value in unit.parameters.items()):
        return None
    return " ".join(["hbfp generate", unit.unit, *_options(unit)])


def _is(unit: Unit, configuration: Configuration) -> bool:
    """Return whether a unit equals the unit of a configuration.

    Sizes are compared first, because making a unit can take half a second.
    """
    options = configuration.options
    sizes: dict[str, object] = {}
    if isinstance(options, FormatOptions):
        sizes = {"block_size": options.a.block_size, "exponent_bits": options.a.exponent_bits}
        if isinstance(unit.parameters["mantissa_bits"], list):
            sizes["mantissa_bits"] = [options.a.mantissa_bits, options.b.mantissa_bits]
        else:
            sizes["mantissa_bits"] = options.a.mantissa_bits
    elif isinstance(options, MixedOptions):
        sizes = {"block_size": options.block_size, "variant": options.variant.value}
    same = all(unit.parameters[name] == size for name, size in sizes.items())
    return same and configuration().design_name == unit.design_name


def _options(unit: Unit) -> Iterator[str]:
    """Iterate over the options that give the unit its parameters."""
    parameters = unit.parameters
    draws = parameters.get("rounding", "any") in ("any", "stochastic")
    for key, value in parameters.items():
        option = f"--{PARAMETERS.get(key)}"
        if key == "fused":
            if not value:
                yield option
        elif key == "pipeline":
            yield f"{option} {value}"
        elif value in UNSET or (key == "random_bits" and not draws):
            continue
        elif value is True:
            yield option
        elif isinstance(value, list):
            yield f"{option} {'x'.join(str(width) for width in value)}"
        else:
            yield f"{option} {value}"
