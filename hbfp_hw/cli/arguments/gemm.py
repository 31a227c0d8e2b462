"""Arguments of ``hbfp gemm``."""

import argparse
from pathlib import Path

from hbfp_hw.cli.array import add_array_options
from hbfp_hw.cli.formats import ROUNDINGS, add_format_options

ENGINES = ("golden", "cycle", "rtl")
TIMEOUT = 3600.0

EXAMPLES = (
    "hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 64 -o Y.npy",
    "hbfp gemm X.npy W.npy --mantissa-bits 4x6 --block-size 16 --engine rtl --check",
    "hbfp gemm X.npy W.npy --mantissa-bits 8 --block-size 64 --engine rtl --sim icarus",
    "hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 16 --engine rtl --top core \\\n"
    "       --rows 8 --cols 8",
    "hbfp gemm X.npy W.npy --mantissa-bits 4 --block-size 16 --engine cycle \\\n"
    "       --rows 8 --cols 8 --trace array.svg",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument("x", metavar="X.npy", type=Path, help="float32 matrix (M, K)")
    parser.add_argument("w", metavar="W.npy", type=Path, help="float32 matrix (K, P)")
    parser.add_argument(
        "-c",
        metavar="C.npy",
        type=Path,
        help="start values, float32 matrix (M, P) (default: all +0)",
    )
    parser.add_argument("-o", "--output", metavar="Y.npy", type=Path, help="write Y to this file")
    add_format_options(parser, required=True)
    parser.add_argument(
        "--rounding",
        choices=list(ROUNDINGS),
        default="nearest",
        help="rounding mode (default nearest)",
    )
    parser.add_argument(
        "--seed", metavar="S", type=int, default=0, help="seed of stochastic rounding (default 0)"
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="golden",
        help="compute with the golden model, the cycle model or simulated RTL (default golden)",
    )
    parser.add_argument(
        "--sim", choices=("verilator", "icarus"), help="simulator of the RTL (default verilator)"
    )
    parser.add_argument(
        "--top",
        choices=("core",),
        help="simulate the core around the array, through its AXI buses and its driver",
    )
    add_array_options(parser)
    parser.add_argument(
        "--check",
        action="store_true",
        help="also run the golden model, count mismatches, and exit with code 1 if there are any",
    )
    parser.add_argument(
        "--waves", metavar="FILE.fst", type=Path, help="write the waveforms of the RTL simulation"
    )
    parser.add_argument(
        "--trace",
        metavar="FILE.svg",
        type=Path,
        help="draw the occupancy of the array over time, as the cycle model computes it",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        help="time limit of the RTL simulation (default 3600)",
    )
