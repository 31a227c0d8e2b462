"""Build cache: folders with compiled programs, each built once."""

import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from hbfp_hw.helpers.cache import BUILDS, CacheError, mark_used, subfolder, writing_to
from hbfp_hw.helpers.locks import FileLock
from hbfp_hw.helpers.made_once import lock_of, make_once

_builds_in_use: dict[Path, FileLock] = {}
_guard = threading.Lock()


def build_once(name: str, key: str, build: Callable[[Path, Path], None]) -> Path:
    """Return the folder that ``build(folder, log)`` filled, in this or an earlier call.

    The folder appears whole or not at all. If several processes ask for it at once, one builds
    and the others wait. The log stays beside the folder, also after an error. The folder counts as
    in use, and is not pruned, until this process ends.

    Parameters:
        name: Beginning of the folder's name.
        key: Hash of everything that decides the content, from :func:`.content_key`.
        build: Fills an empty folder and writes its log to the second path. It is called only if
            the folder does not exist yet.

    Raises:
        CacheError: The folder does not exist and the cache cannot be written.
    """
    builds = subfolder(BUILDS)
    folder = builds / f"{name}-{key}"
    with _guard:
        held = _builds_in_use.get(folder)
        if held is not None and not folder.is_dir():  # a user removed it by hand
            _builds_in_use.pop(folder).release()
            held = None
    if held is None:
        try:
            lock = _build_and_hold(folder, build)
        except CacheError:
            if folder.is_dir():  # a folder that cannot be locked is not pruned either
                return folder
            raise
        with _guard:
            if _builds_in_use.setdefault(folder, lock) is not lock:
                lock.release()
    mark_used(folder)
    return folder


def _build_and_hold(folder: Path, build: Callable[[Path, Path], None]) -> FileLock:
    """Return the shared lock of a folder that exists, after building it if necessary."""
    lock = lock_of(folder)
    while True:
        with writing_to(folder.parent):
            lock.acquire(shared=True)
        if folder.is_dir():
            return lock
        lock.release()
        make_once(
            folder,
            lambda: folder if folder.is_dir() else None,
            lambda log: _build(folder, log, build),
        )


def _build(folder: Path, log: Path, build: Callable[[Path, Path], None]) -> Path:
    for left in folder.parent.glob(f"{folder.name}-partial-*"):
        shutil.rmtree(left, ignore_errors=True)  # left by a process that was killed
    with writing_to(folder.parent):
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}-partial-"))
    try:
        build(partial, log)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder
