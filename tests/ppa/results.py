"""Results with round figures."""

from dataclasses import replace
from pathlib import Path

from hbfp_hw.ppa.result import EnergyPerMac, NetlistFiles, PpaResult

UNIT = PpaResult(
    config="mac_hbfp4_n64",
    area_um2=50_000.0,
    delay_ns=4.0,
    clock_mhz_shared=200.0,
    macs_per_cycle=64,
    energy=EnergyPerMac(internal=1.0, switching=0.75, clock=0.5, inputs=0.25),
    energy_per_mac_pj_zero_delay=1.25,
    leakage_nw=90.0,
    stages=3,
    wires=True,
    library="cells",
    library_sha256="0" * 64,
    wrong_results=0,
    vectors=10_000,
    effort="fast",
    netlist=NetlistFiles(Path("unit.json"), Path("unit.v")),
    seconds=12.5,
    cached=False,
)


def result(config: str, area: float, delay: float, energy: float) -> PpaResult:
    """Return a result of one multiply-accumulate per cycle."""
    parts = EnergyPerMac(internal=energy, switching=0.0, clock=0.0, inputs=0.0)
    return replace(
        UNIT, config=config, area_um2=area, delay_ns=delay, macs_per_cycle=1, energy=parts
    )


FP32 = result("fp32_mac", 40_000.0, 5.0, 100.0)
BF16 = (
    result("bf16_mac", 10_000.0, 5.0, 40.0),  # smallest at 200 MHz
    result("bf16_mac", 12_000.0, 2.5, 50.0),  # most throughput per area
    result("bf16_mac", 5_000.0, 10.0, 30.0),  # smallest, but only 100 MHz
)
