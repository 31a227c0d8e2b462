"""Arguments of ``hbfp report``."""

import argparse
from pathlib import Path

from hbfp_hw.helpers.files import folder_path

PAGE, FIGURES = "report.html", "report.json"

EXAMPLES = (
    "hbfp report -o report",
    "hbfp report -o report --quick",
    "hbfp report -o report --pyosys other/bin/python",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=folder_path,
        required=True,
        help=f"folder for {PAGE} and {FIGURES}",
    )
    parser.add_argument(
        "--quick", action="store_true", help="measure only small blocks and few units, as a preview"
    )
    parser.add_argument(
        "--no-cache",
        dest="cached",
        action="store_false",
        help="measure again instead of reading the result cache",
    )
    parser.add_argument(
        "--pyosys",
        metavar="PYTHON",
        type=Path,
        action="append",
        default=[],
        help="also compare with the release of pyosys that this Python interpreter has, may be "
        "given more than once (default: none)",
    )
