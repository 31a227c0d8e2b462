"""Work for workers that needs none of the packages of training, so that they start at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LONG = 600.0
"""Seconds; more than any test waits."""


@dataclass(frozen=True)
class Steps:
    """Takes some steps, then fails, or waits until its process is ended.

    Members:
        error: What it fails with, if it does.
        steps: How often it calls ``progress``.
    """

    error: Exception | None = None
    steps: int = 1

    def run(self, progress: Callable[[], None]) -> list[dict[str, Any]]:
        for _ in range(self.steps):
            progress()
        if self.error is not None:
            raise self.error
        time.sleep(LONG)
        return []
