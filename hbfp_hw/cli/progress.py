"""Progress of long work, for a person at a terminal."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tqdm import tqdm

TICK = 1.0
"""Seconds after which the bar shows the time anew, so that long steps are seen to go on."""

COLUMNS, ROWS = 80, 24
"""Size of a terminal that does not say how large it is."""


class Progress:
    """A bar on a terminal; elsewhere, nothing is shown.

    Called with the steps done and those of all, it moves the bar.
    """

    def __init__(self, bar: "tqdm[None]"):
        self._bar = bar

    def __call__(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done in (0, total):
            self._bar.refresh()

    def doing(self, what: str) -> None:
        """Show in front of the bar what is going on."""
        self._bar.set_description_str(what)

    def note(self, line: str) -> None:
        """Show a line that stays, above the bar."""
        if not self._bar.disable:
            self._bar.write(line, file=sys.stderr)


@contextmanager
def progress_bar(
    unit: str, total: int | None = None, doing: str | None = None
) -> Iterator[Progress]:
    """Show a bar on a terminal until the block ends.

    Parameters:
        unit: Name of a step.
        total: Steps, if already known.
        doing: First thing that is going on.
    """
    columns, rows = _size()
    bar = tqdm(
        total=total,
        unit=unit,
        desc=doing,
        leave=False,
        ncols=columns,
        nrows=rows,
        disable=not sys.stderr.isatty(),
    )
    ended = threading.Event()
    ticker = threading.Thread(target=_tick, args=(bar, ended), daemon=True)
    with bar:
        if not bar.disable:
            ticker.start()
        try:
            yield Progress(bar)
        finally:
            ended.set()
            if ticker.is_alive():
                ticker.join()


def _tick(bar: "tqdm[None]", ended: threading.Event) -> None:
    while not ended.wait(TICK):
        bar.refresh()


def _size() -> tuple[int | None, int | None]:
    """Return the columns and rows that the bar may take; None leaves them to the terminal."""
    with suppress(OSError, ValueError):
        if all(os.get_terminal_size(sys.stderr.fileno())):
            return None, None
    return COLUMNS, ROWS
