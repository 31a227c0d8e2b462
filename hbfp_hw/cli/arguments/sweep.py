"""Arguments of ``hbfp sweep``."""

import argparse
from pathlib import Path

from hbfp_hw.sweep.spec import COMMANDS

EXAMPLES = (
    "hbfp sweep mac.toml                          results go to mac.sqlite",
    "hbfp sweep mac.toml --workers 8 --csv mac.csv",
    "hbfp sweep mac.toml --cluster tcp://head:8786",
    "hbfp sweep mac.toml --retry-failed",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "spec",
        metavar="SPEC.toml",
        type=Path,
        help=f"sweep, a table of options for each command: {', '.join(COMMANDS)}",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="STORE",
        type=Path,
        help="SQLite file of the results, created or continued (default SPEC.sqlite)",
    )
    parser.add_argument(
        "--workers",
        metavar="W",
        type=int,
        help="points to run at once on this machine (default: number of processors)",
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="run on the Dask cluster with the scheduler at this address",
    )
    parser.add_argument("--retry-failed", action="store_true", help="run failed points again")
    parser.add_argument(
        "--csv",
        metavar="FILE.csv",
        type=Path,
        help="write all parameters and figures of every point",
    )
    parser.add_argument(
        "--plot",
        metavar="FILE.svg|FILE.png",
        type=Path,
        help="draw a plot: last parameter of the sweep on the x axis, first figure of the table "
        "on the y axis",
    )
