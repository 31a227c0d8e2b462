"""Characterisation of a gate: every input, every state of the other inputs, every load and slew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.ppa.characterise.catalogue import CellSpecification
from hbfp_hw.ppa.characterise.conditions import (
    LOADS,
    MIDDLE,
    MIDDLE_LOAD,
    MIDDLE_SLEW,
    OTHER_LOAD,
    SLEWS,
    VOLTAGE,
)
from hbfp_hw.ppa.characterise.events import Event, TruthTable, all_events, analysis_of
from hbfp_hw.ppa.characterise.ngspice import Analysis, Bench, Measured, Ngspice
from hbfp_hw.ppa.characterise.results import EdgeValues, MeasuredArc, MeasuredInput, Values

STATES = 4
"""Most states of the other inputs in which an input and an output are measured for each sense."""

QUIET = (100.0, 200.0)
"""Part of an analysis in ns over which leakage is averaged."""


@dataclass(frozen=True)
class GateMeasurements:
    """Measurements of a gate.

    Members:
        leakage: Mean leakage power in nW.
        inputs: Input pins by name.
        arcs: Arcs of each output, by its name.
    """

    leakage: float
    inputs: Mapping[str, MeasuredInput]
    arcs: Mapping[str, list[MeasuredArc]]


def measure_gate(cell: CellSpecification, bench: Bench, ngspice: Ngspice) -> GateMeasurements:
    """Characterise a gate.

    Raises:
        ToolError: ngspice fails, or the gate computes another function.
    """
    table = TruthTable(cell)
    events = all_events(table)
    leakage = _leakage(table, bench, ngspice)
    idle = [event for event in events if not event.rising]
    loads = _loads(cell, "", 0.0)
    measured = bench.run(
        ngspice,
        [analysis_of(event, SLEWS[MIDDLE_SLEW], loads, drive=cell.drive) for event in idle],
        "idle",
    )
    charges: dict[str, list[float]] = {pin: [] for pin in table.inputs}
    energies: dict[str, list[tuple[float, float]]] = {pin: [] for pin in table.inputs}
    for event, values in zip(idle, measured, strict=True):
        charges[event.pin].append(input_capacitance(values))
        energies[event.pin].append((supply_energy(values, "rise"), supply_energy(values, "fall")))
    sweeps = [
        _Sweep(cell, event, output)
        for output in cell.functions
        for pin in table.inputs
        for rising in (True, False)
        for event in _spread(
            [each for each in events if each.pin == pin and each.rising.get(output) is rising]
        )
    ]
    for number, sweep in enumerate(sweeps):
        sweep.measure(bench, ngspice, f"sweep_{number}")
        charges[sweep.event.pin].append(sweep.capacitance)
    inputs = {}
    for pin in table.inputs:
        means = np.mean(energies[pin], axis=0) if energies[pin] else None
        inputs[pin] = MeasuredInput(
            capacitance=float(np.mean(charges[pin])),
            energy=None if means is None else EdgeValues(*means),
            idle=_condition([event.others for event in idle if event.pin == pin]),
        )
    arcs = {
        output: [
            _arc(pin, found)
            for pin in table.inputs
            if (found := [each for each in sweeps if each.is_for(output, pin)])
        ]
        for output in cell.functions
    }
    return GateMeasurements(leakage, inputs, arcs)


def input_capacitance(values: Measured) -> float:
    """Return the mean capacitance of an input in pF over both edges, from its charges in C."""
    return (values["input_fall"] - values["input_rise"]) / 2 / VOLTAGE * 1e12


def supply_energy(values: Measured, edge: str) -> float:
    """Return the energy in pJ that the supply gave after an edge of the input."""
    return -values[f"supply_{edge}"] * VOLTAGE * 1e12


def _spread(events: Sequence[Event]) -> list[Event]:
    """Return :data:`STATES` events, from the first to the last, or all if there are fewer."""
    if len(events) <= STATES:
        return list(events)
    places = np.linspace(0, len(events) - 1, STATES).round().astype(int)
    return [events[place] for place in places]


class _Sweep:
    """One event and one output that changes, over loads x slews.

    Members:
        event: The event.
        output: The output.
        capacitance: Capacitance of the event's pin in pF, at a middle load and slew.
        values: Delays and transitions in ns and energies in pJ, by name and edge of the output.
    """

    def __init__(self, cell: CellSpecification, event: Event, output: str):
        self.cell, self.event, self.output = cell, event, output
        self.capacitance = 0.0
        shape = (len(LOADS), len(SLEWS))
        self.values: dict[tuple[str, str], Values] = {
            (name, edge): np.zeros(shape)
            for name in ("delay", "slew", "energy")
            for edge in ("rise", "fall")
        }

    def is_for(self, output: str, pin: str) -> bool:
        """Return whether this is a sweep of an input and an output."""
        return (self.output, self.event.pin) == (output, pin)

    def measure(self, bench: Bench, ngspice: Ngspice, name: str) -> None:
        """Fill the members."""
        points = [(row, column) for row in range(len(LOADS)) for column in range(len(SLEWS))]
        loads = [_loads(self.cell, self.output, load) for load in LOADS]
        analyses = [
            analysis_of(self.event, SLEWS[column], loads[row], drive=self.cell.drive)
            for row, column in points
        ]
        results = bench.run(ngspice, analyses, name)
        for (row, column), values in zip(points, results, strict=True):
            for cause in ("rise", "fall"):
                self._fill(row, column, cause, values, loads[row])
        middle = points.index((MIDDLE_LOAD, MIDDLE_SLEW))
        self.capacitance = input_capacitance(results[middle])

    def _fill(
        self, row: int, column: int, cause: str, values: Measured, loads: Mapping[str, float]
    ) -> None:
        """Enter the results of one edge of the input."""
        output = self.output.lower()
        rising = {name: up == (cause == "rise") for name, up in self.event.rising.items()}
        edge = "rise" if rising[self.output] else "fall"
        self.values["delay", edge][row, column] = values[f"delay_{output}_{cause}"] * 1e9
        self.values["slew", edge][row, column] = values[f"slew_{output}_{cause}"] * 1e9
        charged = sum(loads[name] for name, up in rising.items() if up) * VOLTAGE**2
        # If two outputs change, each gets half of the energy: their sum is then right.
        energy = (supply_energy(values, cause) - charged) / len(rising)
        self.values["energy", edge][row, column] = energy


def _loads(cell: CellSpecification, output: str, load: float) -> dict[str, float]:
    """Return the capacitance of each output in pF, a small one except at the named output."""
    return {
        name: (load if name == output else LOADS[OTHER_LOAD]) * cell.drive
        for name in cell.functions
    }


def _arc(pin: str, sweeps: Sequence[_Sweep]) -> MeasuredArc:
    """Return the arc of an input from its sweeps in all states of the other inputs."""
    senses = {each.event.rising[each.output] for each in sweeps}
    names = {True: "positive_unate", False: "negative_unate"}
    stacks = {key: np.array([each.values[key] for each in sweeps]) for key in sweeps[0].values}
    return MeasuredArc(
        pin=pin,
        sense=names[senses.pop()] if len(senses) == 1 else "non_unate",
        delay=EdgeValues(stacks["delay", "rise"].max(axis=0), stacks["delay", "fall"].max(axis=0)),
        transition=EdgeValues(
            stacks["slew", "rise"].max(axis=0), stacks["slew", "fall"].max(axis=0)
        ),
        energy=EdgeValues(
            stacks["energy", "rise"].mean(axis=0), stacks["energy", "fall"].mean(axis=0)
        ),
    )


def _leakage(table: TruthTable, bench: Bench, ngspice: Ngspice) -> float:
    """Return the mean leakage power in nW, and check the function in each state.

    Raises:
        ToolError: An output differs from the function.
    """
    states = table.states(table.inputs)
    analyses = []
    for state in states:
        waves = {pin: [(0.0, bit), (QUIET[1], bit)] for pin, bit in state.items()}
        analysis = Analysis(
            waves, dict.fromkeys(bench.outputs, 0.001), QUIET[1], 10.0, leakage=True
        )
        analysis.add_charge("supply", "vdd", *QUIET)
        for output in bench.outputs:
            analysis.add_value(f"level_{output}", f"v({output})", QUIET[1])
        analyses.append(analysis)
    results = bench.run(ngspice, analyses, "states")
    for state, values in zip(states, results, strict=True):
        for output, bit in table.outputs(state).items():
            if (values[f"level_{output.lower()}"] > MIDDLE * VOLTAGE) != bool(bit):
                raise ToolError(f"Cell {bench.title} computes another {output} in state {state}")
    charge = float(np.mean([values["supply"] for values in results]))
    return -charge / ((QUIET[1] - QUIET[0]) * 1e-9) * VOLTAGE * 1e9


def _condition(states: Sequence[Mapping[str, int]]) -> str:
    """Return states as a condition of a Liberty file, which is a sum of products."""
    products = [
        " & ".join(pin if bit else f"!{pin}" for pin, bit in state.items()) for state in states
    ]
    return " | ".join(f"({product})" for product in products)
