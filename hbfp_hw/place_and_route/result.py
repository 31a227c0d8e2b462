"""Figures of one unit on one device after place and route."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict


class SlowestPath(TypedDict):
    """Critical path between two registers, by nextpnr's timing analysis.

    Members:
        first, last: Names of its first and last FPGA cell.
        nanoseconds: Its delay.
        logic_steps: Number of logic delays on it, as opposed to routing delays.
    """

    first: str
    last: str
    nanoseconds: float
    logic_steps: int


class DeviceUse(TypedDict):
    """Use of one resource of the device: number used, and number available."""

    used: int
    available: int


class ToolFigures(TypedDict):
    """Figures in the reports of Yosys and nextpnr; see :class:`PlaceAndRouteResult`."""

    fmax_mhz: float
    limited_by: str
    slowest_path: SlowestPath
    unit: dict[str, int]
    wrapper: dict[str, int]
    device_use: dict[str, DeviceUse]


class MeasuredFigures(ToolFigures):
    """The figures with the seconds that the tools took and the path of their log."""

    seconds: float
    log: str


@dataclass(frozen=True)
class PlaceAndRouteResult:
    """Figures of one unit after place and route.

    Members:
        config: Name under which the caller asked for it.
        design, parameters: Name of the unit's top module, and its parameters.
        family, device, package, speed: The FPGA; the speed grade is None where the device has only
            one.
        seed, goal_mhz: Seed of nextpnr's placer, and clock that it worked towards, in MHz.
        macs_per_cycle: Multiply-accumulates per cycle; None for a unit that does none.
        fmax_mhz: Highest clock of the routed design in MHz, the wrapper's registers included.
        limited_by: ``"unit"``, or ``"wrapper"`` if the slowest path lies in the wrapper alone.
        slowest_path: The path that limits the clock.
        unit: Resources of the unit, counted after synthesis.
        wrapper: Resources of the wrapper, which are not in ``unit``.
        device_use: Resources of the device that unit and wrapper use together, by nextpnr's names.
        verilog_hash: SHA-256 of the unit's Verilog.
        tools: Versions of Yosys and nextpnr.
        cached: Whether the result comes from the cache.
        seconds: Seconds that synthesis, place and route took when they ran.
        log: Path of their log.
    """

    config: str
    design: str
    parameters: Mapping[str, object]
    family: str
    device: str
    package: str
    speed: int | None
    seed: int
    goal_mhz: float
    macs_per_cycle: int | None
    fmax_mhz: float
    limited_by: str
    slowest_path: SlowestPath
    unit: dict[str, int]
    wrapper: dict[str, int]
    device_use: dict[str, DeviceUse]
    verilog_hash: str
    tools: dict[str, str]
    cached: bool
    seconds: float
    log: str

    @property
    def macs_per_second(self) -> float | None:
        """Multiply-accumulates per second at ``fmax_mhz``; None for a unit that does none."""
        return None if self.macs_per_cycle is None else self.macs_per_cycle * self.fmax_mhz * 1e6
