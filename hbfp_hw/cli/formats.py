"""Options for number formats and rounding, the same for every command."""

import argparse
import re

from hbfp_hw.cli.output import BadInput
from hbfp_hw.format import RANDOM_BITS, HBFPFormat, Rounding

ROUNDINGS = {
    "nearest": Rounding.NEAREST,
    "stochastic": Rounding.STOCHASTIC,
    "truncate": Rounding.TRUNCATE,
}
"""Rounding modes by their names on the command line."""


def add_format_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the options for the formats of one or two operands.

    Parameters:
        parser: Gets the options.
        required: Whether mantissa bits and block size must be given.
    """
    parser.add_argument(
        "--mantissa-bits",
        metavar="M[xM]",
        required=required,
        help="mantissa bits including the sign, 2 to 16, or two widths for two operands, such as "
        "4x6",
    )
    parser.add_argument(
        "--block-size",
        metavar="N",
        type=int,
        required=required,
        help="values that share an exponent, 1 to 1024",
    )
    parser.add_argument(
        "--exponent-bits",
        metavar="E",
        type=int,
        help="bits of the shared exponent, 5 to 12, for pe, array, gemm and core 5 to 11 (default "
        "10)",
    )
    parser.add_argument(
        "--random-bits",
        metavar="R",
        type=int,
        help=f"random bits of stochastic rounding, 1 to 16 (default {RANDOM_BITS})",
    )


def parse_formats(options: argparse.Namespace) -> tuple[HBFPFormat, HBFPFormat]:
    """Return the formats of both operands.

    Raises:
        BadInput: A number is out of range, or the widths are not written as 4 or 4x6.
    """
    match = re.fullmatch(r"(\d{1,4})(?:x(\d{1,4}))?", options.mantissa_bits)
    if not match:
        raise BadInput(
            "Mantissa width must be a number or two, such as 4 or 4x6, not "
            f"{options.mantissa_bits!r}"
        )
    exponent_bits = 10 if options.exponent_bits is None else options.exponent_bits
    try:
        a, b = (
            HBFPFormat(int(bits), options.block_size, exponent_bits)
            for bits in (match[1], match[2] or match[1])
        )
    except ValueError as error:
        raise BadInput(str(error)) from None
    return a, b
