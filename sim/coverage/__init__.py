"""Functional coverage: which corner cases a test has really met.

A test bench tells what it has sent and what stalled; what kind of case that is, is found by a
classifier of its own, not from what the stimulus was meant to be. A class is named after the step
of the arithmetic in which it occurs, as ``round.tie``. Each run writes its counts to the file that
the environment names, for :mod:`hbfp_hw.simulate.regression`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

FILE = "HBFP_COVERAGE"
"""Environment variable with the name of the file of counts."""

_counts: Counter[str] = Counter()


def count(step: str, cases: Iterable[Iterable[str]]) -> None:
    """Count the classes of each case of a step."""
    for names in cases:
        _counts.update(f"{step}.{name}" for name in names)


def write() -> None:
    """Write the counts of all tests so far, if anyone wants them."""
    if path := os.environ.get(FILE):
        Path(path).write_text(json.dumps(dict(sorted(_counts.items()))), encoding="utf-8")
