"""Units and table templates of a Liberty file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hbfp_hw.ppa.liberty_text import Group, parse_number
from hbfp_hw.ppa.tables import Table

PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "k": 1e3}
LOADS = ("total_output_net_capacitance",)
SLEWS = (
    "input_net_transition",
    "input_transition_time",
    "constrained_pin_transition",
)
IGNORED = ("related_pin_transition",)
DEFAULTS = (SLEWS[0], LOADS[0], IGNORED[0])
"""Variables of the axes of a table without a template."""


@dataclass(frozen=True)
class Units:
    """Factors that turn the values of a file into ns, pF, V, pJ and nW.

    Members:
        time, capacitance, leakage: Factors.
        voltage: Supply voltage in V.
        energy: Factor of internal energies, whose unit follows from those of capacitance and
            voltage.
    """

    time: float
    capacitance: float
    leakage: float
    voltage: float
    energy: float

    @classmethod
    def of(cls, library: Group) -> "Units":
        """Return the units of a file.

        Raises:
            ValueError: A unit is not a number and a known unit.
        """
        volt = _factor(library.text("voltage_unit", "1V"), "V")
        scale = library.attributes.get("capacitive_load_unit", ["1", "pf"])
        if len(scale) != 2:
            raise ValueError(f"Unit of capacitance must be a number and a unit, not {scale}")
        farad = parse_number(scale[0]) * _factor("1" + scale[1], "F")
        return cls(
            time=_factor(library.text("time_unit", "1ns"), "s") / 1e-9,
            capacitance=farad / 1e-12,
            leakage=_factor(library.text("leakage_power_unit", "1nW"), "W") / 1e-9,
            voltage=library.number("nom_voltage", 1.0) * volt,
            energy=farad * volt**2 / 1e-12,
        )


def _factor(text: str, unit: str) -> float:
    match = re.fullmatch(rf"\s*([\d.eE+-]+)\s*([munpfk]?){unit}\s*", text, re.IGNORECASE)
    if not match:
        raise ValueError(f"Unit in a Liberty file must be a number of {unit}, not {text!r}")
    return parse_number(match[1]) * PREFIXES[match[2].lower()]


class TableReader:
    """Reads tables of a file, whose axes may be in templates.

    Members:
        units: Units of the file.
    """

    def __init__(self, library: Group, units: Units):
        self.units = units
        self._templates = {
            each.names[0]: each
            for each in library.of_kind("lu_table_template", "power_lut_template")
        }

    def table(self, group: Group, factor: float) -> Table:
        """Return a table whose values are multiplied by a factor.

        The axis of a second input, such as the clock's slew of a setup time, is dropped: the middle
        of its values is taken.

        Raises:
            ValueError: The values do not fit the axes.
        """
        template = self._templates.get(group.names[0]) if group.names else None
        variables, axes = [], []
        for number in (1, 2, 3):
            name = template.text(f"variable_{number}") if template else ""
            index = group.attributes.get(f"index_{number}")
            if index is None and template and name:
                index = template.attributes.get(f"index_{number}")
            if index:
                variables.append(name or DEFAULTS[number - 1])
                axes.append(_numbers(index))
        values = np.array(
            [number for row in group.attributes.get("values", []) for number in _numbers([row])]
        )
        if values.size != int(np.prod([len(axis) for axis in axes], initial=1)):
            raise ValueError(
                f"Values of table {group.kind} must fit its axes of"
                f" {' x '.join(str(len(axis)) for axis in axes) or 1}, not be {values.size}"
            )
        values = values.reshape([len(axis) for axis in axes]) * factor
        return _arranged(variables, axes, values, self.units)

    def mean(self, groups: Sequence[Group], factor: float) -> Table:
        """Return the mean of tables; zero if there are none. The axes are those of the first."""
        if not groups:
            return Table((0.0,), (0.0,), ((0.0,),))
        tables = [self.table(group, factor) for group in groups]
        first = tables[0]
        rows = [
            tuple(
                float(np.mean([table.at(load, slew) for table in tables])) for slew in first.slews
            )
            for load in first.loads
        ]
        return Table(first.loads, first.slews, tuple(rows))


def _arranged(
    variables: Sequence[str], axes: Sequence[list[float]], values: np.ndarray, units: Units
) -> Table:
    """Return a table with the axes load and slew."""
    kept: dict[str, list[float]] = {}
    for variable, axis in reversed(list(zip(variables, axes, strict=True))):
        place = variables.index(variable)
        if variable in LOADS:
            kept["load"] = axis
        elif variable in SLEWS:
            kept["slew"] = axis
        elif variable in IGNORED:
            values = np.take(values, len(axis) // 2, axis=place)
        else:
            raise ValueError(f"Variable of a table must be a load or a slew, not {variable!r}")
    order = [variable for variable in variables if variable not in IGNORED]
    if len(order) == 2 and order[0] in SLEWS:
        values = values.T
    loads = tuple(x * units.capacitance for x in kept.get("load", [0.0]))
    slews = tuple(x * units.time for x in kept.get("slew", [0.0]))
    rows = values.reshape(len(loads), len(slews)).tolist()
    return Table(loads, slews, tuple(map(tuple, rows)))


def _numbers(texts: Sequence[str]) -> list[float]:
    return [parse_number(each) for text in texts for each in re.split(r"[\s,]+", text) if each]
