"""Arguments of ``hbfp area``."""

import argparse
from pathlib import Path

from hbfp_hw.area.scripts import FPGA
from hbfp_hw.area.yosys import TIMEOUT
from hbfp_hw.cli.arguments.unit import add_unit_options

EXAMPLES = (
    "hbfp area hbfp4_n64 hbfp6_n64         named configurations, see hbfp units",
    "hbfp area dot accumulate --mantissa-bits 4 --block-size 32 --pipeline 0",
    "hbfp area array_8x8_mixed_n16 --liberty osu018_stdcells.lib --json",
    "hbfp area hbfp4_n16 --fpga ecp5",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "unit", metavar="UNIT|CONFIG", nargs="+", help="units or named configurations"
    )
    parser.add_argument(
        "--liberty",
        metavar="FILE",
        type=Path,
        help="Liberty file of the standard cells to map to (default: the package's own, which has "
        "areas only)",
    )
    parser.add_argument("--fpga", choices=list(FPGA), help="also synthesise for this FPGA family")
    parser.add_argument(
        "--no-cache",
        dest="cached",
        action="store_false",
        help="measure again instead of reading the result cache",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=TIMEOUT,
        help=f"time limit of each synthesis (default {TIMEOUT:g})",
    )
    add_unit_options(parser)
