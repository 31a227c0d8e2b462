"""Tables of area results."""

from collections.abc import Sequence

from hbfp_hw.area.fpga import FpgaResources
from hbfp_hw.area.record import Baselines
from hbfp_hw.area.result import PUBLIC, AreaResult
from hbfp_hw.helpers.display import NOTHING, aligned, number


def table(results: Sequence[AreaResult], baselines: Baselines) -> list[str]:
    """Return the lines of a table: one row per result, then the baselines."""
    shown = {result.design for result in results}
    rows = [*results, *(each for each in baselines.values() if each.design not in shown)]
    own = {name: baseline.transistors_per_mac for name, baseline in baselines.items()}
    columns = [
        ("MACs per", "cycle", [number(row.macs_per_cycle) for row in rows]),
        ("transistors", "", [number(row.transistors) for row in rows]),
        ("transistors", "per MAC", [number(row.transistors_per_mac, 1) for row in rows]),
        ("transistors", "per lane", [number(row.transistors_per_lane, 1) for row in rows]),
        *(
            ("times", name.upper(), [number(row.ratio(own[name]), 2) for row in rows])
            for name in own
        ),
        *(
            ("times public", name.upper(), [number(row.ratio(figure), 2) for row in rows])
            for name, figure in PUBLIC.items()
        ),
        ("area", "(library units)", [number(row.area, 1) for row in rows]),
        ("gate", "equivalents", [number(row.gate_equivalents, 1) for row in rows]),
        ("flops", "", [number(row.flops) for row in rows]),
        ("depth", "(gates)", [number(row.logic_depth) for row in rows]),
        ("memory", "(bits)", [number(row.memory_bits) for row in rows]),
    ]
    # Leave out columns without a figure: only converters have lanes.
    names = ["configuration", "", *(row.config for row in rows)]
    used = [[*head, *cells] for *head, cells in columns if set(cells) != {NOTHING}]
    return aligned(list(zip(names, *used, strict=True)))


def breakdown_table(results: Sequence[AreaResult]) -> list[str]:
    """Return the lines of a table of transistors by part; parts that no result has are left out."""
    parts = [
        part for part in results[0].breakdown if any(result.breakdown[part] for result in results)
    ]
    rows = [("transistors", *(part.replace("_", " ") for part in parts))]
    rows += [
        (result.config, *(number(result.breakdown[part]) for part in parts)) for result in results
    ]
    return aligned(rows)


def fpga_table(results: Sequence[AreaResult]) -> list[str]:
    """Return the lines of a table of FPGA resources, which all results must have."""
    measured = [(result.config, result.fpga) for result in results if result.fpga is not None]
    _, first = measured[0]
    rows = [(first["family"], *_counts(first))]
    rows += [(config, *map(number, _counts(resources).values())) for config, resources in measured]
    return aligned(rows)


def _counts(resources: FpgaResources) -> dict[str, int]:
    """Return the counts by resource, without the cells by type."""
    return {key: count for key, count in resources.items() if isinstance(count, int)}
