"""Options for the array of a GEMM engine."""

import argparse

from hbfp_hw.cli.output import BadInput
from hbfp_hw.engine import NARROW_BITS, WIDE_BITS, Engine, Variant, check_power_of_two
from hbfp_hw.format import HBFPFormat

OPTIONS = {
    "rows": "--rows",
    "cols": "--cols",
    "variant": "--variant",
    "depth": "--depth",
    "panel_tiles": "--panel-tiles",
}
"""Command-line option of each parameter of the array, by its name in the parsed options."""


def add_array_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the sizes of an array and its buffers."""
    parser.add_argument(
        "--rows",
        metavar="R",
        type=int,
        help="rows of the array, 1 to 64 (default: no array, so that the engines cycle and rtl "
        "compute with a dot_engine)",
    )
    parser.add_argument("--cols", metavar="C", type=int, help="columns of the array, 1 to 64")
    parser.add_argument(
        "--variant",
        choices=[Variant.MIXED.value, Variant.NATIVE.value],
        help="multipliers of the array: 4-bit ones used in 1, 2 or 4 passes (mixed), or 6-bit ones "
        "(native) (default mixed)",
    )
    parser.add_argument(
        "--depth",
        metavar="D",
        type=int,
        help="blocks along K that the operand buffers hold, a power of two, 2 to 4096 (default 32)",
    )
    parser.add_argument(
        "--panel-tiles",
        metavar="T",
        type=int,
        help="row tiles in a panel, a power of two, 1 to 256 (default: the smallest that is at "
        "least 8 and at least C)",
    )


def parse_array(options: argparse.Namespace, fmt_x: HBFPFormat, fmt_w: HBFPFormat) -> Engine | None:
    """Return the engine with the chosen array, or None if no option of an array is given.

    Parameters:
        options: The parsed options of ``hbfp gemm``.
        fmt_x, fmt_w: Formats of the operands.

    Raises:
        BadInput: The options do not fit each other, or one is out of range.
    """
    given = [name for name in OPTIONS if getattr(options, name) is not None]
    if not given:
        return None
    if options.engine == "golden":
        raise BadInput(f"Option {OPTIONS[given[0]]} must go with --engine cycle or rtl")
    if "rows" not in given or "cols" not in given:
        raise BadInput("Array must be given both --rows and --cols")
    for fmt in (fmt_x, fmt_w):
        if fmt.mantissa_bits not in (NARROW_BITS, WIDE_BITS):
            raise BadInput(f"Mantissa width of an array must be 4 or 6, not {fmt.mantissa_bits!r}")
    try:
        check_panel_tiles(options)
        return Engine(
            Variant(options.variant or Variant.MIXED),
            options.rows,
            options.cols,
            fmt_x.block_size,
            fmt_x.exponent_bits,
            **{name: getattr(options, name) for name in ("depth", "panel_tiles") if name in given},
        )
    except ValueError as error:
        raise BadInput(str(error)) from None


def check_panel_tiles(options: argparse.Namespace) -> None:
    """Raise ``ValueError`` for a bad number of panel tiles, 0 included.

    :class:`~hbfp_hw.engine.Engine` accepts 0, as a request for its default.
    """
    if options.panel_tiles is not None:
        check_power_of_two("Panel tiles", options.panel_tiles, 1, 256)
