"""Tables of power, performance and area."""

from collections.abc import Mapping, Sequence

from hbfp_hw.helpers.display import aligned, number
from hbfp_hw.ppa.measure import Measured
from hbfp_hw.ppa.ratios import OWN_CLOCK, Ratio, ratios
from hbfp_hw.ppa.result import PpaResult

HEADS = (
    ("configuration", ""),
    ("effort", ""),
    ("stages", ""),
    ("area", "(µm²)"),
    ("period", "(ns)"),
    ("GMAC/s", "per mm²"),
    ("pJ", "per MAC"),
    ("pJ, no", "glitches"),
)
RATIO_HEADS = (
    ("throughput", "per area, FP32"),
    ("energy,", "FP32"),
    ("throughput", "per area, BF16"),
    ("energy,", "BF16"),
)


def lines(measured: Measured) -> list[str]:
    """Return the lines that ``hbfp ppa`` prints."""
    first = measured.results[0]
    found = ratios([*measured.results, *measured.best])
    around = "with wires" if first.wires else "without wires"
    clock = first.clock_mhz_shared
    return [
        f"library {first.library}, {around}; "
        f"{sum(each.vectors for each in measured.curves):,} results compared, "
        f"{sum(each.wrong_results for each in measured.curves)} wrong",
        "",
        f"at one clock of {clock:.1f} MHz ({1e3 / clock:.2f} ns), times baseline",
        *_table(measured.results, clock, found, ""),
        "",
        "each at its own best clock, times baseline",
        *_table(measured.best, None, found, OWN_CLOCK),
    ]


def _table(
    results: Sequence[PpaResult],
    clock: float | None,
    found: Mapping[str, Mapping[str, Ratio]],
    ending: str,
) -> list[str]:
    """Return a table with a row for each result.

    Parameters:
        results: The results.
        clock: Clock in MHz of the throughput; None for each result's own.
        found: Ratios by configuration.
        ending: Ending of the keys of the ratios to show.
    """
    heads = [*HEADS, *RATIO_HEADS]
    rows = [[head for head, _ in heads], [unit for _, unit in heads]]
    for result in results:
        throughput = result.throughput_per_area(result.clock_mhz if clock is None else clock)
        own = found.get(result.config, {})
        times = [own.get(f"{baseline}{ending}") for baseline in ("fp32", "bf16")]
        rows.append(
            [
                result.config,
                result.effort,
                number(result.stages),
                number(result.area_um2),
                number(result.delay_ns, 2),
                number(None if throughput is None else throughput / 1e9, 2),
                number(result.energy_per_mac_pj, 2),
                number(result.energy_per_mac_pj_zero_delay, 2),
                *(
                    number(figure, 2)
                    for ratio in times
                    for figure in (
                        (None, None) if ratio is None else (ratio.throughput_per_area, ratio.energy)
                    )
                ),
            ]
        )
    return aligned(rows, left=2)
