"""Area figures of one unit, and the figures derived from them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hbfp_hw.area.fpga import FpgaResources
from hbfp_hw.area.statistics import Cells
from hbfp_hw.rtl.unit import Unit

PUBLIC = {"fp32": 33_818, "bf16": 8_312}
"""Transistors of the public units, by the area script on Yosys 0.70.

They are the smallest fused multiply-adds in public repositories, one per format.
"""

METHOD = "flat"
"""How transistors, area and depth are measured: the whole design is flattened, then mapped."""


@dataclass(frozen=True)
class AreaResult:
    """Area figures of one unit.

    Members:
        config: Name under which the caller asked for it.
        design, parameters: Name of the unit's top module, and its parameters.
        macs_per_cycle: Multiply-accumulates per cycle, with narrow operands if the unit also takes
            wide ones; None for a unit that does no multiply-accumulate.
        lanes: Values that a converter takes per cycle; None for other units.
        transistors: Transistors in static CMOS, without memories.
        cells: Number of gates and flops of each Yosys type, without memories.
        flops: Flops among them.
        memory_bits: Bits of all memories, which no other figure contains.
        logic_depth: Gates on the longest path between flops, ports and memories.
        area: Area in the library's units, without memories.
        library_cells: Number of standard cells of each name in the library.
        gate_equivalents: ``area`` over the area of the library's smallest 2-input NAND.
        breakdown: Transistors by part; they add up to ``transistors``.
        fpga: Resources in an FPGA family; None unless asked for.
        liberty: Name and SHA-256 of the library.
        verilog_hash, script_hash: SHA-256 of the Verilog; hash of the area script.
        yosys: Version line of Yosys.
        cached: Whether all figures come from the cache.
        seconds: Seconds that the synthesis took when it ran.
        log: Path of its log.
        method: :data:`METHOD`.
    """

    config: str
    design: str
    parameters: Mapping[str, object]
    macs_per_cycle: int | None
    lanes: int | None
    transistors: int
    cells: Cells
    flops: int
    memory_bits: int
    logic_depth: int
    area: float
    library_cells: Cells
    gate_equivalents: float
    breakdown: dict[str, int]
    fpga: FpgaResources | None
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
        """Transistors per multiply-accumulate per cycle; None if the unit does none."""
        return _per(self.transistors, self.macs_per_cycle)

    @property
    def area_per_mac(self) -> float | None:
        """Area in library units per multiply-accumulate per cycle; None if the unit does none."""
        return _per(self.area, self.macs_per_cycle)

    @property
    def transistors_per_lane(self) -> float | None:
        """Transistors per lane of a converter; None for other units."""
        return _per(self.transistors, self.lanes)

    def ratio(self, baseline: float | None) -> float | None:
        """Return a baseline's transistors per MAC over this unit's; None if either has none."""
        own = self.transistors_per_mac
        return None if own is None or baseline is None else baseline / own


def macs_per_cycle(unit: Unit) -> int | None:
    """Return the multiply-accumulates per cycle of a unit; None if it does none.

    If the unit takes narrow and wide operands, the figure is for narrow ones.
    """
    if unit.unit in ("convert", "fp32", "accumulate"):
        return None
    parameters = unit.parameters
    lanes = parameters.get("lanes", parameters.get("block_size"))
    if lanes is None:
        return None
    return int(lanes) * parameters.get("rows", 1) * parameters.get("columns", 1)


def converter_lanes(unit: Unit) -> int | None:
    """Return the values that a converter takes per cycle; None for other units."""
    return unit.parameters["block_size"] if unit.unit == "convert" else None


def _per(figure: float, count: int | None) -> float | None:
    return None if count is None else figure / count
