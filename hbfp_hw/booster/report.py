"""A workload as plain data and as a table."""

from collections.abc import Sequence
from typing import Any

from hbfp_hw.booster.mode import Mode
from hbfp_hw.booster.workload import Phase, Workload
from hbfp_hw.engine import MOST, NARROW_BITS, WIDE_BITS

FOUR_BITS = "4"
"""What a schedule's shares call products of which both operands have 4 bits."""


def describe(workload: Workload) -> dict[str, Any]:
    """A workload as plain data."""
    network, engine = workload.network, workload.engine
    cut = sum(item.parts > 1 for item in workload.items)
    remarks = [f"{cut} products exceed the engine's counters ({MOST:,}) and run in parts"]
    return {
        "network": network.name,
        "layers": len(network.layers),
        "parameters": network.parameters,
        "macs_per_sample": network.macs,
        "edge_share": network.edge_share if network.whole else None,
        "training_edge_share": workload.training_edge_share if network.whole else None,
        "batch": workload.batch,
        "epochs": workload.schedule.epochs,
        "steps_per_epoch": workload.steps,
        "engine": {
            "variant": engine.variant.value,
            "rows": engine.rows,
            "cols": engine.columns,
            "block_size": engine.block_size,
            "exponent_bits": engine.exponent_bits,
            "depth": engine.depth,
            "panel_tiles": engine.panel_tiles,
        },
        "phases": [_phase(workload, place, phase) for place, phase in enumerate(workload.phases)],
        "shares": workload.shares,
        "four_bit_share": workload.shares.get(FOUR_BITS, 0.0),
        "run": {
            "macs": int(workload.macs.sum()) * workload.steps * workload.schedule.epochs,
            "cycles": workload.cycles,
            "speedup_hbfp6": workload.speedup_hbfp6,
            "speedup_fp32": workload.speedup_fp32,
            "busy_speedup_hbfp6": engine.variant.passes(True, True) / workload.passes,
            "busy_speedup_fp32": 1 / workload.passes,
        },
        "remarks": remarks if cut else [],
    }


def _phase(workload: Workload, place: int, phase: Phase) -> dict[str, Any]:
    elements = workload.engine.rows * workload.engine.columns
    products: list[dict[str, Any]] = []
    for item in workload.items:
        mode, timing, product = item.modes[place], item.timings[place], item.product
        passes = workload.engine.variant.passes(mode.wide_x, mode.wide_w)
        products.append(
            {
                "layer": item.layer,
                "pass": item.kind.value,
                "M": product.rows,
                "K": product.length,
                "P": product.columns,
                "count": product.count,
                "parts": item.parts,
                "macs": product.macs,
                "format": _format(mode),
                "cycles": timing.cycles,
                "utilisation": timing.work / (timing.cycles * elements),
                "lane_utilisation": product.macs * passes / (timing.cycles * workload.lanes),
            }
        )
    useful = sum(row["lane_utilisation"] * row["cycles"] for row in products)
    return {
        "first_epoch": phase.first,
        "epochs": phase.epochs,
        "macs": int(workload.macs.sum()),
        "cycles": phase.step.cycles,
        "utilisation": phase.step.work / (phase.step.cycles * elements),
        "lane_utilisation": useful / phase.step.cycles,
        "products": products,
    }


def _format(mode: Mode) -> str:
    first, second = (WIDE_BITS if wide else NARROW_BITS for wide in (mode.wide_x, mode.wide_w))
    return f"{first}x{second}"


def table(result: dict[str, Any]) -> list[str]:
    """Lines for people: a row for each pass of each layer, then totals of a training step."""
    phases = result["phases"]
    rows = [["layer", "pass", "M", "K", "P", "count", "MACs"], [""] * 7]
    for phase in phases:
        last = phase["first_epoch"] + phase["epochs"]
        one = f"epoch {last}" if phase["epochs"] == 1 else f"{phase['epochs']} epochs"
        rows[0] += [one, "", "", ""]
        rows[1] += ["format", "cycles", "busy", "lanes"]
    for products in zip(*(phase["products"] for phase in phases), strict=True):
        first = products[0]
        sizes = [f"{first[key]:,}" for key in ("M", "K", "P", "count", "macs")]
        row = [first["layer"], first["pass"].replace("_", " "), *sizes]
        for product in products:
            row += [product["format"], *_costs(product)]
        rows.append(row)
    totals = ["training step", "", "", "", "", "", f"{phases[0]['macs']:,}"]
    for phase in phases:
        totals += ["", *_costs(phase)]
    return _aligned([*rows, totals])


def _costs(figures: dict[str, Any]) -> list[str]:
    return [
        f"{figures['cycles']:,}",
        f"{figures['utilisation']:.1%}",
        f"{figures['lane_utilisation']:.1%}",
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
