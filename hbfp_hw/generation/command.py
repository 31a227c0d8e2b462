"""Command that generates a unit again."""

from collections.abc import Iterator, Mapping
from functools import cache

from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.generation.option_names import PARAMETERS
from hbfp_hw.generation.registry import UNITS
from hbfp_hw.rtl import Unit

UNSET = (None, 0, False, "any")
"""Values that an option cannot be given: the unit has them if it is left out."""


@cache
def _catalog_names() -> Mapping[str, str]:
    """Return the name of the first configuration of each design in the catalog."""
    return {make().design_name: name for name, make in reversed(CATALOG.items())}


def command_of(unit: Unit) -> str | None:
    """Return the ``hbfp`` command that generates this unit; None if no command does."""
    if type(unit).__module__.partition(".")[0] != "hbfp_hw" or unit.unit not in UNITS:
        return None
    name = _catalog_names().get(unit.design_name)
    if name is not None:
        return f"hbfp generate {name}"
    if any(key not in PARAMETERS and value not in UNSET for key, value in unit.parameters.items()):
        return None
    return " ".join(["hbfp generate", unit.unit, *_options(unit)])


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
