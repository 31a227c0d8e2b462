"""``hbfp cosim``: millions of vectors through the compiled Verilog and the golden model."""

import argparse
import io
import math
from pathlib import Path
from typing import Any, NotRequired, TypedDict

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
"""Most transfers of an input stream that are printed. ``--save-failing`` writes all of them."""

Fields = dict[str, list[object]]
"""Values of each field of a payload, transfer by transfer."""


class DifferenceRecord(TypedDict):
    """The first transfer of an output that differs, with the inputs of its batch."""

    batch: int
    output: str
    transfer: int
    outcome: str
    inputs: dict[str, Fields]
    expected: Fields
    got: Fields


class CosimRecord(TypedDict):
    """The JSON of the command."""

    design: str
    seed: int
    vector: str
    vectors: int
    cycles: int
    seconds: float
    build_seconds: float
    vectors_per_second: float
    cycles_per_second: float
    mismatches: int
    classes: dict[str, int]
    differences: list[DifferenceRecord]
    log: str
    saved: NotRequired[str]


def run(options: argparse.Namespace) -> int:
    """Simulate, compare with the golden model and print."""
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
                design,
                vectors,
                seed=options.seed,
                workers=options.workers,
                stalls=options.stalls,
                timeout=options.timeout,
                progress=progress,
            )
    except ValueError as error:
        raise BadInput(str(error)) from None
    figures: CosimRecord = {
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
    """Return a count that may be written with an exponent, such as 1e7."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1 <= value <= 1e12 or value != int(value):
        raise BadInput(f"Vectors must be a whole number from 1 to 1e12, not {text!r}")
    return int(value)


def _shown(source: Vectors, difference: Difference) -> DifferenceRecord:
    """Return a difference as numbers, without inputs of more than :data:`SHOWN_TRANSFERS`."""
    at = slice(difference.transfer, difference.transfer + 1)
    stream = difference.stream

    def read(name: str, words: Words) -> Fields:
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
    """Write the arrays of all differences to a ``.npz`` file."""
    arrays: dict[str, Any] = {
        name: array
        for number, difference in enumerate(result.differences)
        for name, array in difference.arrays(f"{number}.").items()
    }
    with io.BytesIO() as buffer:
        np.savez_compressed(buffer, **arrays)
        write_file(path, buffer.getvalue())


def _lines(figures: CosimRecord) -> list[str]:
    """Return the figures, the classes and the differences as lines of text."""
    shown: dict[str, object] = {
        **figures,
        "vectors": f"{figures['vectors']:,}",
        "cycles": f"{figures['cycles']:,}",
        "mismatches": f"{figures['mismatches']:,}",
        "vectors_per_second": f"{figures['vectors_per_second']:,.0f}",
        "cycles_per_second": f"{figures['cycles_per_second']:,.0f}",
    }
    del shown["classes"], shown["differences"]
    lines = figure_lines(shown, 20)
    classes = figures["classes"]
    width = max(map(len, classes))
    lines += ["", "vectors of each class", *(f"  {k:{width}} {n:,}" for k, n in classes.items())]
    for each in figures["differences"]:
        lines += ["", f"differs: {each['output']}, transfer {each['transfer']} ({each['outcome']})"]
        streams = each["inputs"] | {"expected": each["expected"], "got": each["got"]}
        lines += [f"  {name:10} {in_words(values)}" for name, values in streams.items()]
    return lines
