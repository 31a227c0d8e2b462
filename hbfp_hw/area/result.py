"""What was measured of one unit, and what follows from it."""

from dataclasses import dataclass
from typing import Any

from hbfp_hw.rtl.unit import Unit

PUBLIC = {"fp32": 33_818, "bf16": 8_312}
"""Transistors of the best public fused multiply-adds, measured by this script on Yosys 0.70."""

METHOD = "flat"
"""How transistors, area and depth are measured: with no boundary of a module left."""


@dataclass(frozen=True)
class AreaResult:
    """Measured figures of one unit.

    Members:
        config: Name by which it was asked for.
        design, parameters: Name of its top module, and the unit's parameters.
        macs_per_cycle: Multiply-accumulates per cycle, with 4-bit operands where it can choose;
            None of a unit that does none.
        lanes: Values that a converter takes at once; None of other units.
        transistors, cells, flops: In static CMOS, cells by Yosys' types; memories are not in them.
        memory_bits: Bits of its memories.
        logic_depth: Gates on the longest path between registers, ports and memories.
        area, library_cells: With the cells of the library, in the library's units.
        gate_equivalents: The area over that of the library's 2-input NAND.
        breakdown: Transistors by part, which add up to ``transistors``.
        fpga: Resources of an FPGA family, if they were asked for.
        liberty: Name and hash of the library.
        verilog_hash, script_hash: SHA-256 of the Verilog; hash of the script.
        yosys: What Yosys calls itself.
        cached: Whether all was measured earlier.
        seconds: Time of the synthesis, whenever it was.
        log: Path of its log.
    """

    config: str
    design: str
    parameters: dict[str, Any]
    macs_per_cycle: int | None
    lanes: int | None
    transistors: int
    cells: dict[str, int]
    flops: int
    memory_bits: int
    logic_depth: int
    area: float
    library_cells: dict[str, int]
    gate_equivalents: float
    breakdown: dict[str, int]
    fpga: dict[str, Any] | None
    liberty: dict[str, str]
    verilog_hash: str
    script_hash: str
    yosys: str
    cached: bool
    seconds: float
    log: str
    method: str = METHOD

    @property
    def transistors_per_mac(self) -> float | None:
        """Transistors for each multiply-accumulate per cycle."""
        return _per(self.transistors, self.macs_per_cycle)

    @property
    def area_per_mac(self) -> float | None:
        """Area for each multiply-accumulate per cycle, in the library's units."""
        return _per(self.area, self.macs_per_cycle)

    @property
    def transistors_per_lane(self) -> float | None:
        """Transistors of a converter for each value that it takes at once."""
        return _per(self.transistors, self.lanes)

    def ratio(self, baseline: float | None) -> float | None:
        """How often a baseline's transistors per MAC hold this unit's."""
        own = self.transistors_per_mac
        return None if own is None or baseline is None else baseline / own


def macs_per_cycle(unit: Unit) -> int | None:
    """Multiply-accumulates that a unit does per cycle, in its 4-bit mode if it has one."""
    if unit.unit in ("convert", "fp32", "accumulate"):
        return None
    parameters = unit.parameters
    lanes = parameters.get("lanes", parameters.get("block_size"))
    if lanes is None:
        return None
    return int(lanes) * parameters.get("rows", 1) * parameters.get("columns", 1)


def lanes(unit: Unit) -> int | None:
    """Values that a converter takes at once."""
    return unit.parameters["block_size"] if unit.unit == "convert" else None


def _per(figure: float, count: int | None) -> float | None:
    return None if count is None else figure / count
