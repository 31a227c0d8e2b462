"""Co-simulation vectors of each unit."""

from collections.abc import Callable
from importlib import import_module

from hbfp_hw.cosim.batch import Vectors
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.registry import UNITS


def vectors_name(unit: str) -> str:
    """Return the class of a unit's vectors as ``module:Class``.

    Raises:
        ValueError: The registry has no vectors for this unit.
    """
    names = {entry.name: entry.vectors for entry in UNITS.values() if entry.vectors is not None}
    if unit not in names:
        raise ValueError(f"Unit must be one of {', '.join(names)}, not {unit!r}")
    return names[unit]


def vectors_of(description: DesignDescription, name: str | None = None) -> Vectors:
    """Return the vectors of a design.

    Parameters:
        description: Description of the design.
        name: Class of the vectors as ``module:Class``; that of the registry by default.

    Raises:
        ValueError: The registry has no vectors for this unit.
    """
    module, _, class_name = (name or vectors_name(description.unit)).partition(":")
    make: Callable[[DesignDescription], Vectors] = getattr(import_module(module), class_name)
    return make(description)
