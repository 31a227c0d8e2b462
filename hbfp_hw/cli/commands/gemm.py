"""``hbfp gemm``: one matrix product, on any of the engines."""

import argparse
import time
from collections.abc import Mapping
from typing import TypedDict

import numpy as np

from hbfp_hw.cli.arguments.gemm import TIMEOUT
from hbfp_hw.cli.array import parse_array
from hbfp_hw.cli.formats import ROUNDINGS, parse_formats
from hbfp_hw.cli.operands import load_operands, save, write_file, written_whole
from hbfp_hw.cli.output import (
    BadInput,
    check_output_file,
    refuse_without_effect,
    report,
)
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cycles.trace import draw
from hbfp_hw.engine import Engine
from hbfp_hw.format import RANDOM_BITS, check_integer
from hbfp_hw.golden.conversion import Conversion
from hbfp_hw.helpers.display import figure_lines
from hbfp_hw.product import Matrix, Product
from hbfp_hw.simulate import RunOptions


class Shape(TypedDict):
    """Sizes of a product: X is (M, K), W is (K, P), Y is (M, P)."""

    M: int
    K: int
    P: int


class GemmRecord(TypedDict, total=False):
    """The JSON of the command. Keys of another engine, or of options not given, are absent."""

    engine: str
    shape: Shape
    mantissa_bits: list[int]
    block_size: int
    exponent_bits: int
    rounding: str
    seed: int
    macs: int
    cycles: int | None
    variant: str
    rows: int
    cols: int
    depth: int
    panel_tiles: int
    sim: str
    top: str
    counters: Mapping[str, int]
    seconds: float
    build_seconds: float
    log: str
    breakdown: dict[str, int]
    utilisation: float
    steady_utilisation: float
    pe_utilisation: list[list[float]]
    traffic: dict[str, int]
    mismatches: int
    output: str


def run(options: argparse.Namespace) -> int:
    """Compute Y, check it if asked to, and write it."""
    product = _product(options)
    result = _description(options, product)
    y, figures = _compute(options, product)
    result.update(figures)
    if options.check:
        golden = product.golden()
        result["mismatches"] = int(np.count_nonzero(y.view(np.uint32) != golden.view(np.uint32)))
    if options.output is not None:
        save(options.output, y)
        result["output"] = str(options.output)
    report(options, result, _lines(result))
    return 1 if result.get("mismatches") else 0


def _product(options: argparse.Namespace) -> Product:
    """Return the product to compute. Check all options before reading any operand."""
    fmt_x, fmt_w = parse_formats(options)
    seed, random_bits = _randomness(options)
    engine = parse_array(options, fmt_x, fmt_w)
    if options.top is not None:
        _check_top(options, engine)
    if options.timeout is not None and not options.timeout > 0:
        raise BadInput(f"Time limit must be positive, not {options.timeout!r}")
    if options.engine != "rtl":
        refuse_without_effect(options, ("sim", "timeout"), "--engine rtl")
    if options.waves and (options.engine != "rtl" or options.waves.suffix != ".fst"):
        raise BadInput("Waves must be a .fst file of an RTL run")
    traced = engine is not None and options.engine == "cycle"
    if options.trace and not (traced and options.trace.suffix == ".svg"):
        raise BadInput("Trace must be a .svg file of a cycle run with --rows and --cols")
    for path in (options.output, options.waves, options.trace):
        if path is not None:
            check_output_file(path)
    x, w, c = load_operands(options.x, options.w, options.c)
    if engine:
        try:
            engine.schedule(x.shape[0], x.shape[1], w.shape[1])
        except ValueError as error:
            raise BadInput(str(error)) from None
    conversion = Conversion(ROUNDINGS[options.rounding], seed, random_bits)
    return Product(x, w, c, fmt_x, fmt_w, conversion, engine)


def _randomness(options: argparse.Namespace) -> tuple[int, int]:
    """Return seed and random bits of stochastic rounding.

    A seed is accepted with every rounding mode, so that a script need not drop it for some.
    """
    seed = options.seed
    random_bits = RANDOM_BITS if options.random_bits is None else options.random_bits
    try:
        check_integer("Seed", seed, 0, 2**32 - 1)
        check_integer("Random bits", random_bits, 1, 16)
    except ValueError as error:
        raise BadInput(str(error)) from None
    if options.rounding != "stochastic":
        refuse_without_effect(options, ("random_bits",), "--rounding stochastic")
    return seed, random_bits


