"""Cache entries that one process makes while all others wait for it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hbfp_hw.helpers.cache import writing_to
from hbfp_hw.helpers.cache_pruning import trim
from hbfp_hw.helpers.locks import FileLock, Poll

Entry = TypeVar("Entry")


def lock_of(stem: Path) -> FileLock:
    """Return the lock of the entry whose path without ending is ``stem``."""
    return FileLock(Path(f"{stem}.lock"))


def make_once(
    stem: Path,
    find: Callable[[], Entry | None],
    make: Callable[[Path], Entry],
    *,
    poll: Poll = None,
) -> tuple[Entry, bool]:
    """Return an entry of the cache, and whether it was there already.

    If several processes ask for an entry that does not exist, one makes it and the others wait.

    Parameters:
        stem: Path of the entry without ending. The lock is ``stem.lock``, the log ``stem.log``.
        find: Returns the entry, or None if it does not exist or is damaged.
        make: Makes the entry, given the path of the log, and returns it. The entry must appear
            whole or not at all. The log stays, also after an error.
        poll: Called a few times a second while another process makes the entry.

    Raises:
        CacheError: The entry does not exist and the cache cannot be written.
    """
    found = find()
    if found is not None:
        return found, True
    lock = lock_of(stem)
    with writing_to(stem.parent):
        lock.acquire(poll=poll)
    try:
        found = find()
        if found is not None:
            return found, True
        log = Path(f"{stem}.log")
        with writing_to(stem.parent):
            log.unlink(missing_ok=True)
        made = make(log)
        trim()  # under the lock, so that the new entry is not pruned
    finally:
        lock.release()
    return made, False
