"""Registry of units: the one place that lists them.

``hbfp generate``, ``hbfp test``, ``hbfp cosim`` and the catalog take units from here.
"""

from hbfp_hw.generation.baseline_units import BASELINE_UNITS
from hbfp_hw.generation.format_units import FORMAT_UNITS
from hbfp_hw.generation.mixed_units import MIXED_UNITS
from hbfp_hw.generation.options import UnitOptions
from hbfp_hw.generation.unit_entry import UnitEntry
from hbfp_hw.rtl import Unit

UNITS: dict[str, UnitEntry] = {
    entry.name: entry for entry in (*FORMAT_UNITS, *MIXED_UNITS, *BASELINE_UNITS)
}
"""Every unit by its name, in the order of the data path."""


def register(entry: UnitEntry) -> None:
    """Add a unit to the registry of this process.

    Raises:
        ValueError: The registry has a unit of this name, or a case belongs to another unit.
    """
    if entry.name in UNITS:
        raise ValueError(f"Unit must have a new name, not {entry.name!r}")
    for name, case in entry.cases.items():
        if case.unit != entry.name:
            raise ValueError(f"Case {name!r} must be of unit {entry.name!r}, not {case.unit!r}")
    UNITS[entry.name] = entry


def make_unit(name: str, options: UnitOptions) -> Unit:
    """Return the unit of this name with these options.

    Raises:
        ValueError: There is no such unit, or an option is out of range.
    """
    if name not in UNITS:
        raise ValueError(f"Unit must be one of {', '.join(UNITS)}, not {name!r}")
    return UNITS[name].make(options)


def units_with(options: type[UnitOptions]) -> list[UnitEntry]:
    """Return the entries of the units whose options are of this class."""
    return [entry for entry in UNITS.values() if entry.options is options]
