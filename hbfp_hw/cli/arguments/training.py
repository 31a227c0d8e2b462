"""Options of a training run, the same for every command that trains."""

import argparse
import os
from dataclasses import fields
from typing import Any

from hbfp_hw.booster import PRESETS
from hbfp_hw.cli.formats import ROUNDINGS
from hbfp_hw.helpers.files import folder_path
from hbfp_hw.training.settings import DATASETS, MODELS, Settings

NUMBERS = (
    ("epochs", int, "E", "number of epochs"),
    ("booster_epochs", int, "K", "last epochs of the schedule booster, with 6 bits in all layers"),
    ("block_size", int, "N", "values that share an exponent"),
    ("exponent_bits", int, "E", "bits of the shared exponent"),
    ("width", int, "W", "scale of all layers, for cnn the channels of the first one"),
    ("batch_size", int, "B", "samples of a training step"),
    ("learning_rate", float, "R", "learning rate of the first epoch"),
    ("last_rate", float, "SHARE", "learning rate of the last epoch, as a share of the first"),
    ("momentum", float, "M", "Nesterov momentum"),
    ("weight_decay", float, "D", "weight decay"),
)
"""Options for the settings of the same name: name, type, metavar and help text."""

TABLE = ".toml"
"""Suffix of a file with a table of mantissa bits."""


def add_training_options(
    parser: argparse.ArgumentParser,
    *,
    dataset: str,
    schedule: str,
    seeds: str,
    tables: bool = False,
) -> None:
    """Add the options for data, network, schedule, seeds and settings of a training run.

    Parameters:
        parser: Gets the options.
        dataset, schedule, seeds: Remarks on the defaults, for the help text.
        tables: Whether a schedule may also be a file, see :func:`.given_schedules`.
    """
    parser.add_argument("--dataset", choices=DATASETS, help=f"data set to learn ({dataset})")
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=folder_path,
        help="folder with the Python batches of CIFAR-10, for --dataset cifar10",
    )
    presets = f"one or more of {', '.join(PRESETS)}"
    given: dict[str, Any] = {"metavar": "NAME", "choices": PRESETS}
    if tables:
        given = {"metavar": "NAME|FILE.toml", "type": _schedule}
        presets += ", or files with a table of mantissa bits"
    parser.add_argument("--schedule", nargs="+", help=f"{presets} ({schedule})", **given)
    parser.add_argument(
        "--seeds",
        metavar="S",
        type=int,
        nargs="+",
        help=f"seeds, one training run for each ({seeds})",
    )
    defaults = {field.name: field.default for field in fields(Settings)}
    for name, kind, metavar, text in NUMBERS:
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            metavar=metavar,
            type=kind,
            help=f"{text} (default {defaults[name]})",
        )
    parser.add_argument("--model", choices=MODELS, help="network (default cnn)")
    parser.add_argument(
        "--rounding", choices=list(ROUNDINGS), help="rounding mode (default nearest)"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=folder_path,
        help="folder for results, checkpoints and logs",
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue from the checkpoints in the output folder"
    )
    parser.add_argument(
        "--workers",
        metavar="W",
        type=int,
        default=os.cpu_count() or 1,
        help="training runs at once, each on one thread (default: number of processors)",
    )


def _schedule(text: str) -> str:
    if text not in PRESETS and not text.endswith(TABLE):
        names = ", ".join(PRESETS)
        raise argparse.ArgumentTypeError(f"must be one of {names}, or a {TABLE} file, not {text!r}")
    return text
