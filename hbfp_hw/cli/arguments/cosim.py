"""Arguments of ``hbfp cosim``."""

import argparse
from pathlib import Path

from hbfp_hw.cli.arguments.unit import add_unit_options

EXAMPLES = (
    "hbfp cosim dot --mantissa-bits 8 --block-size 32 --vectors 1e7",
    "hbfp cosim hbfp4_n64 --vectors 1e6 --seed 7 --stalls 0.3",
    "hbfp cosim array_8x8_mixed_n16 --vectors 1e4    each vector is a product",
    "hbfp cosim mac_hbfp6_n64 --vectors 1e6 --save-failing wrong.npz",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument("unit", metavar="UNIT|CONFIG", help="unit or named configuration")
    parser.add_argument(
        "--vectors",
        metavar="COUNT",
        default="1e6",
        help="number of vectors, such as 250000 or 1e7, each a whole product for array, gemm and "
        "core (default 1e6)",
    )
    parser.add_argument(
        "--seed", metavar="S", type=int, default=0, help="seed of all vectors (default 0)"
    )
    parser.add_argument(
        "--workers",
        metavar="W",
        type=int,
        help="worker processes, each with its own simulation (default: one per processor)",
    )
    parser.add_argument(
        "--stalls",
        metavar="P",
        type=float,
        default=0.0,
        help="probability that a stream stalls in a cycle (default 0)",
    )
    parser.add_argument(
        "--save-failing",
        metavar="FILE.npz",
        type=Path,
        help="write vectors whose results differ to this file, if there are any",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=86400.0,
        help="time limit of the simulation (default 86400)",
    )
    add_unit_options(parser)
