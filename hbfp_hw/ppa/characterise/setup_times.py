"""Setup times of a flop, by bisection.

The setup time is the time between data and clock at which the delay from clock to output is 10 %
longer than with early data.
"""

from dataclasses import dataclass

import numpy as np

from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.ppa.characterise.catalogue import CellSpecification
from hbfp_hw.ppa.characterise.conditions import (
    CONSTRAINT_SLEWS,
    LOADS,
    MIDDLE,
    MIDDLE_LOAD,
    PUSH_OUT,
    VOLTAGE,
    ramp,
)
from hbfp_hw.ppa.characterise.ngspice import Analysis, Bench, Ngspice
from hbfp_hw.ppa.characterise.results import EdgeValues

EARLY = 2.0
"""Time in ns from data to clock that every flop works with."""

LATE = -1.0
"""Time in ns from data to clock that no flop works with: data comes after the clock."""

ROUNDS = 11
"""Halvings of the interval, which leave 1.5 ps."""

EDGE = 8.0
"""Time in ns of the middle of the clock edge that takes the new data."""

END = 13.0
"""Length of an analysis in ns."""

STEP = 0.05
"""Longest time step in ns."""


@dataclass(frozen=True)
class _Case:
    """Edge of the data, and transition times of data and clock in ns."""

    rising: bool
    data_slew: float
    clock_slew: float

    def analysis(self, cell: CellSpecification, lead: float) -> Analysis:
        """Return the analysis in which data comes a time in ns before the clock."""
        data, clock = ramp(self.data_slew), ramp(self.clock_slew)
        change, edge = EDGE - lead - data / 2, EDGE - clock / 2
        new = float(self.rising)
        waves: dict[str, list[tuple[float, float]]] = {
            "CLK": [(0, 0), (1, 0), (1.1, 1), (3, 1), (3.1, 0), (edge, 0), (edge + clock, 1)],
            "D": [(0.0, 1 - new), (change, 1 - new), (change + data, new)],
        }
        analysis = Analysis(waves, {"Q": LOADS[MIDDLE_LOAD] * cell.drive}, END, STEP)
        level = f"val={MIDDLE * VOLTAGE:.6g}"
        way = "rise" if self.rising else "fall"
        analysis.add_delay("delay", ("CLK", f"{level} rise=2"), ("Q", f"{level} {way}=last"))
        analysis.add_value("final", "v(Q)", END)
        return analysis


def measure_setup(cell: CellSpecification, bench: Bench, ngspice: Ngspice) -> EdgeValues:
    """Return setup times in ns over slews of data x slews of the clock.

    Raises:
        ToolError: ngspice fails, or the flop does not take data that comes early.
    """
    cases = [
        _Case(rising, data, clock)
        for rising in (True, False)
        for data in CONSTRAINT_SLEWS
        for clock in CONSTRAINT_SLEWS
    ]

    def delays(leads: list[float], name: str) -> list[float]:
        """Return delays in ns from clock to output; infinity if the output does not follow."""
        analyses = [case.analysis(cell, lead) for case, lead in zip(cases, leads, strict=True)]
        results = bench.run(ngspice, analyses, name, optional=("delay",))
        found = []
        for case, values in zip(cases, results, strict=True):
            taken = (values["final"] > MIDDLE * VOLTAGE) == case.rising and "delay" in values
            found.append(values["delay"] * 1e9 if taken else np.inf)
        return found

    nominal = delays([EARLY] * len(cases), "setup")
    if np.isinf(nominal).any():
        raise ToolError(f"Cell {bench.title} must take its data at the rising edge of the clock")
    works, fails = [EARLY] * len(cases), [LATE] * len(cases)
    for number in range(ROUNDS):
        middles = [(good + bad) / 2 for good, bad in zip(works, fails, strict=True)]
        for place, delay in enumerate(delays(middles, f"setup_{number}")):
            if delay <= nominal[place] * (1 + PUSH_OUT):
                works[place] = middles[place]
            else:
                fails[place] = middles[place]
    shape = (2, len(CONSTRAINT_SLEWS), len(CONSTRAINT_SLEWS))
    rise, fall = np.array(works).reshape(shape)
    return EdgeValues(rise, fall)
