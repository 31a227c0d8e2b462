"""``hbfp gemm``: a real matrix product."""

import argparse
import io
import stat
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hbfp_hw.cli.formats import ROUNDINGS, add_format_options, parse_formats
from hbfp_hw.cli.output import BadInput, add_command, check_output_file, report, unwritable
from hbfp_hw.format import RANDOM_BITS, check_integer
from hbfp_hw.golden.convert import check_float32
from hbfp_hw.golden.gemm import check_operands, gemm
from hbfp_hw.simulate.gemm import gemm_on_dot_engine
from hbfp_hw.verilog import write_whole

ENGINES = ("golden", "rtl")
MAGIC = b"\x93NUMPY"


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands,
        "gemm",
        "compute Y = C + X·W with the golden model or with RTL in a simulator",
        [
            "hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 64 -o Y.npy",
            "hbfp gemm X.npy W.npy --mantissa-bits 4x6 --block-size 16 --engine rtl --check",
            "hbfp gemm X.npy W.npy --mantissa-bits 8 --block-size 64 --engine rtl --sim icarus",
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
        "--check", action="store_true", help="also run the golden model and count mismatches"
    )
    parser.add_argument(
        "--waves", metavar="FILE.fst", type=Path, help="keep the waves of the RTL run"
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
    except ValueError as error:
        raise BadInput(str(error)) from None
    if not options.timeout > 0:
        raise BadInput(f"Time limit must be positive, not {options.timeout!r}")
    if options.waves and (options.engine != "rtl" or options.waves.suffix != ".fst"):
        raise BadInput("Waves must be a .fst file of an RTL run")
    for path in (options.output, options.waves):
        if path is not None:
            check_output_file(path)
    x, w, c = _operands(options)

    product = {
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
    started = time.perf_counter()
    if options.engine == "golden":
        y = gemm(x, w, c, **product)
        result["seconds"] = time.perf_counter() - started
    else:
        with _progress_bar() as progress:
            y, replay = gemm_on_dot_engine(
                x,
                w,
                c,
                **product,
                simulator=options.sim,
                timeout=options.timeout,
                progress=progress,
                waves=options.waves,
            )
        result |= {
            "sim": options.sim,
            "cycles": replay.cycles,
            "seconds": replay.seconds,
            "build_seconds": replay.build_seconds,
            "log": str(replay.log),
        }
    if options.check:
        golden = gemm(x, w, c, **product)
        result["mismatches"] = int(np.count_nonzero(y.view(np.uint32) != golden.view(np.uint32)))
    if options.output is not None:
        _save(options.output, y)
        result["output"] = str(options.output)
    report(options, result, [f"{key:14} {value}" for key, value in result.items()])
    return 1 if result.get("mismatches") else 0


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


def _operands(
    options: argparse.Namespace,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
    x, w = _load("X", options.x), _load("W", options.w)
    c = None if options.c is None else _load("C", options.c)
    try:
        check_operands(x, w, c)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return x, w, c


def _load(name: str, path: Path) -> NDArray[np.float32]:
    """A float32 array from a ``.npy`` file; pickled objects are never loaded."""
    try:
        # Only a regular file can be mapped, and to open a pipe could wait for ever.
        magic = b""
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                magic = file.read(len(MAGIC))
    except OSError as error:
        raise BadInput(
            f"{name} must be a file that can be read: {path}: {error.strerror}"
        ) from None
    if magic != MAGIC:
        raise BadInput(f"{name} must be a .npy file, not '{path}'")
    try:
        with warnings.catch_warnings(action="ignore"):
            # Mapping refuses a file shorter than its header says before any memory is used.
            mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception:  # a header can make NumPy raise nearly anything
        raise BadInput(f"{name} must be a whole .npy file of numbers, not '{path}'") from None
    try:
        check_float32(name, mapped)
    except TypeError as error:
        raise BadInput(str(error)) from None
    return np.array(mapped, order="C")


def _save(path: Path, y: NDArray[np.float32]) -> None:
    content = io.BytesIO()
    np.save(content, y)
    try:
        write_whole(path, content.getvalue())
    except OSError as error:
        raise unwritable(path, error) from None