def _check_top(options: argparse.Namespace, engine: Engine | None) -> None:
    """Raise ``BadInput`` for options with which the core cannot run."""
    if options.engine != "rtl":
        raise BadInput("Option --top must go with --engine rtl")
    if engine is None:
        raise BadInput(f"Top {options.top!r} must be given --rows and --cols")
    if options.sim not in (None, "verilator"):
        raise BadInput(f"Simulator of top {options.top!r} must be verilator, not {options.sim!r}")


def _description(options: argparse.Namespace, product: Product) -> GemmRecord:
    """Return the keys of the JSON that are known before the run."""
    (rows, length), columns = product.x.shape, product.w.shape[1]
    result: GemmRecord = {
        "engine": options.engine,
        "shape": {"M": rows, "K": length, "P": columns},
        "mantissa_bits": [product.fmt_x.mantissa_bits, product.fmt_w.mantissa_bits],
        "block_size": product.fmt_x.block_size,
        "exponent_bits": product.fmt_x.exponent_bits,
        "rounding": options.rounding,
        "seed": product.conversion.seed,
        "macs": rows * length * columns,
        "cycles": None,
    }
    if engine := product.engine:
        result["variant"] = engine.variant.value
        result["rows"] = engine.rows
        result["cols"] = engine.columns
        result["depth"] = engine.depth
        result["panel_tiles"] = engine.panel_tiles
    return result


def _compute(options: argparse.Namespace, product: Product) -> tuple[Matrix, GemmRecord]:
    """Return Y, computed on the chosen engine, and the figures of the run."""
    simulator = options.sim or "verilator"
    timeout = TIMEOUT if options.timeout is None else options.timeout
    if options.top is not None:
        with written_whole(options.waves) as waves, progress_bar("output") as progress:
            run = product.on_core(RunOptions(timeout=timeout, progress=progress, waves=waves))
        return run.y, {
            "sim": simulator,
            "top": options.top,
            "cycles": run.counters["cycles"],
            "counters": run.counters,
            "seconds": run.seconds,
            "build_seconds": run.build_seconds,
        }
    if options.engine == "rtl":
        with written_whole(options.waves) as waves, progress_bar("output") as progress:
            y, replay = product.simulated(
                RunOptions(simulator, timeout=timeout, progress=progress, waves=waves)
            )
        return y, {
            "sim": simulator,
            "cycles": replay.cycles,
            "seconds": replay.seconds,
            "build_seconds": replay.build_seconds,
            "log": str(replay.log),
        }
    started = time.perf_counter()
    if options.engine == "golden":
        y = product.golden()
        return y, {"seconds": time.perf_counter() - started}
    y, cycles, costs = product.modelled(trace=options.trace is not None)
    seconds = time.perf_counter() - started
    if not costs:
        return y, {"cycles": cycles, "seconds": seconds}
    if options.trace is not None:
        write_file(options.trace, draw(costs).encode())
    record = costs.as_dict()
    return y, {
        "cycles": record["cycles"],
        "seconds": seconds,
        "breakdown": record["breakdown"],
        "utilisation": record["utilisation"],
        "steady_utilisation": record["steady_utilisation"],
        "pe_utilisation": record["pe_utilisation"],
        "traffic": record["traffic"],
    }


def _lines(result: GemmRecord) -> list[str]:
    """Return the result as lines of text."""
    shown: dict[str, object] = {**result}
    shown["mantissa_bits"] = "x".join(map(str, result["mantissa_bits"]))
    if "breakdown" in result and result["cycles"]:
        cycles = result["cycles"]
        shown["breakdown"] = ", ".join(
            f"{name} {count} ({count / cycles:.1%})" for name, count in result["breakdown"].items()
        )
        shown["utilisation"] = f"{result['utilisation']:.1%}"
        shown["steady_utilisation"] = f"{result['steady_utilisation']:.1%}"
        shares = np.array(result["pe_utilisation"])
        shown["pe_utilisation"] = f"{shares.min():.1%} to {shares.max():.1%}"
    return figure_lines(shown, 18)
