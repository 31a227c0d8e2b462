"""``hbfp cosim``: millions of vectors through the compiled Verilog and the golden model."""

import argparse
import io
import math
from pathlib import Path
from typing import Any

import numpy as np

from hbfp_hw.cli.operands import write_file
from hbfp_hw.cli.output import BadInput, check_output_file, report
from hbfp_hw.cli.progress import progress_bar
from hbfp_hw.cli.selection import EVERYTHING, select_units
from hbfp_hw.cosim import CosimResult, Difference, cosim
from hbfp_hw.cosim.batch import Vectors
from hbfp_hw.cosim.library import Words
from hbfp_hw.cosim.vectors import vectors_of
from hbfp_hw.generation.design_cache import cached_design
from hbfp_hw.generation.payload import unpack
from hbfp_hw.helpers.display import figure_lines, in_words

SHOWN_TRANSFERS = 16
"""Most transfers of a stream that are printed; all of them can be saved."""


def run(options: argparse.Namespace) -> int:
    """Compare and report."""
    vectors = _vectors(options.vectors)
    if options.unit == EVERYTHING:
        raise BadInput(f"Unit or configuration must be one, not {EVERYTHING!r}")
    ((_, unit),) = select_units(options, options.unit)
    if not options.timeout > 0:
        raise BadInput(f"Time limit must be positive, not {options.timeout!r}")
    if options.save_failing:
        check_output_file(options.save_failing)
    design = cached_design(unit)
    try:
        source = vectors_of(design.description)
        with progress_bar("vector") as progress:
            result = cosim(
                *(design, vectors),
                seed=options.seed,
                threads=options.threads,
                stalls=options.stalls,
                timeout=options.timeout,
                progress=progress,
            )
    except ValueError as error:
        raise BadInput(str(error)) from None
    figures: dict[str, Any] = {
        "design": design.name,
        "seed": options.seed,
        "vector": source.meaning,
        "vectors": result.vectors,
        "cycles": result.cycles,
        "seconds": result.seconds,
        "build_seconds": result.build_seconds,
        "vectors_per_second": result.vectors / result.seconds,
        "cycles_per_second": result.cycles / result.seconds,
        "mismatches": result.mismatches,
        "classes": result.classes,
        "differences": [_shown(source, difference) for difference in result.differences],
        "log": str(result.log),
    }
    if options.save_failing and result.differences:
        _save(options.save_failing, result)
        figures["saved"] = str(options.save_failing)
    report(options, figures, _lines(figures))
    return 1 if result.mismatches else 0


def _vectors(text: str) -> int:
    """A count that may be written as a power of ten."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1 <= value <= 1e12 or value != int(value):
        raise BadInput(f"Vectors must be a whole number from 1 to 1e12, not {text!r}")
    return int(value)


def _shown(source: Vectors, difference: Difference) -> dict[str, Any]:
    """A difference as numbers, as far as they can be read."""
    at = slice(difference.transfer, difference.transfer + 1)
    stream = difference.stream

    def read(name: str, words: Words) -> dict[str, Any]:
        return {key: values.tolist() for key, values in unpack(source.fields[name], words).items()}

    return {
        "batch": difference.batch,
        "output": stream,
        "transfer": difference.transfer,
        "outcome": difference.outcome,
        "inputs": {
            name: read(name, words)
            for name, words in difference.inputs.items()
            if len(words) <= SHOWN_TRANSFERS
        },
        "expected": read(stream, difference.expected[stream][at]),
        "got": read(stream, difference.got[stream][at]),
    }


def _save(path: Path, result: CosimResult) -> None:
    """Write the arrays of all differences."""
    arrays: dict[str, Any] = {
        name: array
        for number, difference in enumerate(result.differences)
        for name, array in difference.arrays(f"{number}.").items()
    }
    with io.BytesIO() as buffer:
        np.savez_compressed(buffer, **arrays)
        write_file(path, buffer.getvalue())


def _lines(figures: dict[str, Any]) -> list[str]:
    """The result for a person."""
    shown = dict(figures)
    for name in ("vectors", "cycles", "mismatches"):
        shown[name] = f"{figures[name]:,}"
    for name in ("vectors_per_second", "cycles_per_second"):
        shown[name] = f"{figures[name]:,.0f}"
    classes, differences = shown.pop("classes"), shown.pop("differences")
    lines = figure_lines(shown, 20)
    width = max(map(len, classes))
    lines += ["", "vectors of each class", *(f"  {k:{width}} {n:,}" for k, n in classes.items())]
    for each in differences:
        lines += ["", f"differs: {each['output']}, transfer {each['transfer']} ({each['outcome']})"]
        read = each["inputs"] | {kind: each[kind] for kind in ("expected", "got")}
        lines += [f"  {name:10} {in_words(values)}" for name, values in read.items()]
    return lines
