"""Arguments of ``hbfp train``."""

import argparse
import re

from hbfp_hw.cli.arguments.training import add_training_options
from hbfp_hw.helpers.files import folder_path

EXAMPLES = (
    "hbfp train --dataset digits --schedule fp32 booster --seeds 0 1 2",
    "hbfp train --dataset digits --schedule fp32 own.toml        formats from a file",
    "hbfp train --dataset mnist1d --epochs 40 --booster-epochs 4 -o run",
    "hbfp train --dataset mnist1d --epochs 40 --booster-epochs 4 -o run --resume",
    "hbfp train --dataset cifar10 --data cifar-10-batches-py --model resnet20 --width 16",
    "hbfp train --dataset digits --record-tensors tensors --record-epochs 1,20",
    "hbfp train --study -o study",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    add_training_options(
        parser,
        dataset="required unless --study is given",
        schedule="default booster",
        seeds="default 0",
        tables=True,
    )
    parser.add_argument(
        "--study",
        action="store_true",
        help="compare all schedules on digits and mnist1d and check the claims of the paper",
    )
    parser.add_argument(
        "--record-tensors",
        metavar="DIR",
        type=folder_path,
        help="folder for the operands of one training step, one subfolder for each run",
    )
    parser.add_argument(
        "--record-layers",
        metavar="NAME,NAME…",
        type=_names,
        help="layers to record (default all)",
    )
    parser.add_argument(
        "--record-epochs",
        metavar="E,E…",
        type=_numbers,
        help="finished epochs after which to record, 0 before training (default after the last)",
    )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"must be names of layers, not {text!r}")
    return names


def _numbers(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", text):
        raise argparse.ArgumentTypeError(f"must be numbers, such as 1,5, not {text!r}")
    return tuple(map(int, text.split(",")))
