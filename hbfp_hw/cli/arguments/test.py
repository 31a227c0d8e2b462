"""Arguments of ``hbfp test``."""

import argparse
from pathlib import Path

from hbfp_hw.helpers.files import folder_path
from hbfp_hw.simulate.options import SIMULATORS

BOTH = "both"

EXAMPLES = (
    "hbfp test",
    "hbfp test dot accumulate --sim verilator",
    "hbfp test -o results --json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "units", metavar="UNIT", nargs="*", help="units to test (default: all of them)"
    )
    parser.add_argument(
        "--sim", choices=(*SIMULATORS, BOTH), default=BOTH, help=f"simulator (default {BOTH})"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=folder_path,
        default=Path("test_results"),
        help="folder for JUnit XML and logs (default test_results)",
    )
    parser.add_argument(
        "--coverage", action="store_true", help="print how often each corner class occurred"
    )
