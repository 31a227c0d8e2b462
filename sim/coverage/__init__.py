"""Functional coverage: counts of the corner classes that a test has hit.

A test bench reports the inputs that the unit processed and the stalls that occurred. Independent
classifiers find their classes from the values, not from what the stimulus was meant to be. The name
of a class starts with the step of the arithmetic, as in ``round.tie``. Each run writes its counts
to the file that the environment variable names, and :mod:`hbfp_hw.simulate.regression` reads it.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hbfp_hw.generation.corner_classes import COVERAGE_FILE

_counts: Counter[str] = Counter()


def count(step: str, cases: Iterable[Iterable[str]]) -> None:
    """Count the class names of each case of a step."""
    for names in cases:
        _counts.update(f"{step}.{name}" for name in names)


def write() -> None:
    """Write the counts of all tests so far, if the environment names a file."""
    if path := os.environ.get(COVERAGE_FILE):
        Path(path).write_text(json.dumps(dict(sorted(_counts.items()))), encoding="utf-8")
