"""Options that describe a training, the same for every command that trains."""

import argparse
import os
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hbfp_hw.booster import PRESETS
from hbfp_hw.cli.formats import ROUNDINGS
from hbfp_hw.cli.output import BadInput
from hbfp_hw.training.settings import DATASETS, MODELS, Settings

NEEDED = ("torch", "scipy", "sklearn", "mnist1d")
NUMBERS = (
    ("epochs", int, "E", "epochs"),
    ("booster_epochs", int, "K", "last epochs of booster with 6 bits in all layers"),
    ("block_size", int, "N", "elements that share an exponent"),
    ("exponent_bits", int, "E", "shared exponent bits"),
    ("width", int, "W", "size of the model"),
    ("batch_size", int, "B", "samples of a step"),
    ("learning_rate", float, "R", "learning rate of the first epoch"),
    ("last_rate", float, "SHARE", "share of it in the last epoch"),
    ("momentum", float, "M", "Nesterov's momentum"),
    ("weight_decay", float, "D", "weight decay"),
)
"""Options that are settings of the same name."""


def add_training_options(parser: argparse.ArgumentParser, *, schedule: str, seeds: str) -> None:
    """Options for data, network, schedule, seeds and settings of trainings.

    Parameters:
        parser: Gets them.
        schedule, seeds: What is taken by default, as the help says it.
    """
    parser.add_argument("--dataset", choices=DATASETS, help="what to learn")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="your copy of CIFAR-10, its python batches"
    )
    parser.add_argument(
        "--schedule",
        metavar="NAME",
        choices=PRESETS,
        nargs="+",
        help=f"one or more of {', '.join(PRESETS)} ({schedule})",
    )
    parser.add_argument(
        "--seeds", metavar="S", type=int, nargs="+", help=f"one run for each ({seeds})"
    )
    for name, kind, metavar, text in NUMBERS:
        default = next(field.default for field in fields(Settings) if field.name == name)
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            metavar=metavar,
            type=kind,
            help=f"{text} ({default})",
        )
    parser.add_argument("--model", choices=MODELS, help="network (cnn)")
    parser.add_argument("--rounding", choices=list(ROUNDINGS), help="rounding mode (nearest)")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="folder for results, checkpoints and logs"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoints in the output folder"
    )
    parser.add_argument(
        "--workers",
        metavar="W",
        type=int,
        default=os.cpu_count() or 1,
        help="runs side by side, each on one thread (number of cores)",
    )


def check_training_options(options: argparse.Namespace) -> None:
    """Raise unless the options fit each other."""
    if (options.dataset == "cifar10") != (options.data is not None):
        raise BadInput("Data folder (--data) must be given for cifar10, and for nothing else")
    if options.resume and options.output is None:
        raise BadInput("Output folder (--output) must be given to go on from its checkpoints")
    if options.workers < 1:
        raise BadInput(f"Workers must be at least 1, not {options.workers}")


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Those settings of a training, but data set, schedule and seed, that the options name."""
    given = {name: getattr(options, name) for name, *_ in NUMBERS} | {
        "model": options.model,
        "rounding": options.rounding and ROUNDINGS[options.rounding],
    }
    return {name: value for name, value in given.items() if value is not None}


def check_installed() -> None:
    """Raise unless all packages that training needs are installed."""
    for name in NEEDED:
        if find_spec(name) is None:
            raise BadInput(f"{name} must be installed: pip install 'hbfp_hw[train]'")
