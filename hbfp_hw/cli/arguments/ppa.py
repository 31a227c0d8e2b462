"""Arguments of ``hbfp ppa``."""

import argparse
from pathlib import Path

from hbfp_hw.area.yosys import TIMEOUT
from hbfp_hw.cli.arguments.unit import add_unit_options
from hbfp_hw.ppa.efforts import EFFORTS

EXAMPLES = (
    "hbfp ppa mac_hbfp4_n64                     also measures the FP32 and BF16 baselines",
    "hbfp ppa mac_hbfp4_n64 --stages 3 --effort fast --clock 180 --json",
    "hbfp ppa mac --mantissa-bits 6 --block-size 64 --plot area.svg --energy-plot energy.svg",
    "hbfp ppa mac_hbfp4_n16 --stimulus X.npy W.npy",
    "hbfp ppa convert --mantissa-bits 4 --block-size 16 --liberty cells.lib --no-wires",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "unit", metavar="UNIT|CONFIG", nargs="+", help="units or named configurations"
    )
    efforts = ", ".join(f"{each.name} ({each.summary})" for each in EFFORTS.values())
    parser.add_argument(
        "--stages",
        metavar="P",
        type=int,
        help="ranks of registers between those for operands and results (default: a curve of 0 to "
        "3)",
    )
    parser.add_argument(
        "--effort",
        choices=list(EFFORTS),
        help=f"mapping: {efforts} (default: a curve, or balanced with --stages)",
    )
    parser.add_argument(
        "--clock",
        metavar="MHZ",
        type=float,
        help="clock of the comparison (default: the highest that all units reach)",
    )
    parser.add_argument(
        "--stimulus",
        metavar=("X.npy", "W.npy"),
        nargs=2,
        type=Path,
        help="float32 matrices of the product whose energy is measured (default: normal values)",
    )
    parser.add_argument(
        "--liberty",
        metavar="FILE",
        type=Path,
        help="Liberty file with delays (default: the package's own characterisation of "
        "sky130_fd_sc_hd)",
    )
    parser.add_argument(
        "--no-wires",
        dest="wires",
        action="store_false",
        help="do not place the cells: delay and energy without wires",
    )
    parser.add_argument(
        "--plot", metavar="FILE", type=Path, help="draw area over clock period, as .svg or .png"
    )
    parser.add_argument(
        "--energy-plot",
        metavar="FILE",
        type=Path,
        help="draw energy over clock, as .svg or .png; measures the energy of every netlist",
    )
    parser.add_argument(
        "--no-cache",
        dest="cached",
        action="store_false",
        help="measure again instead of reading the result cache",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=int,
        help="netlists measured at once (default: one per processor)",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=TIMEOUT,
        help=f"time limit of each step of a netlist (default {TIMEOUT:g})",
    )
    add_unit_options(parser)
