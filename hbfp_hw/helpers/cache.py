"""The folder of finished builds, measurements and runs, shared by all processes of a user."""

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from hbfp_hw.helpers.locks import FileLock

BUILDS, RECORDS, RUNS, DATASETS = KINDS = ("builds", "records", "runs", "datasets")
"""Folders in the cache: one for each kind of entry."""

RUN_LOCK = "lock"
"""Name of the lock in the folder of a run."""

LIMIT = "4G"
"""Size that the cache may have by default."""

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

_builds_in_use: dict[Path, FileLock] = {}
_guard = threading.Lock()


class CacheError(OSError):
    """The cache cannot be used; the message names ``HBFP_CACHE`` and the folder."""


def cache_folder() -> Path:
    """``$HBFP_CACHE``, else ``$XDG_CACHE_HOME/hbfp_hw``, else ``~/.cache/hbfp_hw``.

    Raises:
        CacheError: Neither is given, and the user has no home folder.
    """
    if own := os.environ.get("HBFP_CACHE"):
        return Path(own).absolute()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base).absolute() / "hbfp_hw"
    try:
        return Path.home() / ".cache" / "hbfp_hw"
    except RuntimeError:
        raise CacheError(
            "Cache folder must be given by HBFP_CACHE, as this user has no home folder"
        ) from None


def cache_limit() -> int | None:
    """Bytes that the cache may have: ``$HBFP_CACHE_LIMIT``, by default 4 GiB; None without limit.

    Raises:
        CacheError: The variable is no size.
    """
    text = os.environ.get("HBFP_CACHE_LIMIT") or LIMIT
    try:
        return parse_size(text)
    except ValueError:
        raise CacheError(
            f"HBFP_CACHE_LIMIT must be a size, as 500M or 2G, or none, not {text!r}"
        ) from None


def parse_size(text: str) -> int | None:
    """Bytes of a size as ``500M`` or ``2G``, in powers of 1024; None of ``none``.

    Raises:
        ValueError: The text is no size.
    """
    if text.lower() == "none":
        return None
    match = re.fullmatch(r"(\d{1,15})([KMGT]?)", text.upper(), re.ASCII)
    if match is None:
        raise ValueError(f"Size must be a number of bytes, as 500M or 2G, or none, not {text!r}")
    return int(match[1]) * UNITS[match[2]]


def subfolder(kind: str) -> Path:
    """The folder of one kind of entries, which is made if there is none.

    Raises:
        CacheError: It cannot be made, or the limit of the cache is no size.
    """
    cache_limit()
    folder = cache_folder() / kind
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the block into one that says which cache folder must be given."""
    try:
        yield
    except OSError as error:
        raise CacheError(
            f"Cache folder must be one that can be written, not '{folder}' "
            f"({error.strerror}): set HBFP_CACHE to another"
        ) from None


def content_key(*parts: object) -> str:
    """Hash of everything that decides what a build gives."""
    text = json.dumps([platform.machine(), *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def mark_used(path: Path) -> None:
    """Note that an entry was used now, as far as the cache can be written."""
    with contextlib.suppress(OSError):
        os.utime(path)


def build_once(name: str, key: str, build: Callable[[Path, Path], None]) -> Path:
    """Folder that ``build(folder, log)`` filled, now or in an earlier call with this ``key``.

    The folder appears whole or not at all, and of several processes that ask for it at once one
    builds while the others wait. The log stays beside the folder, whether the build succeeds
    or fails. The folder is in use, and is not pruned, until this process ends.

    Raises:
        CacheError: The cache cannot be written, and does not have the folder.
    """
    builds = subfolder(BUILDS)
    folder = builds / f"{name}-{key}"
    with _guard:
        held = _builds_in_use.get(folder)
        if held is not None and not folder.is_dir():  # somebody removed it by hand
            _builds_in_use.pop(folder).release()
    if held is None or folder not in _builds_in_use:
        lock = FileLock(builds / f"{folder.name}.lock")
        try:
            with writing_to(builds):
                lock.acquire(shared=True)
        except CacheError:
            if folder.is_dir():  # nobody can prune it either
                return folder
            raise
        try:
            while not folder.is_dir():
                lock.release()
                lock.acquire()
                if not folder.is_dir():
                    _build(folder, build)
                lock.release()
                lock.acquire(shared=True)
        except BaseException:
            lock.release()
            raise
        with _guard:
            if _builds_in_use.setdefault(folder, lock) is not lock:
                lock.release()
    mark_used(folder)
    return folder


def _build(folder: Path, build: Callable[[Path, Path], None]) -> None:
    """Fill a folder of builds, whose lock is held alone."""
    log = Path(f"{folder}.log")
    for left in folder.parent.glob(f"{folder.name}-partial-*"):
        shutil.rmtree(left, ignore_errors=True)  # of a process that was killed
    with writing_to(folder.parent):
        log.unlink(missing_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}-partial-"))
    try:
        build(partial, log)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    trim()


@contextlib.contextmanager
def run_folder(name: str) -> Iterator[Path]:
    """A new folder for one simulation; it is in use, and is not pruned, in the block."""
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


def trim() -> None:
    """Remove the least recently used entries beyond the limit: see :func:`.prune`."""
    from hbfp_hw.helpers.cache_entries import prune_now_and_then

    prune_now_and_then()
