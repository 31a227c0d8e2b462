"""Arguments of ``hbfp explore``."""

import argparse
import re

from hbfp_hw.cli.arguments.training import add_training_options

STUDIES = ("distances", "landscape", "sensitivity")
ALL = "all"

EXAMPLES = (
    "hbfp explore distances -o tensors",
    "hbfp explore distances --mantissa-bits 4 --block-sizes 16,64,256 --epochs 5 --json",
    "hbfp explore landscape --dataset mnist1d --schedule fp32 hbfp4 booster -o loss",
    "hbfp explore sensitivity --seeds 0 1 2 3 4 --mantissa-bits 4,6 -o layers",
    "hbfp explore sensitivity --seeds 0 1 2 3 4 --mantissa-bits 4,6 -o layers --resume",
    "hbfp explore all -o studies",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "study",
        metavar="STUDY",
        choices=[*STUDIES, ALL],
        help=f"{', '.join(STUDIES)}, or {ALL} of them",
    )
    add_training_options(
        parser,
        dataset="default digits",
        schedule="default: fp32 for distances, which takes only one, and fp32 hbfp4 booster for "
        "landscape",
        seeds="default 0, for sensitivity 0 1 2 3 4",
    )
    parser.set_defaults(dataset="digits")
    parser.add_argument(
        "--mantissa-bits",
        metavar="M,M…",
        type=_numbers,
        help="distances: widths to convert tensors to (default 4,6,8), sensitivity: widths to give "
        "to one layer at a time, from 4, 6 and 8 (default 4)",
    )
    parser.add_argument(
        "--block-sizes",
        metavar="N,N…",
        type=_numbers,
        help="distances: block sizes to convert tensors to (default 16,64,256)",
    )
    parser.add_argument(
        "--every",
        metavar="E",
        type=int,
        help="distances: examine the tensors every E epochs (default 5)",
    )
    parser.add_argument(
        "--directions", metavar="D", type=int, help="landscape: random directions (default 4)"
    )
    parser.add_argument(
        "--points", metavar="P", type=int, help="landscape: points along a direction (default 21)"
    )
    parser.add_argument(
        "--grid",
        metavar="G",
        type=int,
        help="landscape: evaluate a plane of G by G points, or none if 0 (default 15)",
    )
    parser.add_argument(
        "--reach",
        metavar="R",
        type=float,
        help="landscape: largest step to each side, as a share of the filters' norms (default 0.5)",
    )
    parser.add_argument(
        "--samples",
        metavar="S",
        type=int,
        help="landscape: training samples to compute the loss on (default 1000)",
    )


def _numbers(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", text):
        raise argparse.ArgumentTypeError(f"must be numbers, such as 4,6,8, not {text!r}")
    return tuple(map(int, text.split(",")))
