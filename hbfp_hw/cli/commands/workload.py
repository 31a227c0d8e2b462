"""``hbfp workload``: cost of training a network on an array."""

import argparse
from pathlib import Path

from hbfp_hw.area import measure_all
from hbfp_hw.area.record import BASELINES
from hbfp_hw.booster.networks import make_network
from hbfp_hw.booster.report import DensityFigures, WorkloadRecord, describe, table
from hbfp_hw.booster.workload import Workload, make_schedule, make_workload
from hbfp_hw.cli.operands import write_file
from hbfp_hw.cli.output import BadInput, check_plot_file, refuse_without_effect, report
from hbfp_hw.cli.progress import Progress, progress_bar
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.rtl.array import Array


def run(options: argparse.Namespace) -> int:
    """Compute the cycles, and measure and draw if asked to."""
    if options.plot is not None:
        check_plot_file(options.plot)
    if options.schedule != "booster":
        refuse_without_effect(options, ("booster_epochs",), "--schedule booster")
    if not options.density:
        refuse_without_effect(options, ("exponent_bits",), "--density")
    with progress_bar("product") as progress:
        try:
            workload = _workload(options, progress)
        except ValueError as error:
            raise BadInput(str(error)) from None
    result: WorkloadRecord = {"schedule": options.schedule, **describe(workload)}
    if options.density:
        result["density"] = _density(workload)
    if options.plot is not None:
        _draw(options.plot, result)
        result["plot"] = str(options.plot)
    report(options, result, _lines(result))
    return 0


def _workload(options: argparse.Namespace, progress: Progress) -> Workload:
    network = make_network(options.network, classes=options.classes, length=options.length)
    if options.panel_tiles == 0:  # Engine would take it as a request for its default
        raise ValueError("Panel tiles must be 1 to 256, not 0")
    exponent_bits = 10 if options.exponent_bits is None else options.exponent_bits
    engine = Engine(
        Variant(options.variant),
        options.rows,
        options.cols,
        options.block_size,
        exponent_bits,
        depth=options.depth,
        panel_tiles=options.panel_tiles or 0,
    )
    schedule = make_schedule(
        network,
        options.schedule,
        epochs=options.epochs,
        boosted_epochs=1 if options.booster_epochs is None else options.booster_epochs,
        block_size=options.block_size,
        exponent_bits=exponent_bits,
    )
    return make_workload(network, schedule, engine, batch=options.batch, progress=progress)


def _density(workload: Workload) -> DensityFigures:
    """Return the array's transistors, and its throughput per transistor over the baselines'."""
    engine = workload.engine
    array = Array(
        engine.variant, engine.rows, engine.columns, engine.block_size, engine.exponent_bits
    )
    units = {name: CATALOG[name]() for name in BASELINES.values()} | {"array": array}
    with progress_bar("unit") as follow:
        done = iter(range(1, len(units) + 1))
        measured = measure_all(units, progress=lambda: follow(next(done), len(units)))
    transistors = measured["array"].transistors_per_mac
    assert transistors is not None
    ratios: dict[str, float] = {}
    for name, config in BASELINES.items():
        ratio = measured["array"].ratio(measured[config].transistors_per_mac)
        assert ratio is not None
        ratios[name] = ratio
    return {
        "array": array.design_name,
        "transistors_per_mac": transistors,
        "density_fp32": ratios["fp32"],
        "run_density_fp32": ratios["fp32"] * workload.speedup_fp32,
        "density_bf16": ratios["bf16"],
        "run_density_bf16": ratios["bf16"] * workload.speedup_fp32,
    }


def _draw(path: Path, result: WorkloadRecord) -> None:
    # Imported here because Matplotlib takes a second to import.
    from hbfp_hw.plots.draw import render
    from hbfp_hw.report.workload import draw_workload

    write_file(path, render(draw_workload(result), path.suffix[1:]))


def _lines(result: WorkloadRecord) -> list[str]:
    """Return the result as lines of text."""
    engine, run_ = result["engine"], result["run"]
    shown = {
        "network": f"{result['network']}: {result['layers']} layers, "
        f"{result['parameters']:,} weights, {result['macs_per_sample']:,} MACs per sample",
        "training": f"{result['schedule']}, {result['epochs']} epochs of "
        f"{result['steps_per_epoch']:,} steps, batch {result['batch']}",
        "array": f"{engine['rows']} x {engine['cols']} {engine['variant']}, "
        f"N = {engine['block_size']}",
    }
    totals = {"cycles": f"{run_['cycles']:,} for {run_['macs']:,} MACs"}
    if result["edge_share"] is not None:
        totals["first and last layer"] = (
            f"{result['edge_share']:.3%} of the forward MACs, "
            f"{result['training_edge_share']:.3%} of all"
        )
    totals |= {
        "formats": ", ".join(
            f"{share:.3%} in {name} bits" for name, share in result["shares"].items()
        ),
        "over 6 bits throughout": f"{run_['speedup_hbfp6']:.3f} times faster, "
        f"{run_['busy_speedup_hbfp6']:.3f} were the array always busy",
        "over FP32, same lanes": f"{run_['speedup_fp32']:.3f} times, "
        f"{run_['busy_speedup_fp32']:.3f} were the array always busy",
    }
    if density := result.get("density"):
        totals["transistors per lane"] = f"{density['transistors_per_mac']:.1f}"
        for name, busy, run_density in (
            ("FP32", density["density_fp32"], density["run_density_fp32"]),
            ("BF16", density["density_bf16"], density["run_density_bf16"]),
        ):
            totals[f"density over {name}"] = (
                f"{busy:.2f}, with the cycles of the whole training {run_density:.2f}"
            )
    if "plot" in result:
        totals["plot"] = result["plot"]
    return [
        *(f"{key:9} {value}" for key, value in shown.items()),
        "",
        *table(result),
        "",
        "whole training",
        *(f"  {key:23} {value}" for key, value in totals.items()),
        *(f"* {remark}" for remark in result["remarks"]),
    ]
