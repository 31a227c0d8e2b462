"""Arguments of ``hbfp train``."""

import argparse

from hbfp_hw.cli.arguments.training import add_training_options

EXAMPLES = (
    "hbfp train --dataset digits --schedule fp32 booster --seeds 0 1 2",
    "hbfp train --dataset digits --schedule fp32 own.toml        formats from a file",
    "hbfp train --dataset mnist1d --epochs 40 --booster-epochs 4 -o run",
    "hbfp train --dataset mnist1d --epochs 40 --booster-epochs 4 -o run --resume",
    "hbfp train --dataset cifar10 --data cifar-10-batches-py --model resnet20 --width 16",
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
