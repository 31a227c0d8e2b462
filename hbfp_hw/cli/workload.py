"""``hbfp workload``: the training of a network on an array."""

import argparse
from pathlib import Path
from typing import Any

from hbfp_hw.area import measure_all
from hbfp_hw.area.record import BASELINES
from hbfp_hw.booster import PRESETS
from hbfp_hw.booster.networks import NETWORKS, make_network
from hbfp_hw.booster.report import DensityFigures, WorkloadRecord, describe, table
from hbfp_hw.booster.workload import Workload, make_schedule, make_workload
from hbfp_hw.cli.operands import write_file
from hbfp_hw.cli.output import (
    BadInput,
    add_command,
    check_output_file,
    refuse_without_effect,
    report,
)
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.rtl.array import Array

SUFFIXES = (".svg", ".png")


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "workload",
        "what the training of a network costs on an array: products, formats, cycles, speed-up",
        [
            "hbfp workload resnet20 --schedule booster --rows 8 --cols 8",
            "hbfp workload resnet50 --classes 100 --rows 16 --cols 16 --block-size 16 --density",
            "hbfp workload gpt2-block --rows 16 --cols 16 --plot step.svg --json",
        ],
    )
    parser.add_argument("network", metavar="NET", choices=NETWORKS, help=", ".join(NETWORKS))
    parser.add_argument("--schedule", choices=PRESETS, default="booster", help="formats (booster)")
    parser.add_argument("--rows", metavar="R", type=int, required=True, help="rows of the array")
    parser.add_argument("--cols", metavar="C", type=int, required=True, help="its columns")
    parser.add_argument(
        "--variant",
        choices=[Variant.MIXED.value, Variant.NATIVE.value],
        default=Variant.MIXED.value,
        help="multipliers of the array: 4-bit ones in passes, or 6-bit ones (mixed)",
    )
    for option, letter, default, text in (
        ("--block-size", "N", 64, "elements that share an exponent"),
        ("--depth", "D", Engine.depth, "blocks along K that the buffers hold"),
    ):
        parser.add_argument(
            option, metavar=letter, type=int, default=default, help=f"{text} ({default})"
        )
    for option, letter, text in (
        (
            "--panel-tiles",
            "T",
            "row tiles that the buffers hold, a power of two (the first from C on, at least 8)",
        ),
        ("--exponent-bits", "E", "of the area, bits of the shared exponents (10)"),
        ("--booster-epochs", "K", "epochs in 6 bits at the end of the schedule booster (1)"),
        ("--batch", "B", "samples of a training step (the network's own)"),
        ("--epochs", "E", "epochs of the training (the network's own)"),
        ("--classes", "N", "classes of a network for images (10, of ImageNet 1000)"),
        ("--length", "L", "tokens of a sample of a network for text (64, of GPT-2 1024)"),
    ):
        parser.add_argument(option, metavar=letter, type=int, help=text)
    parser.add_argument(
        "--density",
        action="store_true",
        help="also measure area, against FP32 and BF16",
    )
    parser.add_argument(
        "--plot", metavar="FILE.svg|FILE.png", type=Path, help="draw the cycles of each layer"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Time, measure, draw and print."""
    if options.plot is not None:
        if options.plot.suffix not in SUFFIXES:
            raise BadInput(f"Plot must be a .svg or .png file, not '{options.plot}'")
        check_output_file(options.plot)
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


def _workload(options: argparse.Namespace, progress: Any) -> Workload:
    network = make_network(options.network, classes=options.classes, length=options.length)
    if options.panel_tiles == 0:  # which is what an engine calls its default
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
    # Plots take a second to be loaded, which other commands need not pay.
    from hbfp_hw.plots.draw import render
    from hbfp_hw.report.workload import draw_workload

    write_file(path, render(draw_workload(result), path.suffix[1:]))


def _lines(result: WorkloadRecord) -> list[str]:
    """The result for a person."""
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
