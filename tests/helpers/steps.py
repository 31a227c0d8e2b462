"""Jobs of the worker pool that import no package of the training, so that workers start fast."""

import time
from collections.abc import Callable
from dataclasses import dataclass

LONG = 600.0
"""Seconds, longer than any test waits."""


@dataclass(frozen=True)
class Steps:
    """Job that takes some steps, then fails, or waits until its process is ended.

    Members:
        error: Exception that the job raises; None to wait instead.
        steps: Number of steps before it fails or waits.
    """

    error: Exception | None = None
    steps: int = 1

    def run(self, progress: Callable[[], None]) -> None:
        """Take the steps; never returns within the time of a test."""
        for _ in range(self.steps):
            progress()
        if self.error is not None:
            raise self.error
        time.sleep(LONG)


@dataclass(frozen=True)
class Number:
    """Job that returns a number after some steps."""

    number: int
    steps: int = 2

    def run(self, progress: Callable[[], None]) -> int:
        """Take the steps and return the number."""
        for _ in range(self.steps):
            progress()
        return self.number
