"""What was measured of one design in one device, and what follows from it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FitResult:
    """Figures of one unit after placing and routing.

    Members:
        config: Name by which it was asked for.
        design, parameters: Name of its top module, and the unit's parameters.
        family, device, package, speed: Where it was placed; the speed grade is None where the
            device says it.
        seed, goal_mhz: Of nextpnr.
        macs_per_cycle: As of :class:`~hbfp_hw.area.AreaResult`.
        fmax_mhz: Clock that the routed design reaches, the registers of the shell included.
        limited_by: ``"unit"``, or ``"shell"`` if its slowest path is all in the shell.
        slowest_path: First and last cell of that path, and its steps.
        unit: Resources of the unit.
        shell: Resources of the registers around it, which are not the unit's.
        device_use: What nextpnr counts of each resource of the device: used, of both, and
            available.
        verilog_hash: SHA-256 of the unit's Verilog.
        tools: Versions of Yosys and nextpnr.
        cached: Whether it was measured earlier.
        seconds: Time of synthesis, placing and routing, whenever they were.
        log: Path of their log.
    """

    config: str
    design: str
    parameters: dict[str, Any]
    family: str
    device: str
    package: str
    speed: int | None
    seed: int
    goal_mhz: float
    macs_per_cycle: int | None
    fmax_mhz: float
    limited_by: str
    slowest_path: dict[str, Any]
    unit: dict[str, int]
    shell: dict[str, int]
    device_use: dict[str, dict[str, int]]
    verilog_hash: str
    tools: dict[str, str]
    cached: bool
    seconds: float
    log: str

    @property
    def macs_per_second(self) -> float | None:
        """Multiply-accumulates per second at that clock; None of a unit that does none."""
        return None if self.macs_per_cycle is None else self.macs_per_cycle * self.fmax_mhz * 1e6
