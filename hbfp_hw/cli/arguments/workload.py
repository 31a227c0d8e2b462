"""Arguments of ``hbfp workload``."""

import argparse
from pathlib import Path

from hbfp_hw.booster import PRESETS
from hbfp_hw.booster.networks import NETWORKS
from hbfp_hw.engine import Engine, Variant

EXAMPLES = (
    "hbfp workload resnet20 --schedule booster --rows 8 --cols 8",
    "hbfp workload resnet50 --classes 100 --rows 16 --cols 16 --block-size 16 --density",
    "hbfp workload gpt2-block --rows 16 --cols 16 --plot step.svg --json",
)

OPTIONS = (
    ("--block-size", "N", 64, "values that share an exponent (default 64)"),
    (
        "--depth",
        "D",
        Engine.depth,
        f"blocks along K that the operand buffers hold (default {Engine.depth})",
    ),
    (
        "--panel-tiles",
        "T",
        None,
        "row tiles in a panel, a power of two (default: the smallest that is at least 8 and at "
        "least C)",
    ),
    ("--exponent-bits", "E", None, "bits of the shared exponent, for --density (default 10)"),
    (
        "--booster-epochs",
        "K",
        None,
        "last epochs of the schedule booster, with 6 bits in all layers (default 1)",
    ),
    ("--batch", "B", None, "samples of a training step (default: that of the network)"),
    ("--epochs", "E", None, "epochs of the training (default: those of the network)"),
    ("--classes", "N", None, "outputs of an image network (default 10, for ImageNet 1000)"),
    ("--length", "L", None, "tokens in a sample of a text network (default 64, for GPT-2 1024)"),
)
"""Options with a number: name, metavar, default and help text."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    parser.add_argument(
        "network", metavar="NET", choices=NETWORKS, help=f"network: {', '.join(NETWORKS)}"
    )
    parser.add_argument(
        "--schedule",
        choices=PRESETS,
        default="booster",
        help="schedule of formats (default booster)",
    )
    parser.add_argument("--rows", metavar="R", type=int, required=True, help="rows of the array")
    parser.add_argument("--cols", metavar="C", type=int, required=True, help="columns of the array")
    parser.add_argument(
        "--variant",
        choices=[Variant.MIXED.value, Variant.NATIVE.value],
        default=Variant.MIXED.value,
        help="multipliers of the array: 4-bit ones used in 1, 2 or 4 passes (mixed), or 6-bit ones "
        "(native) (default mixed)",
    )
    for option, metavar, default, text in OPTIONS:
        parser.add_argument(option, metavar=metavar, type=int, default=default, help=text)
    parser.add_argument(
        "--density",
        action="store_true",
        help="also measure the array's area, and compare its density with FP32 and BF16",
    )
    parser.add_argument(
        "--plot", metavar="FILE.svg|FILE.png", type=Path, help="draw the cycles of each layer"
    )
