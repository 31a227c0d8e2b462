"""Options for the parameters of a unit, the same for every command that takes units."""

import argparse

from hbfp_hw.cli.formats import ROUNDINGS, add_format_options
from hbfp_hw.engine import Variant
from hbfp_hw.generation.option_names import PARAMETERS
from hbfp_hw.golden.bf16_mac import Accumulation

NUMBERS = (
    ("rows", "R", "rows of the array, 1 to 64"),
    ("columns", "C", "columns of the array, 1 to 64"),
    (
        "depth",
        "D",
        "gemm, core: blocks along K that the operand buffers hold, a power of two, 2 to 4096 "
        "(default 32)",
    ),
    (
        "panel_tiles",
        "T",
        "gemm, core: row tiles in a panel, a power of two, 1 to 256 (default: the smallest that is "
        "at least 8 and at least C)",
    ),
    (
        "bus_bits",
        "B",
        "core: data bits of its AXI streams, a power of two, 32 to 4096 (default: one block or one "
        "row of a tile per beat)",
    ),
    ("queue", "Q", "core: descriptors that the queue holds, 2 to 64 (default 4)"),
    ("layers", "L", "core: entries of the mode table, one per layer, 1 to 1024 (default 64)"),
    ("lanes", "N", "baselines: pairs of operands per cycle, 1 to 1024 (default 1)"),
)
"""Parameters that are numbers: name, metavar and help text."""


def add_unit_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the parameters of a unit."""
    add_format_options(parser, required=False)
    parser.add_argument(
        "--rounding",
        choices=["any", *ROUNDINGS],
        help="rounding mode to build, or any to build all three (default any)",
    )
    parser.add_argument(
        "--pipeline",
        metavar="P",
        type=int,
        help="register stages: 0 to 2 for convert, 0 to 4 for mac, 0 or 1 for fp32 and accumulate, "
        "0 to its levels of logic for dot and for the dot in dot_engine (default 1), 0 to 5 for a "
        "fused fp32_mac or bf16_mac of one lane, 0 or 1 for other baselines (default 0)",
    )
    parser.add_argument(
        "--free-running",
        action="store_true",
        default=None,
        help="dot: never stall the register stages and queue results, for a fast FPGA clock",
    )
    parser.add_argument(
        "--sign-magnitude",
        action="store_true",
        default=None,
        help="convert, dot, mac, pe: code mantissas as sign and magnitude (default: "
        "two's complement)",
    )
    parser.add_argument(
        "--variant",
        choices=[variant.value for variant in Variant],
        help="pe, array, gemm, core: 4-bit multipliers used in 1, 2 or 4 passes (mixed), 6-bit "
        "ones (native), or, for pe and array, 4-bit ones and 4-bit blocks only (narrow) (default "
        "mixed)",
    )
    for name, letter, text in NUMBERS:
        parser.add_argument(f"--{PARAMETERS[name]}", dest=name, metavar=letter, type=int, help=text)
    parser.add_argument(
        "--separate",
        dest="fused",
        action="store_const",
        const=False,
        help="fp32_mac: round each product before adding it (default: fused, round once)",
    )
    parser.add_argument(
        "--accumulate",
        choices=[accumulation.value for accumulation in Accumulation],
        help="bf16_mac: number format of the sum (default fp32)",
    )
