"""Entries of the cache: their sizes, and removal of the least recently used."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hbfp_hw.helpers.cache import (
    BUILDS,
    DATASETS,
    KINDS,
    RECORDS,
    RUNS,
    cache_folder,
    cache_limit,
)
from hbfp_hw.helpers.locks import FileLock

RUN_LOCK = "lock"
"""Name of the lock in the folder of a run."""

RUN_DAYS = 7
"""Days after which the folder of a run is removed whatever the limit."""

LEFTOVER_SECONDS = 86400.0
"""Age in seconds above which a temporary file counts as left behind by a killed process."""

TRIM_SECONDS = 10.0
"""Fewest seconds between two automatic prunings of a cache, by any processes."""

STAMP, PRUNE_LOCK = "pruned", "prune.lock"
"""Files in the cache: one whose time is that of the last automatic pruning, and its lock."""

ENDINGS = (".json", ".log", ".npz")
"""Suffixes of the files of an entry, which have the same stem."""

PARTIAL = "-partial-"
"""Part of the name of a build that is not complete."""


@dataclass(frozen=True)
class Entry:
    """One entry of the cache, which is removed as a whole.

    Members:
        kind: Folder in the cache: builds, records, runs or datasets.
        name: Name in that folder, without the ending.
        paths: Files and folders of the entry.
        lock: File of the lock that a process holds while it makes or uses the entry; None if the
            entry needs none.
        bytes: Bytes of disk space.
        used: Time of the last use, in seconds since 1970.
        leftover: Whether a killed process left it behind unfinished.
    """

    kind: str
    name: str
    paths: tuple[Path, ...]
    lock: Path | None
    bytes: int
    used: float
    leftover: bool = False

    def expired(self, now: float) -> bool:
        """Return whether the entry is removed whatever the limit."""
        return self.leftover or (self.kind == RUNS and self.used < now - RUN_DAYS * 86400)


def entries() -> list[Entry]:
    """Return all entries of the cache, the least recently used first."""
    folder = cache_folder()
    found = [entry for kind in KINDS for entry in _entries(folder / kind, kind)]
    return sorted(found, key=lambda entry: entry.used)


def in_use(entry: Entry) -> bool:
    """Return whether a process uses or makes the entry at this moment."""
    if entry.lock is None or not entry.lock.exists():
        return False
    lock = _taken(entry)
    if lock is None:
        return True
    lock.release()
    return False


def prune(limit: int | None) -> list[Entry]:
    """Remove entries until the cache has at most ``limit`` bytes. Return the removed entries.

    The least recently used entries go first. An entry in use stays. Leftovers of killed processes
    and runs older than a week are removed in any case.

    Parameters:
        limit: Bytes that may stay, or None for no limit.
    """
    removed = []
    found = entries()
    total, now = sum(entry.bytes for entry in found), time.time()
    for entry in found:
        beyond = limit is not None and total > limit
        if (beyond or entry.expired(now)) and _remove(entry):
            removed.append(entry)
            total -= entry.bytes
    return removed


def trim() -> None:
    """Prune to the limit of the cache, unless a process did so in the last few seconds.

    Do nothing if the cache cannot be written.
    """
    limit, folder = cache_limit(), cache_folder()
    stamp = folder / STAMP
    with contextlib.suppress(OSError):
        if stamp.exists() and time.time() - stamp.stat().st_mtime < TRIM_SECONDS:
            return
        lock = FileLock(folder / PRUNE_LOCK)
        if lock.try_acquire():
            try:
                stamp.touch()
                prune(limit)
            finally:
                lock.release()


def _entries(folder: Path, kind: str) -> Iterator[Entry]:
    """Iterate over the entries of one kind. Paths with the same stem make one entry."""
    stems: dict[str, list[Path]] = {}
    now = time.time()
    for path in _listed(folder):
        if path.name.endswith(".part"):
            if _age(path, now) > LEFTOVER_SECONDS:
                yield _entry(kind, path.name, [path], None, leftover=True)
        elif kind == BUILDS and PARTIAL in path.name:
            lock = folder / f"{path.name.partition(PARTIAL)[0]}.lock"
            yield _entry(kind, path.name, [path], lock, leftover=True)
        elif path.name.endswith(".lock"):
            stems.setdefault(path.stem, [])
        else:
            stem = path.stem if kind != RUNS and path.suffix in ENDINGS else path.name
            stems.setdefault(stem, []).append(path)
    for stem, paths in stems.items():
        own: Path | None = {
            BUILDS: folder / f"{stem}.lock",
            RECORDS: folder / f"{stem}.lock",
            RUNS: folder / stem / RUN_LOCK,
            DATASETS: None,
        }[kind]
        yield _entry(kind, stem, paths, own, leftover=not paths)


def _entry(
    kind: str, name: str, paths: list[Path], lock: Path | None, *, leftover: bool = False
) -> Entry:
    sizes = sum(_blocks(file) for path in paths for file in _files(path))
    used = max((_time(path) for path in paths), default=0.0)
    return Entry(kind, name, tuple(paths), lock, sizes, used, leftover)


def _remove(entry: Entry) -> bool:
    """Remove an entry unless it is in use. Return whether it was removed."""
    lock = _taken(entry)
    if lock is None:
        return False
    try:
        for path in entry.paths:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if entry.kind != RUNS:  # the lock of a run is in its folder
            lock.remove()
    except OSError:
        return False
    finally:
        lock.release()
    return not any(path.exists() for path in entry.paths)


class _NoLock(FileLock):
    """Lock of an entry that needs none, because a process opens it once and reads all of it."""

    def remove(self) -> None:
        pass


def _taken(entry: Entry) -> FileLock | None:
    """Return the lock of an entry, held alone; None if the entry is in use or cannot be locked."""
    if entry.lock is None:
        return _NoLock(entry.paths[0])
    lock = FileLock(entry.lock)
    try:
        return lock if lock.try_acquire() else None
    except OSError:
        return None


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir() or path.is_symlink():
        return [path]
    return (Path(base) / name for base, _, names in os.walk(path) for name in names)


def _blocks(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:
        return 0


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _age(path: Path, now: float) -> float:
    return now - _time(path)
