"""Options of one place and route."""

from dataclasses import dataclass

from hbfp_hw.area.yosys import TIMEOUT


@dataclass(frozen=True)
class PlaceAndRouteOptions:
    """Device, clock and limits of one place and route.

    Members:
        device: Device of the family; None is the family's default.
        speed: Speed grade; None is the family's default.
        seed: Seed of nextpnr's placer.
        goal_mhz: Clock in MHz that nextpnr works towards; None is the family's default. A slower
            result is not an error.
        cached: Whether an earlier result of the same Verilog, options and tools may be returned.
        timeout: Seconds allowed for synthesis, and again for place and route.
    """

    device: str | None = None
    speed: int | None = None
    seed: int = 1
    goal_mhz: float | None = None
    cached: bool = True
    timeout: float = TIMEOUT


DEFAULT_OPTIONS = PlaceAndRouteOptions()
"""The family's default device and clock, seed 1."""
