"""``hbfp gemm``: a real matrix product."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hbfp_hw.cli.formats import ROUNDINGS, add_format_options, parse_formats
from hbfp_hw.cli.operands import load_operands, save, write_file
from hbfp_hw.cli.output import BadInput, add_command, check_output_file, report
from hbfp_hw.cycles import dot_engine_cycles, simulate
from hbfp_hw.cycles.trace import draw
from hbfp_hw.engine import NARROW_BITS, WIDE_BITS, Engine, Variant
from hbfp_hw.format import RANDOM_BITS, HBFPFormat, check_integer
from hbfp_hw.golden.gemm import gemm
from hbfp_hw.simulate.array_gemm import gemm_on_array
from hbfp_hw.simulate.gemm import gemm_on_dot_engine

ENGINES = ("golden", "cycle", "rtl")


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "gemm",
        "compute Y = C + X·W with the golden model, the cycle model, or RTL in a simulator",
        [
            "hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 64 -o Y.npy",
            "hbfp gemm X.npy W.npy --mantissa-bits 4x6 --block-size 16 --engine rtl --check",
            "hbfp gemm X.npy W.npy --mantissa-bits 8 --block-size 64 --engine rtl --sim icarus",
            "hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 16 --engine cycle \\\n"
            "       --rows 8 --cols 8 --trace array.svg",
        ],
    )
    parser.add_argument("x", metavar="X.npy", type=Path, help="float32 matrix (M, K)")
    parser.add_argument("w", metavar="W.npy", type=Path, help="float32 matrix (K, P)")
    parser.add_argument(
        "-c", metavar="C.npy", type=Path, help="start values, float32 (M, P); default +0"
    )
    parser.add_argument("-o", "--output", metavar="Y.npy", type=Path, help="where to write Y")
    add_format_options(parser, required=True)
    parser.add_argument(
        "--rounding", choices=list(ROUNDINGS), default="nearest", help="rounding mode (nearest)"
    )
    parser.add_argument(
        "--seed", metavar="S", type=int, default=0, help="seed of stochastic rounding (0)"
    )
    parser.add_argument(
        "--engine", choices=ENGINES, default="golden", help="what computes (golden)"
    )
    parser.add_argument(
        "--sim", choices=("verilator", "icarus"), default="verilator", help="simulator of the RTL"
    )
    parser.add_argument(
        "--rows",
        metavar="R",
        type=int,
        help="rows of the array, 1 to 64; without an array, cycle and rtl are the dot engine's",
    )
    parser.add_argument("--cols", metavar="C", type=int, help="columns of the array, 1 to 64")
    parser.add_argument(
        "--variant",
        choices=("mixed", "native"),
        help="multipliers of the array: 4-bit ones in passes, or 6-bit ones (mixed)",
    )
    parser.add_argument(
        "--depth", metavar="D", type=int, help="blocks along K that the array's buffers hold (32)"
    )
    parser.add_argument(
        "--panel-tiles", metavar="T", type=int, help="row tiles that the array's buffers hold"
    )
    parser.add_argument(
        "--check", action="store_true", help="also run the golden model and count mismatches"
    )
    parser.add_argument(
        "--waves", metavar="FILE.fst", type=Path, help="keep the waves of the RTL run"
    )
    parser.add_argument(
        "--trace", metavar="FILE.svg", type=Path, help="draw the array's occupancy over time"
    )
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=3600.0, help="limit of the simulation"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compute, check and write."""
    fmt_x, fmt_w = parse_formats(options)
    random_bits = RANDOM_BITS if options.random_bits is None else options.random_bits
    try:
        check_integer("Seed", options.seed, 0, 2**32 - 1)
        check_integer("Random bits", random_bits, 1, 16)
        engine = _array(options, fmt_x, fmt_w)
    except ValueError as error:
        raise BadInput(str(error)) from None
    if not options.timeout > 0:
        raise BadInput(f"Time limit must be positive, not {options.timeout!r}")
    if options.waves and (options.engine != "rtl" or options.waves.suffix != ".fst"):
        raise BadInput("Waves must be a .fst file of an RTL run")
    traced = engine is not None and options.engine == "cycle"
    if options.trace and not (traced and options.trace.suffix == ".svg"):
        raise BadInput("Trace must be a .svg file of a cycle run with --rows and --cols")
    for path in (options.output, options.waves, options.trace):
        if path is not None:
            check_output_file(path)
    x, w, c = load_operands(options.x, options.w, options.c)

    product: dict[str, Any] = {
        "fmt_x": fmt_x,
        "fmt_w": fmt_w,
        "rounding": ROUNDINGS[options.rounding],
        "seed": options.seed,
        "random_bits": random_bits,
    }
    result: dict[str, Any] = {
        "engine": options.engine,
        "shape": {"M": x.shape[0], "K": x.shape[1], "P": w.shape[1]},
        "mantissa_bits": [fmt_x.mantissa_bits, fmt_w.mantissa_bits],
        "block_size": fmt_x.block_size,
        "exponent_bits": fmt_x.exponent_bits,
        "rounding": options.rounding,
        "seed": options.seed,
        "macs": x.shape[0] * x.shape[1] * w.shape[1],
        "cycles": None,
    }
    if engine:
        result |= {
            "variant": engine.variant.value,
            "rows": engine.rows,
            "cols": engine.columns,
            "depth": engine.depth,
            "panel_tiles": engine.panel_tiles,
        }
        try:
            engine.schedule(x.shape[0], x.shape[1], w.shape[1])
        except ValueError as error:
            raise BadInput(str(error)) from None
    started = time.perf_counter()
    if options.engine == "golden":
        y = gemm(x, w, c, **product)
        result["seconds"] = time.perf_counter() - started
    elif options.engine == "cycle":
        y, figures = _model(options, engine, (x, w, c), product)
        result |= {"seconds": time.perf_counter() - started, **figures}
    else:
        y, figures = _simulate(options, engine, (x, w, c), product)
        result |= figures
    if options.check:
        golden = gemm(x, w, c, **product)
        result["mismatches"] = int(np.count_nonzero(y.view(np.uint32) != golden.view(np.uint32)))
    if options.output is not None:
        save(options.output, y)
        result["output"] = str(options.output)
    report(options, result, [f"{key:18} {value}" for key, value in result.items()])
    return 1 if result.get("mismatches") else 0


