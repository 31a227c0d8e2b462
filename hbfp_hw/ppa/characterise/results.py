"""Results of the characterisation, in ns, pF, pJ, nW and µm²."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""Values over loads x slews, or over slews alone, or a single value."""


@dataclass(frozen=True)
class EdgeValues:
    """Values for the rising and the falling edge of a pin."""

    rise: Values
    fall: Values


@dataclass(frozen=True)
class MeasuredArc:
    """Response of an output to an edge of an input.

    Members:
        pin: The input.
        sense: "positive_unate", "negative_unate" or "non_unate".
        delay: Delays by the edge of the output: the longest in any state of the other inputs.
        transition: Transition times of the output, in the same way.
        energy: Mean internal energy over the states of the other inputs.
    """

    pin: str
    sense: str
    delay: EdgeValues
    transition: EdgeValues
    energy: EdgeValues


@dataclass(frozen=True)
class MeasuredInput:
    """An input pin.

    Members:
        capacitance: Mean capacitance of rising and falling edges and all states.
        energy: Mean energy of an edge that changes no output.
        idle: Condition of such an edge in the syntax of Liberty files; empty if there are none.
        setup: Setup times of a flop's data over slews of data x slews of the clock.
    """

    capacitance: float
    energy: EdgeValues | None = None
    idle: str = ""
    setup: EdgeValues | None = None


@dataclass(frozen=True)
class MeasuredCell:
    """A characterised cell.

    Members:
        name: Name in the library.
        area: Area.
        leakage: Mean leakage power over all states.
        loads: Loads of the tables.
        functions: Functions of the outputs.
        inputs: Input pins by name.
        arcs: Arcs of each output, by its name.
        clock: Name of a flop's clock pin, or an empty text.
    """

    name: str
    area: float
    leakage: float
    loads: tuple[float, ...]
    functions: Mapping[str, str]
    inputs: Mapping[str, MeasuredInput]
    arcs: Mapping[str, list[MeasuredArc]]
    clock: str = field(default="")
