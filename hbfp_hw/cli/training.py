"""Checks of the options of a training run, and the settings that they mean."""

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hbfp_hw.booster import FormatTable, read_table
from hbfp_hw.cli.arguments.training import NUMBERS, TABLE
from hbfp_hw.cli.formats import ROUNDINGS
from hbfp_hw.cli.output import BadInput, refuse_without_effect

NEEDED = ("torch", "scipy", "sklearn", "mnist1d")
"""Packages that training imports and that the base installation lacks."""


def check_training_options(options: argparse.Namespace) -> None:
    """Raise ``BadInput`` unless the options fit each other."""
    if (options.dataset == "cifar10") != (options.data is not None):
        raise BadInput("Data folder (--data) must be given for cifar10, and for nothing else")
    if options.resume and options.output is None:
        raise BadInput("Output folder (--output) must be given to resume from its checkpoints")
    if options.workers < 1:
        raise BadInput(f"Workers must be at least 1, not {options.workers}")


FORMAT_OPTIONS = ("block_size", "exponent_bits", "rounding")
"""Options without an effect on layers in FP32."""


def check_schedule_options(
    options: argparse.Namespace,
    schedules: Sequence[str | FormatTable],
    formats: Sequence[str] = FORMAT_OPTIONS,
) -> None:
    """Raise ``BadInput`` for an option that has no effect under any of the schedules.

    Parameters:
        options: The parsed options.
        schedules: All schedules of the training runs.
        formats: Options that have an effect only under a schedule other than ``fp32``.
    """
    if "booster" not in schedules:
        refuse_without_effect(options, ("booster_epochs",), "--schedule booster")
    if all(schedule == "fp32" for schedule in schedules):
        refuse_without_effect(options, formats, "a --schedule other than fp32")


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings whose options are given, by name; not data set, schedule and seed."""
    given = {name: getattr(options, name) for name, *_ in NUMBERS} | {
        "model": options.model,
        "rounding": options.rounding and ROUNDINGS[options.rounding],
    }
    return {name: value for name, value in given.items() if value is not None}


def given_schedules(names: Sequence[str]) -> list[str | FormatTable]:
    """Return each schedule: the name of a preset as it is, a file as the table in it."""
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
    """Raise ``BadInput`` unless all packages that training needs are installed."""
    for name in NEEDED:
        if find_spec(name) is None:
            raise BadInput(f"{name} must be installed: pip install 'hbfp_hw[train]'")
