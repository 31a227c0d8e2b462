"""Power, performance and area of a mapped unit, and the figures derived from them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EnergyPerMac:
    """Energy per multiply-accumulate in pJ, by cause.

    Members:
        internal: Energy inside gates and flops, without the clock.
        switching: Energy of the loads of all nets that gates and flops drive.
        clock: Energy that the flops take for the edges of their clock.
        inputs: Energy of the loads of the input ports, which a driver outside pays.
    """

    internal: float
    switching: float
    clock: float
    inputs: float

    @property
    def total(self) -> float:
        """Sum of all causes in pJ, without leakage."""
        return self.internal + self.switching + self.clock + self.inputs


@dataclass(frozen=True)
class NetlistFiles:
    """Files of one mapped netlist: JSON of Yosys, and Verilog."""

    json: Path
    verilog: Path


@dataclass(frozen=True)
class PpaResult:
    """Figures of one unit, mapped once: between counted registers for operands and results.

    Members:
        config: Name of the configuration.
        area_um2: Area of all cells in µm².
        delay_ns: Smallest clock period in ns.
        clock_mhz_shared: Clock in MHz that all units of the run reach, the same in all results.
        macs_per_cycle: Multiply-accumulates per cycle; None for a unit that does none.
        energy: Energy per multiply-accumulate, with glitches; None if the library has no power
            tables.
        energy_per_mac_pj_zero_delay: The same energy in pJ without delays, and so without glitches.
        leakage_nw: Leakage power in nW, which no energy contains.
        stages: Ranks of registers between those for operands and results.
        wires: Whether delay and energy include the wires of a placement.
        library, library_sha256: Name and SHA-256 of the cell library.
        wrong_results: Wrong results of the netlist among its vectors.
        vectors: Vectors that the netlist was simulated on.
        effort: Name of the mapping effort.
        netlist: Files of the netlist.
        seconds: Seconds that the measurement took when it ran.
        cached: Whether the figures come from the result cache.
    """

    config: str
    area_um2: float
    delay_ns: float
    clock_mhz_shared: float
    macs_per_cycle: int | None
    energy: EnergyPerMac | None
    energy_per_mac_pj_zero_delay: float | None
    leakage_nw: float
    stages: int
    wires: bool
    library: str
    library_sha256: str
    wrong_results: int
    vectors: int
    effort: str
    netlist: NetlistFiles
    seconds: float
    cached: bool

    @property
    def clock_mhz(self) -> float:
        """Clock in MHz at the smallest period."""
        return 1e3 / self.delay_ns

    @property
    def macs_per_second_per_mm2(self) -> float | None:
        """Throughput per area at this unit's own clock."""
        return self.throughput_per_area(self.clock_mhz)

    @property
    def macs_per_second_per_mm2_shared(self) -> float | None:
        """Throughput per area at the clock that all units of the run reach."""
        return self.throughput_per_area(self.clock_mhz_shared)

    @property
    def energy_per_mac_pj(self) -> float | None:
        """Energy per multiply-accumulate in pJ, with glitches and without leakage."""
        return None if self.energy is None else self.energy.total

    def throughput_per_area(self, clock_mhz: float) -> float | None:
        """Return multiply-accumulates per second and mm² at a clock; None if the unit does none."""
        if self.macs_per_cycle is None:
            return None
        return self.macs_per_cycle * clock_mhz * 1e6 / (self.area_um2 * 1e-6)


@dataclass(frozen=True)
class AreaDelayPoint:
    """One netlist in a plot of area over delay.

    Members:
        config: Name of the configuration.
        delay_ns: Smallest clock period in ns.
        area_um2: Area in µm².
        macs_per_cycle: Multiply-accumulates per cycle; None for a unit that does none.
    """

    config: str
    delay_ns: float
    area_um2: float
    macs_per_cycle: int | None


@dataclass(frozen=True)
class EnergyClockPoint:
    """One netlist in a plot of energy over clock.

    Members:
        config: Name of the configuration.
        clock_mhz: Highest clock in MHz.
        energy_per_mac_pj: Energy per multiply-accumulate in pJ.
    """

    config: str
    clock_mhz: float
    energy_per_mac_pj: float
