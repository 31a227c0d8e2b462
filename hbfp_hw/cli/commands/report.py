"""``hbfp report``: area and density as a page with tables and plots."""

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hbfp_hw.cli.arguments.report import FIGURES, PAGE
from hbfp_hw.cli.output import BadInput, check_output_folder, report, unwritable
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.report.data import collect
from hbfp_hw.report.page import make_page
from hbfp_hw.report.record import ReportData
from hbfp_hw.report.releases import find_release
from hbfp_hw.report.scope import full_scope, quick_scope


def run(options: argparse.Namespace) -> int:
    """Measure, draw and write the page and its figures."""
    check_output_folder(options.output)
    try:
        releases = [find_release(python) for python in options.pyosys]
    except ValueError as error:
        raise BadInput(str(error)) from None
    scope = quick_scope() if options.quick else full_scope()
    data = collect(scope, progress_bar, cached=options.cached, releases=releases)
    files = {
        FIGURES: (json.dumps(data, indent=1) + "\n").encode(),
        PAGE: make_page(json.loads(json.dumps(data))).encode(),
    }
    paths = [str(path) for path in _write(options.output, files)]
    report(options, {"files": paths, "density": data["density"]}, [*paths, *_lines(data)])
    return 0


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files to a temporary folder, then move them to ``folder``, and return their paths."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".hbfp-", dir=folder) as partial:
            for name, content in files.items():
                (Path(partial) / name).write_bytes(content)
            return [(Path(partial) / name).replace(folder / name) for name in files]
    except OSError as error:
        raise unwritable(folder, error) from None


def _lines(data: ReportData) -> list[str]:
    """Return the densities as lines of text."""
    return [
        f"HBFP{row['mantissa_bits']} N={row['block_size']:<4} "
        f"{row['transistors_per_mac']:9.1f} transistors per MAC  "
        f"{row['ratio_fp32']:6.2f} times FP32  {row['ratio_bf16']:6.2f} times BF16"
        for row in data["density"]
    ]
