"""Options that describe the array of a GEMM engine."""

import argparse

from hbfp_hw.cli.output import BadInput
from hbfp_hw.cli.selection import check_panel_tiles
from hbfp_hw.engine import NARROW_BITS, WIDE_BITS, Engine, Variant
from hbfp_hw.format import HBFPFormat

PARAMETERS = {
    "rows": "--rows",
    "cols": "--cols",
    "variant": "--variant",
    "depth": "--depth",
    "panel_tiles": "--panel-tiles",
}


def add_array_options(parser: argparse.ArgumentParser) -> None:
    """Options for the sizes of an array and its buffers."""
    parser.add_argument(
        "--rows",
        metavar="R",
        type=int,
        help="rows of the array, 1 to 64; without an array, cycle and rtl are the dot engine's",
    )
    parser.add_argument("--cols", metavar="C", type=int, help="columns of the array, 1 to 64")
    parser.add_argument(
        "--variant",
        choices=[Variant.MIXED.value, Variant.NATIVE.value],
        help="multipliers of the array: 4-bit ones in passes, or 6-bit ones (mixed)",
    )
    parser.add_argument(
        "--depth",
        metavar="D",
        type=int,
        help="blocks along K that the array's buffers hold, a power of two, 2 to 4096 (32)",
    )
    parser.add_argument(
        "--panel-tiles",
        metavar="T",
        type=int,
        help="row tiles that the array's buffers hold, a power of two, 1 to 256 (the first from C "
        "on, at least 8)",
    )


def parse_array(options: argparse.Namespace, fmt_x: HBFPFormat, fmt_w: HBFPFormat) -> Engine | None:
    """The engine with the array that is asked for, if one is."""
    given = [name for name in PARAMETERS if getattr(options, name) is not None]
    if not given:
        return None
    if options.engine == "golden":
        raise BadInput(f"Option {PARAMETERS[given[0]]} must go with --engine cycle or rtl")
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
