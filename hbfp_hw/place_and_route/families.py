"""FPGA families, their devices, and the options of nextpnr that select them."""

from dataclasses import dataclass

from hbfp_hw.area.fpga import check_family


@dataclass(frozen=True)
class Family:
    """One FPGA family.

    Members:
        name: Name of the family in ``synth_NAME`` and ``nextpnr-NAME``.
        packages: Package of each device by the device's name in nextpnr's options; the default
            device comes first.
        options: Further options of nextpnr.
        goal: Default clock to work towards, in MHz.
        speeds: Speed grades, the default first; empty if each device has only one.
    """

    name: str
    packages: dict[str, str]
    options: tuple[str, ...]
    goal: float
    speeds: tuple[int, ...] = ()


FAMILIES = {
    family.name: family
    for family in (
        Family(
            "ecp5",
            dict.fromkeys(("25k", "12k", "45k", "85k"), "CABGA381"),
            ("--lpf-allow-unconstrained",),
            goal=250.0,
            speeds=(6, 7, 8),
        ),
        Family(
            "ice40",
            {"hx8k": "ct256", "hx4k": "tq144", "hx1k": "tq144", "lp8k": "cm81", "up5k": "sg48"},
            ("--pcf-allow-unconstrained",),
            goal=100.0,
        ),
    )
}
"""Families by name."""


@dataclass(frozen=True)
class Target:
    """One device of a family.

    Members:
        family: The family.
        device: Name of the device, a key of the family's ``packages``.
        speed: Speed grade; None where the device has only one.
    """

    family: Family
    device: str
    speed: int | None

    @classmethod
    def of(cls, family: str, device: str | None = None, speed: int | None = None) -> "Target":
        """Return the named device and speed grade; None stands for the family's default.

        Raises:
            ValueError: The family, the device or the speed grade does not exist.
        """
        check_family(family)
        known = FAMILIES[family]
        if device is None:
            device = next(iter(known.packages))
        if device not in known.packages:
            raise ValueError(
                f"Device of {family} must be one of {', '.join(known.packages)}, not {device!r}"
            )
        if speed is None and known.speeds:
            speed = known.speeds[0]
        if speed is not None and speed not in known.speeds:
            grades = " or ".join(map(str, known.speeds)) or "left out"
            raise ValueError(f"Speed grade of {family} must be {grades}, not {speed!r}")
        return cls(known, device, speed)

    @property
    def package(self) -> str:
        """Package of the device."""
        return self.family.packages[self.device]

    @property
    def options(self) -> list[str]:
        """Options of nextpnr that select the device."""
        grade = [] if self.speed is None else ["--speed", str(self.speed)]
        return [f"--{self.device}", "--package", self.package, *grade, *self.family.options]
