"""FPGA families, and what Yosys and nextpnr are told about them."""

from dataclasses import dataclass

from hbfp_hw.area.fpga import check_family


@dataclass(frozen=True)
class Family:
    """How designs get into the FPGAs of a family.

    Members:
        name: As in the names of the tools.
        packages: Devices, as nextpnr's options name them, each with the package used; the first
            is the default.
        options: Further options of nextpnr.
        goal: Clock that placement and routing work towards by default, in MHz.
        speeds: Speed grades, the default first; empty if the device says it.
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
"""The families, by name."""


@dataclass(frozen=True)
class Target:
    """One device of a family.

    Members:
        device: One of the family's packages.
        speed: Speed grade; None where the device says it.
    """

    family: Family
    device: str
    speed: int | None

    @classmethod
    def of(cls, family: str, device: str | None = None, speed: int | None = None) -> "Target":
        """The device of these names; what is None is the family's default.

        Raises:
            ValueError: There is none such.
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
        """The device as options of nextpnr."""
        grade = [] if self.speed is None else ["--speed", str(self.speed)]
        return [f"--{self.device}", "--package", self.package, *grade, *self.family.options]