def _array(options: argparse.Namespace, fmt_x: HBFPFormat, fmt_w: HBFPFormat) -> Engine | None:
    """The array that is asked for, if one is."""
    sizes = {"--variant": options.variant, "--depth": options.depth}
    sizes["--panel-tiles"] = options.panel_tiles
    if (options.rows is None) != (options.cols is None):
        raise BadInput("Array must be given both --rows and --cols")
    if options.rows is None or options.engine == "golden":
        given = [name for name, value in sizes.items() if value is not None]
        given = ["--rows", *given] if options.rows is not None else given
        if given:
            raise BadInput(f"Option {given[0]} must go with an array of --engine cycle or rtl")
        return None
    for fmt in (fmt_x, fmt_w):
        if fmt.mantissa_bits not in (NARROW_BITS, WIDE_BITS):
            raise BadInput(f"Mantissa width of an array must be 4 or 6, not {fmt.mantissa_bits!r}")
    buffers = {"depth": options.depth, "panel_tiles": options.panel_tiles}
    return Engine(
        Variant(options.variant or "mixed"),
        options.rows,
        options.cols,
        fmt_x.block_size,
        fmt_x.exponent_bits,
        **{name: value for name, value in buffers.items() if value is not None},
    )


Operands = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]


def _widths(product: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a product as an array takes them."""
    rest = {key: value for key, value in product.items() if not key.startswith("fmt")}
    wide_x, wide_w = (product[key].mantissa_bits == WIDE_BITS for key in ("fmt_x", "fmt_w"))
    return {"wide_x": wide_x, "wide_w": wide_w, **rest}


def _model(
    options: argparse.Namespace, engine: Engine | None, operands: Operands, product: dict[str, Any]
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """The product on the cycle-level model, and its figures."""
    x, w, c = operands
    if engine is None:
        length, size = x.shape[1], product["fmt_x"].block_size
        cycles = dot_engine_cycles(x.shape[0], -(-length // size), w.shape[1])
        return gemm(x, w, c, **product), {"cycles": cycles}
    y, model = simulate(x, w, c, engine=engine, **_widths(product), trace=bool(options.trace))
    if options.trace:
        write_file(options.trace, draw(model).encode())
    return y, model.as_dict()


def _simulate(
    options: argparse.Namespace, engine: Engine | None, operands: Operands, product: dict[str, Any]
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """The product on RTL in a simulator, and its figures."""
    x, w, c = operands
    with _progress_bar() as progress:
        how: dict[str, Any] = {
            "simulator": options.sim,
            "timeout": options.timeout,
            "progress": progress,
            "waves": options.waves,
        }
        if engine is None:
            y, replay = gemm_on_dot_engine(x, w, c, **product, **how)
        else:
            y, replay = gemm_on_array(x, w, c, engine=engine, **_widths(product), **how)
    return y, {
        "sim": options.sim,
        "cycles": replay.cycles,
        "seconds": replay.seconds,
        "build_seconds": replay.build_seconds,
        "log": str(replay.log),
    }


class _progress_bar:  # noqa: N801 - used as a function
    """A bar on a terminal that follows calls of (done, total)."""

    def __enter__(self) -> Any:
        self._bar = tqdm(unit="output", disable=not sys.stderr.isatty(), leave=False)
        return self._follow

    def _follow(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        self._bar.close()
