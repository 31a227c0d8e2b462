"""Cell libraries with delays and energies, read from Liberty files (NLDM).

All quantities are in ns, pF, V, pJ, nW and µm², whatever units the file has.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hbfp_hw.ppa.expressions import ONES, Function, parse_function
from hbfp_hw.ppa.liberty_text import Group, parse_liberty
from hbfp_hw.ppa.liberty_units import TableReader, Units
from hbfp_hw.ppa.tables import Table

OWN_LIBRARY = Path(__file__).with_name("sky130_fd_sc_hd_own.lib")
"""Own characterisation of standard cells of sky130_fd_sc_hd: the default library."""


SENSES = ("positive_unate", "negative_unate", "non_unate")
"""Values of ``timing_sense``."""


class Edges(NamedTuple):
    """One table for the rising edge of a pin and one for its falling edge."""

    rise: Table
    fall: Table


@dataclass(frozen=True)
class Arc:
    """Delays from one input pin to one output pin.

    Members:
        pin: The input pin.
        sense: One of :data:`SENSES`: which edge of the input causes which edge of the output.
        delay: Delays by the edge of the output, in ns, as tables.
        transition: Transition times of the output in ns, as tables.
    """

    pin: str
    sense: str
    delay: Edges
    transition: Edges


@dataclass(frozen=True)
class Output:
    """An output pin.

    Members:
        name: Name of the pin.
        function: Its value from the values of the input pins; for a flop, None.
        pins: Input pins that the function reads.
        arcs: Delays, one arc or more for each input pin.
        energy: Internal energy of an edge of this output in pJ, by the input pin that caused it, as
            tables.
        inverted: Whether a flop's output is the complement of its state.
    """

    name: str
    function: Function | None
    pins: frozenset[str]
    arcs: tuple[Arc, ...]
    energy: Mapping[str, Edges]
    inverted: bool = False


@dataclass(frozen=True)
class Input:
    """An input pin.

    Members:
        name: Name of the pin.
        capacitance: Capacitance in pF.
        energy: Internal energy in pJ of an edge at this pin that changes no output, as tables over
            the slew; None if the file has none.
        setup: Time in ns that data must arrive before the clock edge, as tables; for the data pin
            of a flop.
    """

    name: str
    capacitance: float
    energy: Edges | None = None
    setup: Edges | None = None


@dataclass(frozen=True)
class Cell:
    """A standard cell.

    Members:
        name: Name in the library.
        area: Area in µm².
        leakage: Leakage power in nW.
        inputs: Input pins by name.
        outputs: Output pins by name.
        clock: Clock pin of a flop that takes its data at the rising edge; empty for other cells.
        data: Data pin of such a flop.
        usable: Whether the cell is a gate, or a flop without set and reset.
    """

    name: str
    area: float
    leakage: float
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    clock: str = ""
    data: str = ""
    usable: bool = True


@dataclass(frozen=True)
class CellLibrary:
    """The cells of a Liberty file.

    Members:
        name: Name of the library.
        path: The file.
        sha256: SHA-256 of the file, in hexadecimal.
        voltage: Supply voltage in V.
        cells: Cells by name.
    """

    name: str
    path: Path
    sha256: str
    voltage: float
    cells: Mapping[str, Cell]

    @property
    def has_energy(self) -> bool:
        """Whether the outputs of the cells have tables of internal energy."""
        return any(out.energy for cell in self.cells.values() for out in cell.outputs.values())


def read_liberty(path: Path) -> CellLibrary:
    """Read a Liberty file.

    Raises:
        ValueError: The file cannot be read, has another syntax, or has values that are no numbers.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"Liberty file must be a file that can be read, not '{path}': {error.strerror}"
        ) from None
    group = parse_liberty(content.decode("utf-8", errors="replace"))
    units = Units.of(group)
    reader = TableReader(group, units)
    cells = [_cell(each, reader) for each in group.of_kind("cell")]
    return CellLibrary(
        name=group.names[0] if group.names else path.stem,
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        voltage=units.voltage,
        cells={cell.name: cell for cell in cells},
    )


