"""Options that describe a training, the same for every command that trains."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hbfp_hw.booster import PRESETS, FormatTable, read_table
from hbfp_hw.cli.formats import ROUNDINGS
from hbfp_hw.cli.output import BadInput, refuse_without_effect
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

TABLE = ".toml"
"""How the files of tables end."""


def add_training_options(
    parser: argparse.ArgumentParser,
    *,
    dataset: str,
    schedule: str,
    seeds: str,
    tables: bool = False,
) -> None:
    """Options for data, network, schedule, seeds and settings of trainings.

    Parameters:
        parser: Gets them.
        dataset, schedule, seeds: Defaults that the help text names.
        tables: Whether a schedule may also be the file of a table, see :func:`given_schedules`.
    """
    parser.add_argument("--dataset", choices=DATASETS, help=f"what to learn ({dataset})")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="your copy of CIFAR-10, its python batches"
    )
    presets = f"one or more of {', '.join(PRESETS)}"
    taken: dict[str, Any] = {"metavar": "NAME", "choices": PRESETS}
    if tables:
        taken = {"metavar": "NAME|FILE.toml", "type": _schedule}
        presets += ", or files with a table of mantissa bits"
    parser.add_argument("--schedule", nargs="+", help=f"{presets} ({schedule})", **taken)
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


FORMAT_OPTIONS = ("block_size", "exponent_bits", "rounding")
"""Options that no layer in FP32 has a use for."""


def check_schedule_options(
    options: argparse.Namespace,
    schedules: Sequence[str | FormatTable],
    formats: Sequence[str] = FORMAT_OPTIONS,
) -> None:
    """Raise for an option that changes nothing under the schedules of a training.

    Parameters:
        options: The options.
        schedules: All schedules that are trained by.
        formats: Options that only schedules other than ``fp32`` use.
    """
    if "booster" not in schedules:
        refuse_without_effect(options, ("booster_epochs",), "--schedule booster")
    if all(schedule == "fp32" for schedule in schedules):
        refuse_without_effect(options, formats, "a --schedule other than fp32")


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Those settings of a training, but data set, schedule and seed, that the options name."""
    given = {name: getattr(options, name) for name, *_ in NUMBERS} | {
        "model": options.model,
        "rounding": options.rounding and ROUNDINGS[options.rounding],
    }
    return {name: value for name, value in given.items() if value is not None}


def _schedule(text: str) -> str:
    if text not in PRESETS and not text.endswith(TABLE):
        names = ", ".join(PRESETS)
        raise argparse.ArgumentTypeError(f"must be one of {names}, or a {TABLE} file, not {text!r}")
    return text


def given_schedules(names: Sequence[str]) -> list[str | FormatTable]:
    """Names of presets as they are, and the tables of files."""
    return [_table(Path(name)) if name.endswith(TABLE) else name for name in names]


def _table(path: Path) -> FormatTable:
    try:
        return read_table(path)
    except OSError as error:
        raise BadInput(
            f"Schedule must be a file that can be read: {path}: {error.strerror}"
        ) from None
    except (TypeError, ValueError) as error:
        raise BadInput(f"{error} ({path})") from None


def check_installed() -> None:
    """Raise unless all packages that training needs are installed."""
    for name in NEEDED:
        if find_spec(name) is None:
            raise BadInput(f"{name} must be installed: pip install 'hbfp_hw[train]'")
