"""Progress bar on a terminal."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tqdm import tqdm

TICK = 1.0
"""Seconds between two updates of the time shown, so that a long step is seen to run."""

COLUMNS, ROWS = 80, 24
"""Assumed size of a terminal that does not tell its own."""


class Progress:
    """A progress bar, which is shown only on a terminal.

    Call it with the number of finished steps and the number of all steps to move the bar.
    """

    def __init__(self, bar: "tqdm[None]"):
        self._bar = bar

    def __call__(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done in (0, total):
            self._bar.refresh()

    def doing(self, what: str) -> None:
        """Show the present activity in front of the bar."""
        self._bar.set_description_str(what)

    def note(self, line: str) -> None:
        """Print a line above the bar, where it stays."""
        if not self._bar.disable:
            self._bar.write(line, file=sys.stderr)


@contextmanager
def progress_bar(
    unit: str, total: int | None = None, doing: str | None = None
) -> Iterator[Progress]:
    """Show a bar on a terminal until the ``with`` block ends.

    Parameters:
        unit: Name of one step, such as ``vector``.
        total: Number of steps, if it is known already.
        doing: First activity.
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
    """Return columns and rows for the bar; None for both if the terminal tells tqdm its size."""
    with suppress(OSError, ValueError):
        if all(os.get_terminal_size(sys.stderr.fileno())):
            return None, None
    return COLUMNS, ROWS
