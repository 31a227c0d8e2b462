"""Helpers of the tests that need cells: the library, and netlists with a planted fault."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.ppa.liberty import OWN_LIBRARY, CellLibrary, read_liberty

NAND, NOR = "sky130_fd_sc_hd__nand2_1", "sky130_fd_sc_hd__nor2_1"


def own_library() -> CellLibrary:
    """Return the library of the package."""
    return read_liberty(OWN_LIBRARY)


def swap_gate(source: Path, target: Path, which: int) -> None:
    """Copy a netlist and exchange NAND for NOR, or NOR for NAND, in one of its gates.

    Parameters:
        source: The netlist in the JSON of Yosys, with one module that has gates.
        target: File for the copy.
        which: Number of the gate among the NAND and NOR gates, in the order of the file.
    """
    netlist = json.loads(source.read_text())
    cells = [
        cell
        for module in netlist["modules"].values()
        for cell in module["cells"].values()
        if cell["type"] in (NAND, NOR)
    ]
    changed = cells[which]
    changed["type"] = NOR if changed["type"] == NAND else NAND
    target.write_text(json.dumps(netlist))


def to_bits(values: NDArray[np.int64], width: int) -> NDArray[np.bool_]:
    """Return the bits of integers, lowest first, in a new last axis."""
    return (values[..., np.newaxis] >> np.arange(width) & 1).astype(bool)


def int8_vectors(streams: int, cycles: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return operands and results of ``int8_mac``, each streams x cycles x bits."""
    rng = np.random.default_rng(24)
    shape = streams, cycles
    a, b = rng.integers(-128, 128, (2, *shape))
    c = rng.integers(-(1 << 31), 1 << 31, shape)
    operands = np.concatenate([to_bits(a, 8), to_bits(b, 8), to_bits(c, 32)], axis=2)
    return operands, to_bits(a * b + c, 32)
