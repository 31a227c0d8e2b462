"""``hbfp explore``: studies that explain training in HBFP."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from hbfp_hw.booster import FormatTable
from hbfp_hw.cli.arguments.explore import ALL
from hbfp_hw.cli.operands import write_in
from hbfp_hw.cli.output import BadInput, check_output_folder, complain, report
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cli.training import (
    FORMAT_OPTIONS,
    check_installed,
    check_schedule_options,
    check_training_options,
    given_settings,
)
from hbfp_hw.explore.distances import Distances
from hbfp_hw.explore.landscape import Landscape
from hbfp_hw.explore.records import Summary
from hbfp_hw.explore.sensitivity import SCHEDULES, Sensitivity
from hbfp_hw.explore.study import SETTINGS, Study, explore
from hbfp_hw.helpers.worker_pool import WorkerEnded
from hbfp_hw.training.errors import BadCheckpoint, Diverged
from hbfp_hw.training.settings import Settings

STUDIES: dict[str, type[Distances] | type[Landscape] | type[Sensitivity]] = {
    study.name: study for study in (Distances, Landscape, Sensitivity)
}
OWN = {
    "mantissa_bits": ("distances", "sensitivity"),
    "block_sizes": ("distances",),
    "every": ("distances",),
    "schedule": ("distances", "landscape"),
    "directions": ("landscape",),
    "points": ("landscape",),
    "grid": ("landscape",),
    "reach": ("landscape",),
    "samples": ("landscape",),
}
"""Options that only some studies have, each with the studies that have it."""


def run(options: argparse.Namespace) -> int:
    """Compute the studies, draw and write."""
    check_training_options(options)
    studies = _studies(options)
    if options.output is not None:
        check_output_folder(options.output)
        for study in studies:
            if (_folder(options, study) / SETTINGS).exists() and not options.resume:
                raise BadInput(
                    "Output must be a folder without a study, or --resume must be given, "
                    f"not '{options.output}'"
                )
    check_installed()
    started = time.monotonic()
    with progress_bar("step", doing="loading"):
        _load(options)
        # Imported here because Matplotlib takes a second to import.
        from hbfp_hw.explore.page import TABLES

    try:
        summaries = [_explore(options, study) for study in studies]
    except BadCheckpoint as error:
        raise BadInput(str(error)) from None
    except (Diverged, WorkerEnded) as error:
        complain(f"hbfp: {error}")
        return 1
    result: dict[str, object] = {"studies": summaries} if options.study == ALL else {**summaries[0]}
    result["seconds"] = time.monotonic() - started
    lines = [line for summary in summaries for line in (*TABLES[summary["study"]](summary), "")]
    report(options, result, lines[:-1])
    return 0


def _load(options: argparse.Namespace) -> None:
    """Load the data set once in this process, so that the workers find it in the cache."""
    # Imported here because PyTorch takes seconds to import.
    from hbfp_hw.training.datasets import load_dataset

    try:
        load_dataset(options.dataset, options.data)
    except ValueError as error:
        raise BadInput(str(error)) from None


def _studies(options: argparse.Namespace) -> list[Study]:
    """Return the chosen studies. Check all options before computing anything."""
    names = list(STUDIES) if options.study == ALL else [options.study]
    for name, studies in OWN.items():
        if getattr(options, name) is not None and not set(names) & set(studies):
            raise BadInput(
                f"--{name.replace('_', '-')} must be given for {' or '.join(studies)} only, "
                f"not for {options.study}"
            )
    try:
        wanted = [_study(options, name) for name in names]
    except (TypeError, ValueError) as error:
        raise BadInput(str(error)) from None
    _check_effect(options, wanted)
    return wanted


def _check_effect(options: argparse.Namespace, studies: Sequence[Study]) -> None:
    """Raise ``BadInput`` for a training option that none of the studies uses."""
    schedules: list[str | FormatTable] = []
    formats: tuple[str, ...] = FORMAT_OPTIONS
    for study in studies:
        match study:
            case Distances():
                schedules.append(study.settings.schedule)
                formats = ("block_size",)  # this study uses the other format options itself
            case Landscape():
                schedules += study.schedules
            case Sensitivity():
                schedules += (SCHEDULES[bits] for bits in study.mantissa_bits)
    check_schedule_options(options, schedules, formats)


def _study(options: argparse.Namespace, name: str) -> Study:
    given = {
        option: getattr(options, option)
        for option, studies in OWN.items()
        if name in studies and option != "schedule" and getattr(options, option) is not None
    }
    settings = {"dataset": options.dataset, **given_settings(options)}
    if options.seeds is not None:
        given["seeds"] = tuple(options.seeds)
    if name == Distances.name:
        schedules = (options.study != ALL and options.schedule) or ["fp32"]
        if len(schedules) > 1:
            raise BadInput(f"Schedule must be only one for {name}, not {' '.join(schedules)}")
        settings["schedule"] = schedules[0]
    elif name == Landscape.name and options.schedule:
        given["schedules"] = tuple(options.schedule)
    return STUDIES[name](settings=Settings(**settings), **given)


def _folder(options: argparse.Namespace, study: Study) -> Path:
    return options.output / study.name if options.study == ALL else options.output


def _explore(options: argparse.Namespace, study: Study) -> Summary:
    """Return the summary of a study, and write it to the folder of the study."""
    from hbfp_hw.explore.page import files

    folder = None if options.output is None else _folder(options, study)
    with progress_bar("step", doing=study.name) as progress:
        summary = explore(
            study,
            data=options.data,
            folder=folder,
            resume=options.resume,
            workers=options.workers,
            progress=progress,
        )
        if folder is not None:
            progress.doing(f"pictures of {study.name}")
            for name, content in files(summary).items():
                write_in(folder, name, content)
    return summary
