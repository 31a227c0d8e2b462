"""Placement of a netlist's cells in rows on a die, and the lengths of wires that follow from it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.format import check_integer
from hbfp_hw.ppa.floorplan import UNITS_PER_UM, Port, make_circuit, pins_by_net, to_units
from hbfp_hw.ppa.liberty import CellLibrary
from hbfp_hw.ppa.netlist import Netlist
from hbfp_hw.ppa.placer import PlacerRun, run_placer

CAP_PER_UM = 0.15e-3
"""Capacitance of a wire in pF per µm of half perimeter, for the process sky130.

The extracted capacitances per layer are published in OpenROAD-flow-scripts, file
``flow/platforms/sky130hd/setRC.tcl``, as fits to the layouts of seven routed designs: 0.150 fF/µm
on li1, 0.172 on met1, 0.136 on met2, 0.215 on met3, 0.148 on met4 and 0.154 on met5. Wires in a
block of a few hundred µm run in equal parts on met1 (horizontal) and met2 (vertical), whose mean
is 0.154. About half of it is coupling to neighbours: by the technology's LEF, a lone met1 wire of
the smallest width has 0.085 fF/µm (0.14 µm x 0.0258 fF/µm² and two edges of 0.0406 fF/µm).

The figure is on the low side: OpenROAD takes met1's for all signals before routing, a routed net is
longer than the half perimeter of its pins, and vias add capacitance.
"""

ROW_HEIGHT = 2.72
"""Height of the cells of sky130_fd_sc_hd in µm."""

UTILISATION = 0.7
"""Default area of the cells over that of the die."""

FILLED = 0.97
"""Part of the die that spread cells take with their shares of free space; full rows place badly."""


@dataclass(frozen=True, eq=False)
class Placement:
    """Places of the cells of a netlist, in rows without overlap.

    Members:
        netlist: The netlist.
        x, y: Left and lower edge of each gate in µm, from the lower left corner of the die.
        widths: Width of each gate in µm.
        row_height: Height of all gates in µm.
        width, height: Size of the die in µm.
        ports: Bits of the ports, around the edge of the die.
        half_perimeters: Half the perimeter in µm of the smallest box around the pins of each net,
            by net. Pins are at the centres of cells. Constants, nets with one pin and nets with
            more than :data:`~hbfp_hw.ppa.floorplan.MOST_PINS` have none.
    """

    netlist: Netlist
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    widths: NDArray[np.float64]
    row_height: float
    width: float
    height: float
    ports: Sequence[Port]
    half_perimeters: Mapping[int, float]

    @property
    def wire_length(self) -> float:
        """Sum of all half perimeters in µm."""
        return sum(self.half_perimeters.values())

    @property
    def utilisation(self) -> float:
        """Area of the cells over that of the die."""
        return float(self.widths.sum()) * self.row_height / (self.width * self.height)

    def wires(self, cap_per_um: float = CAP_PER_UM) -> dict[int, float]:
        """Return the capacitance of each net's wire in pF, by net.

        Nets without a half perimeter are left out: their wires count as 0.

        Parameters:
            cap_per_um: Capacitance in pF per µm of half perimeter.

        Raises:
            TypeError: It is not a number.
            ValueError: It is negative or not finite.
        """
        _check_number("Capacitance per µm", cap_per_um)
        if cap_per_um < 0:
            raise ValueError(f"Capacitance per µm must be at least 0, not {cap_per_um!r}")
        return {net: length * cap_per_um for net, length in self.half_perimeters.items()}


def place(
    netlist: Netlist,
    library: CellLibrary,
    *,
    utilisation: float = UTILISATION,
    row_height: float = ROW_HEIGHT,
    effort: int = 3,
    spread: bool = False,
    run: PlacerRun = PlacerRun(),
) -> Placement:
    """Place the cells of a netlist on a nearly square die, with short wires.

    Equal calls place alike. The placer minimises the sum of half perimeters and knows no delays.
    The bits of the ports are fixed, at equal distances around the edge of the die: inputs first,
    then outputs.

    Parameters:
        netlist: Flat netlist.
        library: Library with the areas of its cells. The width of a cell is its area over
            ``row_height``.
        utilisation: Area of the cells over that of the die, above 0 and at most 1. The die of a
            small netlist is larger, so that cells of any width fit into its rows.
        row_height: Height of a cell in µm.
        effort: Effort of the placer, from 1 (fast) to 9.
        spread: Whether each cell gets its share of the free space beside it. Else the placer packs
            cells where that shortens wires, more tightly than a router may like, and leaves free
            space elsewhere. Spread cells have longer wires: by 19 % in an HBFP4 mac of block size
            64, 17 % in an FP32 and 27 % in a BF16 multiply-add.
        run: Time limit and log of the placer.

    Raises:
        TypeError, ValueError: A parameter is of the wrong type or out of range, or the netlist has
            no gate, or has one that the library does not have.
        PlacerMissing: The package coloquinte is not installed.
        ToolError: The placer failed or reached the time limit.
    """
    check_integer("Effort of the placer", effort, 1, 9)
    _check_number("Utilisation", utilisation)
    if not 0 < utilisation <= 1:
        raise ValueError(f"Utilisation must be above 0 and at most 1, not {utilisation!r}")
    _check_number("Row height", row_height)
    if row_height <= 0:
        raise ValueError(f"Row height must be above 0 µm, not {row_height!r}")
    if not netlist.gates:
        raise ValueError(f"Netlist of {netlist.name} must have a gate to be placed")
    widths = [to_units(area / row_height) for area in _areas(netlist, library)]
    shares, filled = widths, float(utilisation)
    if spread and utilisation < FILLED:
        shares, filled = [round(width * FILLED / utilisation) for width in widths], FILLED
    circuit, ports = make_circuit(netlist, shares, to_units(row_height), filled)
    corners = np.array(run_placer(circuit, effort, run))
    x, y = corners.T / UNITS_PER_UM
    x += (np.array(shares) - widths) // 2 / UNITS_PER_UM
    wide, high = np.array(widths) / UNITS_PER_UM, circuit.height / UNITS_PER_UM
    centres = np.stack([x + wide / 2, y + high / 2], axis=1)
    pads = np.array([(port.x, port.y) for port in ports]).reshape(-1, 2)
    pins = np.concatenate([centres, pads])
    return Placement(
        netlist=netlist,
        x=x,
        y=y,
        widths=wide,
        row_height=high,
        width=circuit.die[0] / UNITS_PER_UM,
        height=circuit.die[1] / UNITS_PER_UM,
        ports=ports,
        half_perimeters={
            net: float(np.ptp(pins[numbers], axis=0).sum())
            for net, numbers in pins_by_net(netlist, ports).items()
        },
    )


def _check_number(thing: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{thing} must be a number, not {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{thing} must be finite, not {value!r}")


def _areas(netlist: Netlist, library: CellLibrary) -> list[float]:
    """Return the area of each gate in µm²."""
    for gate in netlist.gates:
        if gate.cell.name not in library.cells:
            raise ValueError(
                f"Cells of a netlist must be of library {library.name}, not {gate.cell.name!r}"
            )
    return [library.cells[gate.cell.name].area for gate in netlist.gates]