def _cell(group: Group, reader: TableReader) -> Cell:
    flop = next(group.of_kind("ff"), None)
    clock = flop.text("clocked_on").strip("() ") if flop else ""
    data = flop.text("next_state").strip("() ") if flop else ""
    inputs, outputs = {}, {}
    for pin in group.of_kind("pin"):
        name = pin.names[0]
        if pin.text("direction") == "input":
            inputs[name] = _input(name, pin, reader)
        elif pin.text("direction") == "output":
            outputs[name] = _output(name, pin, reader, states=flop.names if flop else [])
    plain_flop = (
        flop is not None
        and clock in inputs
        and data in inputs
        and not ({"clear", "preset"} & set(flop.attributes))
    )
    others = any(group.of_kind("latch", "statetable", "ff_bank", "latch_bank"))
    return Cell(
        name=group.names[0],
        area=group.number("area"),
        leakage=group.number("cell_leakage_power") * reader.units.leakage,
        inputs=inputs,
        outputs=outputs,
        clock=clock if plain_flop else "",
        data=data if plain_flop else "",
        usable=not others and (flop is None or plain_flop),
    )


def _input(name: str, pin: Group, reader: TableReader) -> Input:
    power = [group for group in pin.of_kind("internal_power") if not group.text("related_pin")]
    setup = [
        Edges(reader.table(rise, reader.units.time), reader.table(fall, reader.units.time))
        for group in pin.of_kind("timing")
        if group.text("timing_type") == "setup_rising"
        for rise, fall in [_pair(group, "rise_constraint", "fall_constraint")]
    ]
    return Input(
        name=name,
        capacitance=pin.number("capacitance") * reader.units.capacitance,
        energy=_energy(power, reader) if power else None,
        setup=setup[0] if setup else None,
    )


def _output(name: str, pin: Group, reader: TableReader, *, states: list[str]) -> Output:
    """Return an output pin.

    Parameters:
        states: For a flop, the names of its state and of the complement in the file.
    """
    function, pins = None, frozenset[str]()
    if pin.text("function"):
        function, pins = parse_function(pin.text("function"))
    inverted = False
    if states:
        zero, one = np.zeros(1, np.uint64), np.full(1, ONES)
        values = {state: one if place else zero for place, state in enumerate(states)}
        if function is not None and pins <= set(states):
            inverted = bool(function(values)[0] == ONES)
        function, pins = None, frozenset()
    arcs = []
    for group in pin.of_kind("timing"):
        if not any(group.of_kind("cell_rise")):
            continue
        delay = _pair(group, "cell_rise", "cell_fall")
        transition = _pair(group, "rise_transition", "fall_transition")
        sense = group.text("timing_sense", "non_unate")
        if sense not in SENSES:
            raise ValueError(f"Sense of a timing must be one of {', '.join(SENSES)}, not {sense!r}")
        arcs += [
            Arc(
                pin=related,
                sense=sense,
                delay=Edges(*(reader.table(each, reader.units.time) for each in delay)),
                transition=Edges(*(reader.table(each, reader.units.time) for each in transition)),
            )
            for related in group.text("related_pin").split()
        ]
    powers: dict[str, list[Group]] = {}
    for group in pin.of_kind("internal_power"):
        for related in group.text("related_pin").split():
            powers.setdefault(related, []).append(group)
    energy = {related: _energy(groups, reader) for related, groups in powers.items()}
    return Output(name, function, pins, tuple(arcs), energy, inverted)


def _energy(groups: list[Group], reader: TableReader) -> Edges:
    """Return the mean of the energies of one pin, which may differ by the state of the others."""
    edges = []
    for kinds in (("rise_power", "power"), ("fall_power", "power")):
        tables = [table for group in groups for table in list(group.of_kind(*kinds))[:1]]
        edges.append(reader.mean(tables, reader.units.energy))
    return Edges(*edges)


def _pair(group: Group, rise: str, fall: str) -> tuple[Group, Group]:
    """Return two groups; if one is missing, the other stands for both.

    Raises:
        ValueError: Both are missing.
    """
    first, second = next(group.of_kind(rise), None), next(group.of_kind(fall), None)
    if first is None and second is None:
        raise ValueError(f"Timing in a Liberty file must have {rise} or {fall}")
    return first or second, second or first  # type: ignore[return-value]
