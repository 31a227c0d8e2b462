"""Arguments of ``hbfp fit``."""

import argparse

from hbfp_hw.area.yosys import TIMEOUT
from hbfp_hw.cli.arguments.unit import add_unit_options
from hbfp_hw.place_and_route.families import FAMILIES

EXAMPLES = (
    "hbfp fit mac_hbfp4_n16 hbfp4_n16 --family ecp5",
    "hbfp fit dot --mantissa-bits 4 --block-size 16 --pipeline 15 --free-running \\",
    "    --family ecp5 --frequency 250 --json",
    "hbfp fit gemm_4x4_mixed_n64 --family ecp5 --device 85k --speed 8",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "unit", metavar="UNIT|CONFIG", nargs="+", help="units or named configurations"
    )
    parser.add_argument("--family", choices=list(FAMILIES), required=True, help="FPGA family")
    devices = " or ".join(
        f"{', '.join(family.packages)} ({family.name})" for family in FAMILIES.values()
    )
    parser.add_argument(
        "--device", help=f"device, one of {devices} (default: the first of its family)"
    )
    parser.add_argument(
        "--speed", metavar="GRADE", type=int, help="speed grade of ecp5, 6 to 8 (default 6)"
    )
    parser.add_argument(
        "--seed", metavar="S", type=int, default=1, help="seed of the placement (default 1)"
    )
    parser.add_argument(
        "--frequency",
        metavar="MHZ",
        type=float,
        help="exit with code 1 unless every design reaches this clock (default: no such check)",
    )
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
        help=f"time limit of each synthesis, and of each placement (default {TIMEOUT:g})",
    )
    add_unit_options(parser)
