"""Arguments of ``hbfp generate``."""

import argparse
from pathlib import Path

from hbfp_hw.cli.arguments.unit import add_unit_options
from hbfp_hw.helpers.files import folder_path

EXAMPLES = (
    "hbfp generate dot --mantissa-bits 4 --block-size 64 -o out",
    "hbfp generate dot_engine --mantissa-bits 4x6 --block-size 16 --rounding nearest",
    "hbfp generate gemm --variant mixed --rows 8 --cols 8 --block-size 16",
    "hbfp generate core --rows 8 --cols 8 --block-size 16 --bus-bits 128",
    "hbfp generate fp32_mac --lanes 4 --separate",
    "hbfp generate hbfp4_n64 -o out        a named configuration, see hbfp units",
    "hbfp generate dot_hbfp4_n64 --fusesoc --clock-mhz 100 -o cores",
    "hbfp generate catalog -o rtl_out      every named configuration",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument("unit", metavar="UNIT|CONFIG", help="unit or named configuration")
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=folder_path,
        default=Path(),
        help="folder for the files (default: the current one)",
    )
    parser.add_argument(
        "--source-locations",
        action="store_true",
        help="keep the Python source line of each net, register and instance as a src attribute",
    )
    parser.add_argument(
        "--fusesoc",
        action="store_true",
        help="also write a FuseSoC .core file and a self-checking test bench",
    )
    parser.add_argument(
        "--clock-mhz", metavar="MHZ", type=float, help="also write timing constraints (.sdc)"
    )
    add_unit_options(parser)
