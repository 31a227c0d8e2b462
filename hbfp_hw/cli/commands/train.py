"""``hbfp train``: networks trained in HBFP, and the study of booster schedules."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace

from hbfp_hw.booster import FormatTable
from hbfp_hw.booster.recorded import INDEX
from hbfp_hw.cli.operands import write_in
from hbfp_hw.cli.output import (
    BadInput,
    check_output_folder,
    complain,
    refuse_without_effect,
    report,
)
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cli.training import (
    check_installed,
    check_schedule_options,
    check_training_options,
    given_schedules,
    given_settings,
)
from hbfp_hw.helpers.worker_pool import WorkerEnded, run_jobs
from hbfp_hw.training.comparison import plan, summarise, table
from hbfp_hw.training.errors import BadCheckpoint, Diverged
from hbfp_hw.training.job import TrainingJob
from hbfp_hw.training.recording import recording
from hbfp_hw.training.records import Comparison, EpochRecord
from hbfp_hw.training.run_files import CHECKPOINT
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.study import SCHEDULES, SEEDS, STUDIES, claims

RESULT, CURVES = "result.json", "curves.svg"


def run(options: argparse.Namespace) -> int:
    """Train, compare the schedules and write."""
    comparisons = _comparisons(options)
    _check_output(options, comparisons)
    check_installed()
    started = time.monotonic()
    try:
        summaries = _train(options, comparisons)
    except (Diverged, WorkerEnded) as error:
        complain(f"hbfp: {error}")
        return 1
    result: dict[str, object] = {"studies": summaries} if options.study else {**summaries[0]}
    lines = [line for summary in summaries for line in (*table(summary), "")][:-1]
    holds = True
    if options.study:
        result["holds"] = holds = all(all(summary["claims"].values()) for summary in summaries)
        for summary in summaries:
            for claim, is_true in summary["claims"].items():
                lines.append(
                    f"{'holds' if is_true else 'FAILS'}  {summary['settings']['dataset']}: {claim}"
                )
    result["seconds"] = time.monotonic() - started
    report(options, result, lines)
    return 0 if holds else 1


def _comparisons(options: argparse.Namespace) -> list[list[TrainingJob]]:
    """Return the training runs of each comparison. Check all options before training anything."""
    if options.study == bool(options.dataset):
        raise BadInput("Either a data set (--dataset) or --study must be given")
    if options.study and options.schedule:
        raise BadInput("Schedules must not be given with --study, which compares all")
    if options.study and options.seeds and len(options.seeds) < 2:
        raise BadInput(f"Seeds must be at least 2 for --study, not {len(options.seeds)}")
    if options.study and options.record_tensors is not None:
        raise BadInput("Tensors must not be recorded (--record-tensors) with --study")
    if options.record_tensors is None:
        refuse_without_effect(options, ("record_layers", "record_epochs"), "--record-tensors")
    check_training_options(options)
    given = given_settings(options)
    try:
        if not options.study:
            settings = Settings(dataset=options.dataset, **given)
            schedules = given_schedules(options.schedule or ["booster"])
            check_schedule_options(options, schedules)
            return [_plan(options, settings, schedules, options.seeds or [0])]
        return [
            _plan(options, replace(settings, **given), SCHEDULES, options.seeds or SEEDS)
            for settings in STUDIES
        ]
    except (TypeError, ValueError) as error:
        raise BadInput(str(error)) from None


def _plan(
    options: argparse.Namespace,
    settings: Settings,
    schedules: Sequence[str | FormatTable],
    seeds: Sequence[int],
) -> list[TrainingJob]:
    folder = options.output
    if folder is not None and options.study:
        folder = folder / settings.dataset
    jobs = plan(settings, schedules, seeds, data=options.data, folder=folder, resume=options.resume)
    tensors = options.record_tensors
    if tensors is None:
        return jobs
    chosen = options.record_epochs, options.record_layers
    return [replace(job, recording=recording(tensors, job.settings, *chosen)) for job in jobs]


def _check_output(options: argparse.Namespace, comparisons: list[list[TrainingJob]]) -> None:
    for folder in (options.output, options.record_tensors):
        if folder is not None:
            check_output_folder(folder)
    for job in (job for jobs in comparisons for job in jobs):
        recorded = job.recording
        if recorded is not None and (recorded.folder / INDEX).exists() and not options.resume:
            raise BadInput(
                "Folder for tensors must be one without recorded tensors, or --resume must be "
                f"given, not '{options.record_tensors}'"
            )
        if job.folder is not None and (job.folder / CHECKPOINT).exists() and not options.resume:
            raise BadInput(
                "Output must be a folder without checkpoints, or --resume must be given, "
                f"not '{options.output}'"
            )


def _train(options: argparse.Namespace, comparisons: list[list[TrainingJob]]) -> list[Comparison]:
    """Run all training runs. Return the summary of each comparison, written to its folder."""
    everything = [job for jobs in comparisons for job in jobs]
    epochs = sum(job.steps for job in everything)
    with progress_bar("epoch", epochs, doing="loading") as progress:
        _check_runs(options, comparisons)
        progress.doing("training")
        try:
            records = run_jobs(everything, workers=options.workers, progress=progress)
        except BadCheckpoint as error:
            raise BadInput(str(error)) from None
        progress.doing("summary")
        return _summaries(options, comparisons, records)


def _summaries(
    options: argparse.Namespace,
    comparisons: list[list[TrainingJob]],
    records: list[list[EpochRecord]],
) -> list[Comparison]:
    """Summarise the records of the runs, and write the files of each comparison."""
    # Imported here because Matplotlib takes a second to import.
    from hbfp_hw.plots.draw import render
    from hbfp_hw.training.curves import draw_curves

    summaries = []
    for jobs in comparisons:
        summary = summarise(jobs, records[: len(jobs)])
        del records[: len(jobs)]
        if options.study:
            summary["claims"] = claims(summary)
        if options.output is not None:
            folder = options.output / jobs[0].settings.dataset if options.study else options.output
            write_in(folder, RESULT, (json.dumps(summary, indent=1) + "\n").encode())
            write_in(folder, CURVES, render(draw_curves(summary), "svg"))
        summaries.append(summary)
    return summaries


def _check_runs(options: argparse.Namespace, comparisons: list[list[TrainingJob]]) -> None:
    """Raise unless each schedule fits its network and data set, and each checkpoint its run.

    Loading the data sets here also puts them into the cache, where the workers find them.
    """
    # Imported here because PyTorch takes seconds to import.
    from hbfp_hw.training.datasets import load_dataset
    from hbfp_hw.training.trainer import TrainingRun

    try:
        for jobs in comparisons:
            dataset = load_dataset(jobs[0].settings.dataset, options.data)
            for settings in {job.settings.schedule: job.settings for job in jobs}.values():
                TrainingRun(settings, dataset)
            for job in jobs:
                continued = job.folder if job.resume else None
                if continued is None and job.recording is None:
                    continue
                run = TrainingRun(job.settings, dataset)
                if continued is not None:
                    run.resume(continued)
                if job.recording is not None:
                    job.recording.check(run)
    except ValueError as error:  # BadCheckpoint is one, too
        raise BadInput(str(error)) from None
