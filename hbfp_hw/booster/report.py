"""A workload as plain data and as a text table."""

from typing import NotRequired, TypedDict

from hbfp_hw.booster.mode import Mode
from hbfp_hw.booster.workload import Phase, Workload
from hbfp_hw.engine import MAX_SIZE, NARROW_BITS, WIDE_BITS
from hbfp_hw.helpers.display import aligned

FOUR_BITS = "4"
"""Key in a schedule's shares of the products whose operands both have 4 bits."""


class EngineSizes(TypedDict):
    """The engine on which a workload runs."""

    variant: str
    rows: int
    cols: int
    block_size: int
    exponent_bits: int
    depth: int
    panel_tiles: int


class Costs(TypedDict):
    """Cycles, and the shares of them in which cells and lanes do useful work."""

    cycles: int
    utilisation: float
    lane_utilisation: float


# In the functional form, as the key "pass" is a keyword of Python.
LayerRow = TypedDict(
    "LayerRow",
    {
        "layer": str,
        "pass": str,
        "M": int,
        "K": int,
        "P": int,
        "count": int,
        "parts": int,
        "macs": int,
        "format": str,
        "cycles": int,
        "utilisation": float,
        "lane_utilisation": float,
    },
)
"""One product of one layer in one phase: its shape, and its costs in a training step."""


class PhaseRow(Costs):
    """A training step in one phase of the schedule."""

    first_epoch: int
    epochs: int
    macs: int
    products: list[LayerRow]


class RunTotals(TypedDict):
    """The whole training run: work, cycles and speed-ups.

    Members:
        macs, cycles: Multiply-adds and cycles of all training steps.
        speedup_hbfp6, speedup_fp32: Speed-up over 6 bits in all layers on the same array, and over
            an array of the same number of FP32 multiply-adders.
        busy_speedup_hbfp6, busy_speedup_fp32: The same speed-ups if the arrays were always busy.
    """

    macs: int
    cycles: int
    speedup_hbfp6: float
    speedup_fp32: float
    busy_speedup_hbfp6: float
    busy_speedup_fp32: float


class DensityFigures(TypedDict, total=False):
    """Area of the array, and throughput per area over the baselines, with ``--density``.

    Members:
        array: Name of the array's design.
        transistors_per_mac: Transistors per multiply-add and cycle with 4-bit operands.
        density_fp32, density_bf16: Transistors per multiply-add of the baseline over the array's.
        run_density_fp32, run_density_bf16: The same, times the ``speedup_fp32`` of the whole run.
    """

    array: str
    transistors_per_mac: float
    density_fp32: float
    density_bf16: float
    run_density_fp32: float
    run_density_bf16: float


class WorkloadRecord(TypedDict):
    """A workload as ``hbfp workload --json`` prints it."""

    schedule: NotRequired[str]
    network: str
    layers: int
    parameters: int
    macs_per_sample: int
    edge_share: float | None
    training_edge_share: float | None
    batch: int
    epochs: int
    steps_per_epoch: int
    engine: EngineSizes
    phases: list[PhaseRow]
    shares: dict[str, float]
    four_bit_share: float
    run: RunTotals
    remarks: list[str]
    density: NotRequired[DensityFigures]
    plot: NotRequired[str]


def describe(workload: Workload) -> WorkloadRecord:
    """Return a workload as plain data."""
    network, engine = workload.network, workload.engine
    cut = sum(item.parts > 1 for item in workload.timed_products)
    remarks = [f"{cut} products exceed the engine's counters ({MAX_SIZE:,}) and run in parts"]
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
        "phases": [
            _phase_row(workload, number, phase) for number, phase in enumerate(workload.phases)
        ],
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


def _phase_row(workload: Workload, number: int, phase: Phase) -> PhaseRow:
    cells = workload.engine.rows * workload.engine.columns
    products: list[LayerRow] = []
    for item in workload.timed_products:
        mode, timing, product = item.modes[number], item.timings[number], item.product
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
                "utilisation": timing.busy / (timing.cycles * cells),
                "lane_utilisation": product.macs * passes / (timing.cycles * workload.lanes),
            }
        )
    useful = sum(row["lane_utilisation"] * row["cycles"] for row in products)
    return {
        "first_epoch": phase.first,
        "epochs": phase.epochs,
        "macs": int(workload.macs.sum()),
        "cycles": phase.step.cycles,
        "utilisation": phase.step.busy / (phase.step.cycles * cells),
        "lane_utilisation": useful / phase.step.cycles,
        "products": products,
    }


def _format(mode: Mode) -> str:
    first, second = (WIDE_BITS if wide else NARROW_BITS for wide in (mode.wide_x, mode.wide_w))
    return f"{first}x{second}"


def table(result: WorkloadRecord) -> list[str]:
    """Return the lines of a table: one row per layer and product, then a training step's totals."""
    phases = result["phases"]
    rows = [["layer", "pass", "M", "K", "P", "count", "MACs"], [""] * 7]
    for phase in phases:
        last = phase["first_epoch"] + phase["epochs"]
        one = f"epoch {last}" if phase["epochs"] == 1 else f"{phase['epochs']} epochs"
        rows[0] += [one, "", "", ""]
        rows[1] += ["format", "cycles", "busy", "lanes"]
    for products in zip(*(phase["products"] for phase in phases), strict=True):
        first = products[0]
        sizes = (first["M"], first["K"], first["P"], first["count"], first["macs"])
        row = [first["layer"], first["pass"].replace("_", " "), *(f"{size:,}" for size in sizes)]
        for product in products:
            row += [product["format"], *_costs(product)]
        rows.append(row)
    totals = ["training step", "", "", "", "", "", f"{phases[0]['macs']:,}"]
    for phase in phases:
        totals += ["", *_costs(phase)]
    return aligned([*rows, totals], left=2)


def _costs(figures: Costs) -> list[str]:
    return [
        f"{figures['cycles']:,}",
        f"{figures['utilisation']:.1%}",
        f"{figures['lane_utilisation']:.1%}",
    ]
