"""Small netlists, made without synthesis."""

import sys
from collections.abc import Sequence
from pathlib import Path

from hbfp_hw.ppa.liberty import Cell, CellLibrary, Input, Output
from hbfp_hw.ppa.netlist import Gate, Netlist

HAS_PLACER = sys.platform == "linux" and sys.version_info < (3, 13)
"""Whether coloquinte has a wheel for this system, so that the developers' extra installs it."""

ROW = 2.72
"""Row height in µm."""

CELLS = {
    cell.name: cell
    for cell in (
        Cell(
            f"buffer{sites}",
            area=0.46 * sites * ROW,
            leakage=0.0,
            inputs={"A": Input("A", 0.002)},
            outputs={"X": Output("X", None, frozenset(), (), {})},
        )
        for sites in (3, 5, 8)
    )
}
"""Buffers of three widths."""

LIBRARY = CellLibrary("buffers", Path("buffers.lib"), "", 1.8, CELLS)


def chain(cells: Sequence[str], names: Sequence[str] | None = None) -> Netlist:
    """Return a chain of buffers from an input to an output.

    Parameters:
        cells: Name of the cell of each buffer.
        names: Name of each buffer.
    """
    names = names or [f"unit.link{number}.buffer" for number in range(len(cells))]
    gates = [
        Gate(name, CELLS[cell], {"A": 2 + number}, {"X": 3 + number})
        for number, (name, cell) in enumerate(zip(names, cells, strict=True))
    ]
    return Netlist("chain", gates, {"first": [2]}, {"last": [2 + len(cells)]}, 3 + len(cells))
