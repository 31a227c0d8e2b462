"""Arguments of ``hbfp density``."""

import argparse
from pathlib import Path

EXAMPLES = (
    "hbfp density",
    "hbfp density --components measured --json",
    "hbfp density --plot density.svg",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "--components",
        choices=("paper", "measured"),
        default="paper",
        help="areas of components that the models add up: those of the paper, or transistors "
        "measured by this package (default paper)",
    )
    parser.add_argument(
        "--plot", metavar="FILE.svg|FILE.png", type=Path, help="draw density over block size"
    )
