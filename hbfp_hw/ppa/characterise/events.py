"""Events at the inputs of a gate: one input rises and falls while the others are constant."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hbfp_hw.ppa.characterise.catalogue import CellSpecification
from hbfp_hw.ppa.characterise.conditions import HIGH, LOW, MIDDLE, VOLTAGE, ramp, settling
from hbfp_hw.ppa.characterise.ngspice import STEPS, Analysis
from hbfp_hw.ppa.expressions import ONES, parse_function

START = 0.1
"""Time in ns of the first edge of an analysis."""

State = Mapping[str, int]
"""Bits of input pins by name."""


class TruthTable:
    """The functions of a gate's outputs.

    Members:
        inputs: Input pins in alphabetical order.
    """

    def __init__(self, cell: CellSpecification):
        self._functions = {name: parse_function(text) for name, text in cell.functions.items()}
        self.inputs = sorted(set().union(*(pins for _, pins in self._functions.values())))

    def outputs(self, state: State) -> dict[str, int]:
        """Return the bits of the outputs in a state of all inputs."""
        words = {pin: np.array([ONES * np.uint64(bit)]) for pin, bit in state.items()}
        return {
            name: int(function(words)[0] & np.uint64(1))
            for name, (function, _) in self._functions.items()
        }

    def states(self, pins: Sequence[str]) -> list[dict[str, int]]:
        """Return all states of some pins."""
        return [
            dict(zip(pins, bits, strict=True))
            for bits in itertools.product((0, 1), repeat=len(pins))
        ]


@dataclass(frozen=True)
class Event:
    """A pin that rises and falls again.

    Members:
        pin: The pin.
        others: State of the other inputs.
        rising: Outputs that change, each with whether it rises when the pin rises.
    """

    pin: str
    others: State
    rising: Mapping[str, bool]


def all_events(table: TruthTable) -> list[Event]:
    """Return the events of a gate, one for each input pin and state of the other inputs."""
    events = []
    for pin in table.inputs:
        for others in table.states([each for each in table.inputs if each != pin]):
            low, high = (table.outputs({**others, pin: bit}) for bit in (0, 1))
            rising = {name: bool(high[name]) for name in low if low[name] != high[name]}
            events.append(Event(pin, others, rising))
    return events


def analysis_of(
    event: Event, slew: float, loads: Mapping[str, float], *, drive: int = 1
) -> Analysis:
    """Return the analysis that measures an event.

    It measures ``delay`` and ``slew`` of each output that changes, each with the output's name and
    the edge of the input behind it, and ``supply`` and ``input``, the charges that flow after the
    two edges of the input: ``delay_Y_rise``, ``supply_fall``.

    Parameters:
        event: The event.
        slew: Transition time of the pin in ns.
        loads: Capacitance of each output in pF.
        drive: Drive strength, which decides how long the cell takes to settle.
    """
    time = settling(slew, max(loads.values()) / drive)
    rise, fall, end = START, START + time, START + 2 * time
    edge = ramp(slew)
    waves = {pin: [(0.0, float(bit)), (end, float(bit))] for pin, bit in event.others.items()}
    waves[event.pin] = [(0, 0), (rise, 0), (rise + edge, 1), (fall, 1), (fall + edge, 0), (end, 0)]
    analysis = Analysis(waves, loads, end, time / STEPS)
    low, middle, high = (f"val={part * VOLTAGE:.6g}" for part in (LOW, MIDDLE, HIGH))
    for caused in ("rise", "fall"):
        for output, up in event.rising.items():
            way = "rise" if up == (caused == "rise") else "fall"
            analysis.add_delay(
                f"delay_{output}_{caused}",
                (event.pin, f"{middle} {caused}=1"),
                (output, f"{middle} {way}=last"),
            )
            first, last = (low, high) if way == "rise" else (high, low)
            analysis.add_delay(
                f"slew_{output}_{caused}",
                (output, f"{first} {way}=last"),
                (output, f"{last} {way}=last"),
            )
    before = START / 2
    for caused, begin, stop in (("rise", rise, fall), ("fall", fall, end)):
        window = (begin - before, stop - before)
        analysis.add_charge(f"supply_{caused}", "vdd", *window)
        analysis.add_charge(f"input_{caused}", f"v{event.pin}", *window)
    return analysis
