"""Advantages of units over the FP32 and BF16 baselines, at one clock and each at its own best."""

from collections.abc import Sequence
from dataclasses import dataclass

from hbfp_hw.ppa.result import PpaResult

BASELINES = {"fp32": "fp32_mac", "bf16": "bf16_mac"}
"""Configurations that ratios refer to: fused multiply-adds, both with FP32 sums."""

OWN_CLOCK = "_own_clock"
"""Ending of the keys of ratios in which each unit has its own best clock."""

REACHED = 1 - 1e-9
"""Fraction of a clock that counts as that clock, for rounding errors."""


@dataclass(frozen=True)
class Ratio:
    """Advantage of a unit over a baseline: above 1, the unit is better.

    Members:
        throughput_per_area: Throughput per area of the unit over that of the baseline.
        energy: Energy per multiply-accumulate of the baseline over that of the unit; None if
            either has none.
    """

    throughput_per_area: float
    energy: float | None


def shared_clock(results: Sequence[PpaResult]) -> float:
    """Return the highest clock in MHz that each configuration reaches with one of its results."""
    best: dict[str, float] = {}
    for result in results:
        best[result.config] = max(best.get(result.config, 0.0), result.clock_mhz)
    return min(best.values())


def ratios(results: Sequence[PpaResult]) -> dict[str, dict[str, Ratio]]:
    """Return the advantages of each configuration over the baselines of the same run.

    At the shared clock, the smallest result of a configuration that reaches it counts. With own
    clocks (keys ``fp32_own_clock`` and ``bf16_own_clock``), the result with the highest throughput
    per area counts. Energies are of the same results.

    Parameters:
        results: Results of one run, one or more for each configuration. A baseline without a result
            has no ratios.

    Returns:
        By configuration, the ratios by the keys of :data:`BASELINES`, with and without the ending
        :data:`OWN_CLOCK`. Configurations without multiply-accumulates are left out.

    Raises:
        ValueError: The results have several shared clocks, or a configuration does not reach it.
    """
    clocks = sorted({result.clock_mhz_shared for result in results})
    if len(clocks) > 1:
        raise ValueError(f"Results of a run must share one clock, not {clocks!r}")
    by_config: dict[str, list[PpaResult]] = {}
    for result in results:
        if result.macs_per_cycle is not None:
            by_config.setdefault(result.config, []).append(result)
    chosen = {config: (smallest(own), fastest(own)) for config, own in by_config.items()}
    found: dict[str, dict[str, Ratio]] = {}
    for config, (small, fast) in chosen.items():
        found[config] = {}
        for key, baseline in BASELINES.items():
            if baseline in chosen:
                base_small, base_fast = chosen[baseline]
                clock = small.clock_mhz_shared
                found[config][key] = _ratio(small, base_small, clock, clock)
                found[config][key + OWN_CLOCK] = _ratio(
                    fast, base_fast, fast.clock_mhz, base_fast.clock_mhz
                )
    return found


def smallest(results: Sequence[PpaResult]) -> PpaResult:
    """Return the smallest result that reaches the shared clock."""
    clock = results[0].clock_mhz_shared
    reaching = [result for result in results if result.clock_mhz >= clock * REACHED]
    if not reaching:
        raise ValueError(
            f"Shared clock must be one that {results[0].config} reaches, not {clock!r} MHz"
        )
    return min(reaching, key=lambda result: result.area_um2)


def fastest(results: Sequence[PpaResult]) -> PpaResult:
    """Return the result with the highest throughput per area at its own clock.

    A unit without multiply-accumulates has none: the result with the highest clock counts.
    """
    return max(
        results, key=lambda result: (result.macs_per_second_per_mm2 or 0.0, result.clock_mhz)
    )


def _ratio(unit: PpaResult, base: PpaResult, clock: float, base_clock: float) -> Ratio:
    own, other = unit.throughput_per_area(clock), base.throughput_per_area(base_clock)
    energy, base_energy = unit.energy_per_mac_pj, base.energy_per_mac_pj
    # The caller leaves out units without multiply-accumulates, which have no throughput.
    assert own is not None
    assert other is not None
    gain = None if energy is None or base_energy is None else base_energy / energy
    return Ratio(own / other, gain)
