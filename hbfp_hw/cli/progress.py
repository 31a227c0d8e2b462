"""Progress of long work, for a person at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def progress_bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal that follows calls of (done, total); nothing elsewhere."""
    with tqdm(unit=unit, disable=not sys.stderr.isatty(), leave=False) as bar:

        def follow(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield follow
