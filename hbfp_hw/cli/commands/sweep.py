"""``hbfp sweep``: many configurations at once, on this machine or on a Dask cluster."""

import argparse
import os
import sqlite3
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from hbfp_hw.cli.operands import write_file
from hbfp_hw.cli.output import BadInput, check_output_file, check_plot_file, complain, report
from hbfp_hw.cli.parser import command_parsers
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.sweep import (
    ClusterError,
    PointRecord,
    StoreError,
    SweepSpec,
    open_store,
    read_spec,
    run_locally,
    run_on_cluster,
    run_sweep,
)
from hbfp_hw.sweep.run import Executor
from hbfp_hw.sweep.table import check_shown, table, write_csv


def run(options: argparse.Namespace) -> int:
    """Run the points that the store lacks, and print the results of all points."""
    spec, execute, path = _checked(options)
    try:
        with open_store(path) as store, progress_bar("point") as progress:
            records = run_sweep(
                spec, store, execute, retry_failed=options.retry_failed, progress=progress
            )
    except StoreError as error:
        raise BadInput(str(error)) from None
    except (ClusterError, sqlite3.Error) as error:
        complain(f"hbfp: {error}")
        return 1
    try:
        check_shown(spec.points, records)
    except ValueError as error:
        raise BadInput(f"{error} ({options.spec}); all results are in {path}") from None
    failed = sum(record.state == "failed" for record in records)
    result: dict[str, object] = {
        "store": str(path),
        "points": [_entry(record) for record in records],
        "done": len(records) - failed,
        "failed": failed,
    }
    lines = table(spec.points, records)
    lines += ["", f"{len(records) - failed} done, {failed} failed; all results are in {path}"]
    if options.csv is not None:
        write_file(options.csv, write_csv(records).encode())
        result["csv"] = str(options.csv)
    if options.plot is not None:
        _draw(options.plot, spec, records)
        result["plot"] = str(options.plot)
    report(options, result, lines)
    return 1 if failed else 0


def _checked(options: argparse.Namespace) -> tuple[SweepSpec, Executor, Path]:
    """Return the points, their executor and the path of the store, after all checks."""
    try:
        spec = read_spec(options.spec, command_parsers())
    except OSError as error:
        raise BadInput(
            f"Sweep must be a file that can be read: {options.spec}: {error.strerror}"
        ) from None
    except ValueError as error:
        raise BadInput(f"{error} ({options.spec})") from None
    path = options.spec.with_suffix(".sqlite") if options.output is None else options.output
    for output in (path, options.csv):
        if output is not None:
            check_output_file(output)
    if options.plot is not None:
        from hbfp_hw.sweep.plot import check_plot

        check_plot_file(options.plot)
        try:
            check_plot(spec.points)
        except ValueError as error:
            raise BadInput(str(error)) from None
    if options.cluster is not None:
        if options.workers is not None:
            raise BadInput("Workers must not be given with --cluster, which has its own")
        if find_spec("distributed") is None:
            raise BadInput("distributed must be installed: pip install 'hbfp_hw[dask]'")
        return spec, partial(run_on_cluster, address=options.cluster), path
    workers = (os.cpu_count() or 1) if options.workers is None else options.workers
    if workers < 1:
        raise BadInput(f"Workers must be at least 1, not {workers}")
    return spec, partial(run_locally, workers=workers), path


def _entry(record: PointRecord) -> dict[str, object]:
    """Return a point for the JSON, without its whole result, which is in the store."""
    return {
        name: value for name, value in vars(record).items() if name not in ("result", "log")
    } | {"figures": record.figures, "log": record.log if record.state == "failed" else None}


def _draw(path: Path, spec: SweepSpec, records: list[PointRecord]) -> None:
    # Imported here because Matplotlib takes a second to import.
    from hbfp_hw.plots.draw import render
    from hbfp_hw.sweep.plot import draw_sweep

    write_file(path, render(draw_sweep(spec.points, records), path.suffix[1:]))
