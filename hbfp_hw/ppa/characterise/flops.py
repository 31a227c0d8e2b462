"""Characterisation of a flop: delays from the clock, setup times, energies and leakage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hbfp_hw.ppa.characterise.catalogue import CellSpecification
from hbfp_hw.ppa.characterise.conditions import (
    HIGH,
    LOADS,
    LOW,
    MIDDLE,
    MIDDLE_LOAD,
    MIDDLE_SLEW,
    SLEWS,
    VOLTAGE,
    ramp,
    settling,
)
from hbfp_hw.ppa.characterise.ngspice import STEPS, Analysis, Bench, Measured, Ngspice
from hbfp_hw.ppa.characterise.results import EdgeValues, MeasuredArc, MeasuredInput, Values
from hbfp_hw.ppa.characterise.setup_times import measure_setup

CLOCK, DATA, OUTPUT = "CLK", "D", "Q"

SEQUENCE = (
    ("first", CLOCK, 1),  # the output becomes 0
    ("data_rise_high", DATA, 1),
    ("fall_new_1", CLOCK, 0),  # the first latch takes 1
    ("output_rise", CLOCK, 1),
    ("fall_same_1", CLOCK, 0),
    ("rise_same_1", CLOCK, 1),
    ("data_fall_high", DATA, 0),
    ("fall_new_0", CLOCK, 0),
    ("output_fall", CLOCK, 1),
    ("fall_same_0", CLOCK, 0),
    ("rise_same_0", CLOCK, 1),
    ("last", CLOCK, 0),
    ("data_rise_low", DATA, 1),  # the first latch follows at once
    ("data_fall_low", DATA, 0),
)
"""Edges of an analysis, one after each settling time: name, pin and its new level."""

QUIET = (500.0, 1000.0)
"""Part of an analysis in ns over which leakage is averaged, long after the last edge."""


@dataclass(frozen=True)
class FlopMeasurements:
    """Measurements of a flop.

    Members:
        leakage: Mean leakage power in nW.
        inputs: Clock and data pin by name.
        arc: Arc from the clock to the output.
    """

    leakage: float
    inputs: Mapping[str, MeasuredInput]
    arc: MeasuredArc


def measure_flop(cell: CellSpecification, bench: Bench, ngspice: Ngspice) -> FlopMeasurements:
    """Characterise a flop with the pins CLK, D and Q.

    Raises:
        ToolError: ngspice fails, or the flop does not take its data at the rising edge.
    """
    points = [(row, column) for row in range(len(LOADS)) for column in range(len(SLEWS))]
    analyses = [_sequence(cell, LOADS[row], SLEWS[column]) for row, column in points]
    measured = bench.run(ngspice, analyses, "sequence")
    results = dict(zip(points, measured, strict=True))
    # Clock and data have no load of their own: a middle load of the output stands for all.
    by_slew = [results[MIDDLE_LOAD, column] for column in range(len(SLEWS))]
    middle = by_slew[MIDDLE_SLEW]
    clock = EdgeValues(
        _mean(by_slew, "rise_same_0", "rise_same_1"), _mean(by_slew, "fall_same_0", "fall_same_1")
    )
    # Half of all data edges are taken to come while the clock is high. The energy with which the
    # first latch then follows at the falling clock edge belongs to the change of the output.
    late = {
        "rise": (_mean(by_slew, "fall_new_1") - clock.fall) / 2,
        "fall": (_mean(by_slew, "fall_new_0") - clock.fall) / 2,
    }
    tables = {
        (name, edge): np.zeros((len(LOADS), len(SLEWS)))
        for name in ("delay", "slew", "energy")
        for edge in ("rise", "fall")
    }
    for (row, column), values in results.items():
        charged = {"rise": LOADS[row] * cell.drive * VOLTAGE**2, "fall": 0.0}
        for edge, stored in charged.items():
            tables["delay", edge][row, column] = values[f"delay_{edge}"] * 1e9
            tables["slew", edge][row, column] = values[f"slew_{edge}"] * 1e9
            tables["energy", edge][row, column] = (
                _energy(values, f"output_{edge}") - stored - clock.rise[column] + late[edge][column]
            )
    data = EdgeValues(
        _mean(by_slew, "data_rise_high", "data_rise_low"),
        _mean(by_slew, "data_fall_high", "data_fall_low"),
    )
    inputs = {
        CLOCK: MeasuredInput(_capacitance(middle, CLOCK), clock),
        DATA: MeasuredInput(
            _capacitance(middle, DATA), data, setup=measure_setup(cell, bench, ngspice)
        ),
    }
    arc = MeasuredArc(
        pin=CLOCK,
        sense="non_unate",
        delay=EdgeValues(tables["delay", "rise"], tables["delay", "fall"]),
        transition=EdgeValues(tables["slew", "rise"], tables["slew", "fall"]),
        energy=EdgeValues(tables["energy", "rise"], tables["energy", "fall"]),
    )
    return FlopMeasurements(_leakage(bench, ngspice), inputs, arc)


def _sequence(cell: CellSpecification, load: float, slew: float) -> Analysis:
    """Return the analysis of :data:`SEQUENCE`, for a load of drive strength 1 and a slew."""
    time = settling(slew, load)
    waves = {CLOCK: [(0.0, 0.0)], DATA: [(0.0, 0.0)]}
    end = (len(SEQUENCE) + 1) * time
    for number, (_, pin, level) in enumerate(SEQUENCE, start=1):
        start = number * time
        waves[pin] += [(start, 1.0 - level), (start + ramp(slew), float(level))]
    analysis = Analysis(waves, {OUTPUT: load * cell.drive}, end, 2 * time / STEPS)
    for number, (name, pin, _) in enumerate(SEQUENCE, start=1):
        window = ((number - 0.05) * time, (number + 0.95) * time)
        analysis.add_charge(f"supply_{name}", "vdd", *window)
        analysis.add_charge(f"input_{name}", f"v{pin}", *window)
    low, middle, high = (f"val={part * VOLTAGE:.6g}" for part in (LOW, MIDDLE, HIGH))
    for edge, count in (("rise", 2), ("fall", 4)):
        clock = (CLOCK, f"{middle} rise={count}")
        analysis.add_delay(f"delay_{edge}", clock, (OUTPUT, f"{middle} {edge}=last"))
        first, last = (low, high) if edge == "rise" else (high, low)
        analysis.add_delay(
            f"slew_{edge}", (OUTPUT, f"{first} {edge}=last"), (OUTPUT, f"{last} {edge}=last")
        )
    return analysis


def _energy(values: Measured, name: str) -> float:
    """Return the energy in pJ that the supply gave after an edge of :data:`SEQUENCE`."""
    return -values[f"supply_{name}"] * VOLTAGE * 1e12


def _mean(results: Sequence[Measured], *names: str) -> Values:
    """Return the mean energy in pJ of some edges, for each result."""
    return np.array([np.mean([_energy(values, name) for name in names]) for values in results])


def _capacitance(values: Measured, pin: str) -> float:
    """Return the mean capacitance of a pin in pF over its edges, without the first one."""
    edges = [(name, level) for name, each, level in SEQUENCE[1:] if each == pin]
    charges = [values[f"input_{name}"] * (-1 if level else 1) for name, level in edges]
    return float(np.mean(charges)) / VOLTAGE * 1e12


def _leakage(bench: Bench, ngspice: Ngspice) -> float:
    """Return the mean leakage power in nW over the states of clock, data and output."""
    analyses = []
    for state in range(8):
        clock, data, output = state & 1, state >> 1 & 1, state >> 2
        waves = {
            CLOCK: [(0, 0), (2, 0), (2.1, 1), (4, 1), (4.1, clock)],
            DATA: [(0, output), (6, output), (6.1, data)],
        }
        analysis = Analysis(waves, {OUTPUT: 0.001}, QUIET[1], 10.0, leakage=True)
        analysis.add_charge("supply", "vdd", *QUIET)
        analyses.append(analysis)
    charges = [values["supply"] for values in bench.run(ngspice, analyses, "states")]
    return -float(np.mean(charges)) / ((QUIET[1] - QUIET[0]) * 1e-9) * VOLTAGE * 1e9
