"""Folders of single simulation runs."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hbfp_hw.helpers.cache import RUNS, mark_used, subfolder, writing_to
from hbfp_hw.helpers.cache_pruning import RUN_LOCK, trim
from hbfp_hw.helpers.locks import FileLock


@contextlib.contextmanager
def run_folder(name: str) -> Iterator[Path]:
    """Make a new folder for one simulation. It is in use, and not pruned, until the block ends.

    Raises:
        CacheError: The cache cannot be written.
    """
    runs = subfolder(RUNS)
    with writing_to(runs):
        while True:
            folder = Path(tempfile.mkdtemp(dir=runs, prefix=f"{name}-"))
            lock = FileLock(folder / RUN_LOCK)
            with contextlib.suppress(FileNotFoundError):  # pruned before it was locked
                lock.acquire(shared=True)
                break
    try:
        yield folder
    finally:
        lock.release()
        mark_used(folder)
    trim()
